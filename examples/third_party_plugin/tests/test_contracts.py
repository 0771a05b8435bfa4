"""The strategy and the task keep the laws of their kinds."""

from __future__ import annotations

from tuner_example_plugin.hill_climbing import HillClimbing  # type: ignore[import-not-found]  # checked uninstalled
from tuner_example_plugin.ridge_regression import RidgeRegression  # type: ignore[import-not-found]  # the same

from tuner.testing.strategy_contract import StrategyContract
from tuner.testing.task_contract import TaskContract


class TestHillClimbing(StrategyContract):
    strategy = HillClimbing


class TestRidgeRegression(TaskContract):
    task = RidgeRegression


class TestRidgeRegressionWithNoise(TaskContract):
    task = RidgeRegression(noise=1.0)
