"""The laws of strategies, on those of other libraries; each is skipped where its library is not installed."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import ClassVar

import pytest

from tuner.strategies.ax_search import AxSearch
from tuner.strategies.bayes_opt_search import BayesOptSearch
from tuner.strategies.hyperopt_search import HyperoptSearch
from tuner.strategies.optuna_auto import OptunaAuto, cached_registry
from tuner.strategies.smac_search import SmacSearch
from tuner.strategy import SearchStrategy
from tuner.testing.strategy_contract import StrategyContract


def needs(module: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(find_spec(module) is None, reason=f"{module} is not installed")


@needs("hyperopt")
class TestHyperopt(StrategyContract):
    strategy: ClassVar[type[SearchStrategy]] = HyperoptSearch
    options: ClassVar[Mapping[str, object]] = {"n_startup_jobs": 4}
    trials: ClassVar[int] = 8


@needs("hyperopt")
class TestHyperoptAnnealing(StrategyContract):
    strategy: ClassVar[type[SearchStrategy]] = HyperoptSearch
    options: ClassVar[Mapping[str, object]] = {"algorithm": "anneal"}
    trials: ClassVar[int] = 10


@needs("bayes_opt")
class TestBayesOpt(StrategyContract):
    strategy: ClassVar[type[SearchStrategy]] = BayesOptSearch
    options: ClassVar[Mapping[str, object]] = {"init_points": 3, "n_random": 100, "n_smart": 0}
    trials: ClassVar[int] = 5


@needs("bayes_opt")
@pytest.mark.slow
class TestBayesOptWithGradients(StrategyContract):
    strategy: ClassVar[type[SearchStrategy]] = BayesOptSearch
    options: ClassVar[Mapping[str, object]] = {"init_points": 3, "n_random": 100, "n_smart": 1, "acquisition": "ei"}
    trials: ClassVar[int] = 6


@needs("smac")
class TestSmacDesign(StrategyContract):
    strategy: ClassVar[type[SearchStrategy]] = SmacSearch
    options: ClassVar[Mapping[str, object]] = {"n_configs": 4, "max_ratio": 1.0}
    trials: ClassVar[int] = 4


@needs("smac")
@pytest.mark.slow
class TestSmac(StrategyContract):
    strategy: ClassVar[type[SearchStrategy]] = SmacSearch
    options: ClassVar[Mapping[str, object]] = {"n_configs": 3, "max_ratio": 1.0, "n_trees": 3, "challengers": 50}
    trials: ClassVar[int] = 6


@needs("ax")
class TestAxDesign(StrategyContract):
    strategy: ClassVar[type[SearchStrategy]] = AxSearch
    options: ClassVar[Mapping[str, object]] = {"initialization_budget": 12}
    trials: ClassVar[int] = 3


@needs("ax")
@pytest.mark.slow
class TestAx(StrategyContract):
    strategy: ClassVar[type[SearchStrategy]] = AxSearch
    options: ClassVar[Mapping[str, object]] = {"initialization_budget": 3}
    trials: ClassVar[int] = 4


@needs("optunahub")
@needs("torch")
@pytest.mark.slow
@pytest.mark.skipif(not (cached_registry() / "samplers" / "auto_sampler").exists(), reason="OptunaHub's cache is empty")
class TestOptunaAuto(StrategyContract):
    strategy: ClassVar[type[SearchStrategy]] = OptunaAuto
    trials: ClassVar[int] = 12
