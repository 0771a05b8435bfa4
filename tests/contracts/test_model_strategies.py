"""The laws of strategies, on those that fit a model; their start-up phases are cut short to get to it soon."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import ClassVar

import pytest

from tuner.strategies.bayesian import Bayesian
from tuner.strategies.cma_es import CMAES
from tuner.strategies.gaussian_process import GaussianProcess
from tuner.strategies.optuna_gp import OptunaGaussianProcess
from tuner.strategies.skopt_forest import SkoptForest
from tuner.strategies.skopt_gp import SkoptGaussianProcess
from tuner.strategies.tree_parzen import TreeParzen
from tuner.strategy import SearchStrategy
from tuner.testing.strategy_contract import StrategyContract

needs_torch = pytest.mark.skipif(find_spec("torch") is None, reason="Optuna's Gaussian process needs torch")
FAST_SKOPT: Mapping[str, object] = {"n_initial_points": 3, "n_points": 100}


class TestTreeParzen(StrategyContract):
    strategy: ClassVar[type[SearchStrategy]] = TreeParzen
    options: ClassVar[Mapping[str, object]] = {"n_startup_trials": 5}
    trials: ClassVar[int] = 12


class TestTreeParzenWithGroups(StrategyContract):
    strategy: ClassVar[type[SearchStrategy]] = TreeParzen
    options: ClassVar[Mapping[str, object]] = {"n_startup_trials": 5, "group": True, "constant_liar": False}
    trials: ClassVar[int] = 12


class TestCMAES(StrategyContract):
    strategy: ClassVar[type[SearchStrategy]] = CMAES


class TestSkoptForest(StrategyContract):
    strategy: ClassVar[type[SearchStrategy]] = SkoptForest
    options: ClassVar[Mapping[str, object]] = {**FAST_SKOPT, "n_estimators": 5}
    trials: ClassVar[int] = 7


class TestSkoptGaussianProcess(StrategyContract):
    strategy: ClassVar[type[SearchStrategy]] = SkoptGaussianProcess
    options: ClassVar[Mapping[str, object]] = {**FAST_SKOPT, "n_restarts_optimizer": 1}
    trials: ClassVar[int] = 4


@needs_torch
class TestOptunaGaussianProcess(StrategyContract):
    strategy: ClassVar[type[SearchStrategy]] = OptunaGaussianProcess
    options: ClassVar[Mapping[str, object]] = {"n_startup_trials": 3}
    trials: ClassVar[int] = 5


class TestGaussianProcess(StrategyContract):
    strategy: ClassVar[type[SearchStrategy]] = GaussianProcess
    options: ClassVar[Mapping[str, object]] = {"n_startup_trials": 4}
    trials: ClassVar[int] = 8


class TestGaussianProcessWithoutNoise(StrategyContract):
    strategy: ClassVar[type[SearchStrategy]] = GaussianProcess
    options: ClassVar[Mapping[str, object]] = {"n_startup_trials": 2, "deterministic_objective": True}
    trials: ClassVar[int] = 5


class TestBayesian(StrategyContract):
    strategy: ClassVar[type[SearchStrategy]] = Bayesian
    options: ClassVar[Mapping[str, object]] = {"n_startup_trials": 2}
    trials: ClassVar[int] = 4
