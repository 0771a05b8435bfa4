"""Random search without repetition: it uses a finite space up."""

from __future__ import annotations

import numpy as np
import pytest

from tuner import Budget, Categorical, Condition, Float, Integer, Objective, Problem, SearchSpace
from tuner.errors import InvalidOption
from tuner.strategies.random_search import RandomSearch
from tuner.testing.problems import mixed

BUDGET = Budget(trials=10)
FINITE = SearchSpace(
    {"kind": Categorical(("a", "b")), "depth": Integer(1, 500, log=True), "width": Integer(1, 3)},
    (Condition("width", "kind", ("b",)),),
)


def distinct(space: SearchSpace, seed: int = 0) -> RandomSearch:
    return RandomSearch(Problem(space, (Objective("loss"),)), seed=seed, budget=BUDGET, distinct=True)


def test_a_finite_space_is_gone_through_once_and_then_it_ends() -> None:
    strategy = distinct(FINITE)
    found = [proposal.configuration for _ in range(300) for proposal in strategy.ask(7)]
    assert len(found) == len(set(found)) == 500 + 500 * 3
    assert strategy.ask(1) == []


def test_the_first_draws_are_those_of_the_default_without_repetition() -> None:
    plain = RandomSearch(Problem(FINITE, (Objective("loss"),)), seed=3, budget=BUDGET)
    drawn = dict.fromkeys(proposal.configuration for proposal in plain.ask(1024))
    assert [proposal.configuration for proposal in distinct(FINITE, 3).ask(len(drawn))] == list(drawn)


def test_the_size_of_an_ask_does_not_change_the_proposals() -> None:
    whole = list(distinct(FINITE).ask(1990))
    strategy = distinct(FINITE)
    assert [proposal for count in (1, 2, 600, 1387) for proposal in strategy.ask(count)] == whole


def test_a_space_of_real_numbers_is_never_used_up() -> None:
    strategy = distinct(SearchSpace({"x": Float(0, 1)}))
    assert len({proposal.configuration for proposal in strategy.ask(3000)}) == 3000


def test_without_distinct_nothing_changes() -> None:
    space = mixed().problem.space
    rng = np.random.default_rng(5)
    plain = RandomSearch(mixed().problem, seed=5, budget=BUDGET, distinct=False)
    assert [p.configuration for p in plain.ask(600)] == [space.sample(rng) for _ in range(600)]


def test_distinct_is_true_or_false() -> None:
    with pytest.raises(InvalidOption, match="distinct is true or false, not 1"):
        RandomSearch(mixed().problem, seed=5, budget=BUDGET, distinct=1)  # type: ignore[arg-type]  # what a suite may hold
