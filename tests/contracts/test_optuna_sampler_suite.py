"""Strategies as samplers pass the tests that Optuna publishes for samplers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, TypeAlias

import optuna
import pytest
from optuna.samplers import BaseSampler
from optuna.testing.pytest_samplers import (
    BasicSamplerTestCase,
    MultiObjectiveSamplerTestCase,
    RelativeSamplerTestCase,
    SingleOnlySamplerTestCase,
)

from tuner.adapters.optuna import StrategySampler
from tuner.errors import UnsupportedProblem

Make: TypeAlias = Callable[[], BaseSampler]

NUMBERS_ONLY = "CMA-ES searches numbers only, and says so where choices are put into the space that it is to search"


class OfStrategy:
    """Gives Optuna's tests a strategy, and marks those of them that it cannot pass, by the reason why not."""

    strategy: ClassVar[str]
    options: ClassVar[Mapping[str, Any]] = {}
    excused: ClassVar[Mapping[str, str]] = {}

    @pytest.fixture
    def sampler(self) -> Make:
        return lambda: StrategySampler(self.strategy, seed=0, n_trials=20, **self.options)

    @pytest.fixture(autouse=True)
    def excuse(self, request: pytest.FixtureRequest) -> None:
        reason = self.excused.get(request.function.__name__)
        if reason:
            request.applymarker(pytest.mark.xfail(reason=reason, raises=UnsupportedProblem, strict=True))

    @pytest.fixture(autouse=True)
    def quiet(self) -> Iterator[None]:
        level = optuna.logging.get_verbosity()
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        yield
        optuna.logging.set_verbosity(level)


class TestRandom(OfStrategy, BasicSamplerTestCase, RelativeSamplerTestCase, MultiObjectiveSamplerTestCase):
    strategy = "random"


class TestSobol(OfStrategy, BasicSamplerTestCase, RelativeSamplerTestCase, MultiObjectiveSamplerTestCase):
    strategy = "sobol"


class TestTreeParzen(OfStrategy, BasicSamplerTestCase, RelativeSamplerTestCase, MultiObjectiveSamplerTestCase):
    strategy = "tpe"
    options: ClassVar[Mapping[str, Any]] = {"n_startup_trials": 2}


class TestNSGA2(OfStrategy, BasicSamplerTestCase, RelativeSamplerTestCase, MultiObjectiveSamplerTestCase):
    strategy = "nsga2"
    options: ClassVar[Mapping[str, Any]] = {"population_size": 2}


class TestGaussianProcess(OfStrategy, BasicSamplerTestCase, RelativeSamplerTestCase, SingleOnlySamplerTestCase):
    strategy = "gp"
    options: ClassVar[Mapping[str, Any]] = {"n_startup_trials": 2}


class TestCMAES(OfStrategy, BasicSamplerTestCase, RelativeSamplerTestCase, SingleOnlySamplerTestCase):
    strategy = "cmaes"
    excused: ClassVar[Mapping[str, str]] = {
        "test_sample_relative_categorical": NUMBERS_ONLY,
        "test_sample_relative_mixed": NUMBERS_ONLY,
    }
