from __future__ import annotations

import numpy as np

from tuner import Budget
from tuner.strategies.random_search import RandomSearch
from tuner.testing.problems import conditional, mixed


def _strategy(seed: int = 0) -> RandomSearch:
    return RandomSearch(mixed().problem, seed=seed, budget=Budget(trials=10))


def test_proposals_are_the_spaces_own_samples() -> None:
    space = mixed().problem.space
    rng = np.random.default_rng(5)
    expected = [space.sample(rng) for _ in range(700)]
    assert [proposal.configuration for proposal in _strategy(5).ask(700)] == expected


def test_the_size_of_an_ask_does_not_change_the_proposals() -> None:
    whole = list(_strategy().ask(600))
    strategy = _strategy()
    parts = [proposal for count in (1, 2, 300, 1, 96, 200) for proposal in strategy.ask(count)]
    assert parts == whole


def test_it_goes_on_past_its_budget() -> None:
    strategy = _strategy()
    strategy.ask(10)
    assert len(strategy.ask(10)) == 10


def test_a_choice_is_as_likely_as_any_other() -> None:
    strategy = RandomSearch(conditional().problem, seed=1, budget=Budget(trials=10))
    models = [proposal.configuration["model"] for proposal in strategy.ask(2000)]
    assert 900 < models.count("svm") < 1100
