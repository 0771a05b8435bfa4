from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import pytest

from tuner import Budget, Feature, Problem, Proposal, SearchStrategy
from tuner.errors import UnsupportedProblem
from tuner.strategy import own_options
from tuner.testing.problems import conditional, continuous, mixed, two_objectives, with_fidelity


class Narrow(SearchStrategy):
    supports: ClassVar[Feature] = Feature.CONTINUOUS

    def __init__(self, problem: Problem, *, seed: int, budget: Budget, width: int = 3, name: str = "n") -> None:
        super().__init__(problem, seed=seed, budget=budget)

    def ask(self, count: int) -> Sequence[Proposal]:
        return [Proposal(self.space.sample(self.rng)) for _ in range(count)]


class Staged(Narrow):
    needs_fidelity = True


def test_a_problem_with_unsupported_needs_is_refused_with_their_names() -> None:
    with pytest.raises(UnsupportedProblem, match="Narrow does not support integer, categorical problems"):
        Narrow(mixed().problem, seed=0, budget=Budget(trials=1))
    with pytest.raises(UnsupportedProblem, match="integer, categorical, conditional problems"):
        Narrow(conditional().problem, seed=0, budget=Budget(trials=1))
    with pytest.raises(UnsupportedProblem, match="multiobjective problems"):
        Narrow(two_objectives().problem, seed=0, budget=Budget(trials=1))


def test_a_strategy_that_needs_a_fidelity_takes_only_problems_that_offer_one() -> None:
    with pytest.raises(UnsupportedProblem, match="Staged needs a problem with a fidelity"):
        Staged(continuous().problem, seed=0, budget=Budget(trials=1))
    assert Staged(with_fidelity().problem, seed=0, budget=Budget(trials=1)).needs_fidelity


def test_the_generator_is_seeded_with_the_seed() -> None:
    strategy = Narrow(continuous().problem, seed=11, budget=Budget(trials=1))
    assert strategy.rng.random() == np.random.default_rng(11).random()
    assert strategy.seed == 11


def test_own_options_leave_out_what_every_strategy_takes() -> None:
    assert {name: option.default for name, option in own_options(Narrow).items()} == {"width": 3, "name": "n"}
    assert own_options(SearchStrategy) == {}


def test_a_strategy_has_to_define_ask() -> None:
    class Mute(SearchStrategy):
        pass

    with pytest.raises(TypeError, match="ask"):
        Mute(continuous().problem, seed=0, budget=Budget(trials=1))  # type: ignore[abstract]  # the mistake that is tested
