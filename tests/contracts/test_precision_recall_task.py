"""The laws of tasks, kept by the alarms of a logistic regression."""

from __future__ import annotations

from benchmarks.precision_recall import PrecisionRecall
from tuner.testing.task_contract import TaskContract


class TestCost(TaskContract):
    """One number counts."""

    task = PrecisionRecall(folds=2)
    trials = 2


class TestBothObjectives(TaskContract):
    """Precision and recall count."""

    task = PrecisionRecall(case="spam", objective="both", folds=2)
    trials = 2


class TestWithoutConditions(TaskContract):
    """The kernel is always there."""

    task = PrecisionRecall(kernel="rbf", folds=2)
    trials = 2
