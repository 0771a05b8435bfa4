"""The laws of tasks, kept by classic models for classes and for numbers."""

from __future__ import annotations

from benchmarks.classic import Classic
from tuner.testing.task_contract import TaskContract


class TestTree(TaskContract):
    """Classes, on Bayesmark's rows."""

    task = Classic(model="DT", data="iris")


class TestLasso(TaskContract):
    """Numbers, on rows that the data seed draws."""

    task = Classic(model="lasso", data="diabetes", split="seeded")
