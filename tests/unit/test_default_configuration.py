"""The default configuration, once."""

from __future__ import annotations

import pytest

from tuner import Budget, Proposal
from tuner.strategies.default_configuration import DefaultConfiguration
from tuner.testing.problems import ExampleProblem, example_problems


@pytest.mark.parametrize("example", example_problems(), ids=lambda example: example.name)
def test_it_proposes_the_default_at_full_fidelity_and_ends(example: ExampleProblem) -> None:
    strategy = DefaultConfiguration(example.problem, seed=0, budget=Budget(trials=10))
    assert strategy.ask(5) == [Proposal(example.problem.space.default())]
    assert strategy.ask(5) == []


def test_the_seed_does_not_matter() -> None:
    problem = example_problems()[0].problem
    first, second = (DefaultConfiguration(problem, seed=seed, budget=Budget(trials=10)) for seed in (0, 1))
    assert first.ask(1) == second.ask(1)
