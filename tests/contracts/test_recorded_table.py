"""The laws of tasks, kept by tables of recorded evaluations."""

from __future__ import annotations

from benchmarks.recorded import RecordedTable
from tuner.testing.task_contract import TaskContract


class TestCompleteTable(TaskContract):
    """The default: exact lookup."""

    task = RecordedTable
    trials = 20


class TestLearningCurves(TaskContract):
    """Nearest neighbours, with a fidelity."""

    task = RecordedTable(path="bn-relu-net-curves")
    trials = 20


class TestForest(TaskContract):
    """A surrogate, with a fidelity."""

    task = RecordedTable(path="bn-relu-net-curves", lookup="forest")
    trials = 4
