"""The laws of strategies, on those that compare configurations at a low fidelity first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import pytest

from tuner.problem import Fidelity
from tuner.strategies.asha import ASHA
from tuner.strategies.bohb import BOHB
from tuner.strategies.default_configuration import DefaultConfiguration
from tuner.strategies.hyperband import Hyperband
from tuner.strategies.successive_halving import SuccessiveHalving
from tuner.strategy import SearchStrategy
from tuner.testing.law import Law
from tuner.testing.problems import ExampleProblem, conditional, mixed
from tuner.testing.strategy_contract import StrategyContract
from tuner.testing.strategy_laws import LAWS, Examination
from tuner.testing.strategy_under_test import StrategyUnderTest


class TestDefaultConfiguration(StrategyContract):
    strategy: ClassVar[type[SearchStrategy]] = DefaultConfiguration


class TestSuccessiveHalving(StrategyContract):
    strategy: ClassVar[type[SearchStrategy]] = SuccessiveHalving
    trials: ClassVar[int] = 45


class TestSuccessiveHalvingAnew(StrategyContract):
    strategy: ClassVar[type[SearchStrategy]] = SuccessiveHalving
    options: ClassVar[Mapping[str, object]] = {"eta": 2, "min_fidelity": 5, "resume": False}


class TestHyperband(StrategyContract):
    strategy: ClassVar[type[SearchStrategy]] = Hyperband
    trials: ClassVar[int] = 70


class TestASHA(StrategyContract):
    strategy: ClassVar[type[SearchStrategy]] = ASHA
    trials: ClassVar[int] = 40


class TestASHAAnew(StrategyContract):
    strategy: ClassVar[type[SearchStrategy]] = ASHA
    options: ClassVar[Mapping[str, object]] = {"eta": 4, "resume": False}


class TestBOHB(StrategyContract):
    strategy: ClassVar[type[SearchStrategy]] = BOHB
    options: ClassVar[Mapping[str, object]] = {"min_fidelity": 3, "n_ei_candidates": 8}
    trials: ClassVar[int] = 40


def with_fidelity(example: ExampleProblem) -> ExampleProblem:
    fidelity = Fidelity("part", 0.1, 1.0)
    return replace(example, name=f"{example.name}, by parts", problem=replace(example.problem, fidelity=fidelity))


@pytest.fixture(scope="module", params=[SuccessiveHalving, Hyperband, ASHA, BOHB], ids=lambda kind: kind.__name__)
def examination(request: pytest.FixtureRequest) -> Examination:
    examples = [with_fidelity(conditional()), with_fidelity(mixed())]
    return Examination(request.param, trials=30, examples=examples)


@pytest.mark.parametrize("law", LAWS, ids=[law.text.replace(" ", "-") for law in LAWS])
def test_it_keeps_the_laws_in_conditional_and_mixed_spaces(
    examination: Examination, law: Law[StrategyUnderTest]
) -> None:
    verdict = examination.judge(law)
    assert verdict.status in {"kept", "skipped"}, verdict.message
