"""The laws of tasks, on logistic regression."""

from __future__ import annotations

from typing import ClassVar

from benchmarks.logistic_regression import LogisticRegressionTask
from tuner.task import Task
from tuner.testing.task_contract import TaskContract


class TestBreastCancer(TaskContract):
    task: ClassVar[type[Task]] = LogisticRegressionTask
    trials = 8


class TestBreastCancerInTwoFolds(TaskContract):
    task: ClassVar[Task] = LogisticRegressionTask(folds=2)


class TestWineInThreeFolds(TaskContract):
    task: ClassVar[Task] = LogisticRegressionTask(data="wine", folds=3)


class TestDigitsInTwoFoldsAndFewPasses(TaskContract):
    task: ClassVar[Task] = LogisticRegressionTask(data="digits", folds=2, max_iter=3)
    trials = 2
