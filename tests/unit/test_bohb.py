"""BOHB: Hyperband's brackets, filled by a model of the highest rung that has observations enough."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fidelity_under_test import BUDGET, Talk, at, problem_up_to, result_of, wanted

from tuner import Configuration, Fidelity
from tuner.errors import InvalidOption
from tuner.strategies.bohb import BOHB
from tuner.strategies.hyperband import Hyperband
from tuner.strategies.random_search import RandomSearch
from tuner.testing.problems import conditional

PROBLEM = problem_up_to(9)
LEAST = 4


def make(seed: int = 0, random_fraction: float = 1 / 3) -> BOHB:
    return BOHB(PROBLEM, seed=seed, budget=BUDGET, random_fraction=random_fraction)


def teach(strategy: BOHB, fidelity: float, best: float, count: int = 15) -> None:
    """Tell of so many trials at a fidelity where `best` is lowest."""
    for number in range(count):
        x = (number + 0.5) / count
        strategy.tell(result_of(number, at(x, fidelity), abs(x - best)))


def mean_distance(drawn: list[Configuration], best: float) -> float:
    return sum(abs(c.number("x") - best) for c in drawn) / len(drawn)


def test_its_brackets_are_those_of_hyperband() -> None:
    model, plain = Talk(make()), Talk(Hyperband(PROBLEM, seed=0, budget=BUDGET))
    for one in (model, plain):
        for _ in range(60):
            one.complete(1)
    assert wanted(model.proposals) == wanted(plain.proposals)


def test_until_there_are_observations_enough_it_draws_at_random() -> None:
    strategy = make(random_fraction=0)
    teach(strategy, 9.0, 0.3, LEAST - 1)
    drawn = strategy.draw(10)
    assert drawn == [p.configuration for p in RandomSearch(PROBLEM, seed=0, budget=BUDGET).ask(10)]
    strategy.tell(result_of(99, at(0.4, 9.0), 0.1))
    assert strategy.draw(1)[0] != RandomSearch(PROBLEM, seed=0, budget=BUDGET).ask(11)[10].configuration


def test_the_model_proposes_near_what_was_good() -> None:
    strategy = make(random_fraction=0)
    teach(strategy, 1.0, 0.9)
    assert mean_distance(strategy.draw(20), 0.9) < 0.1


def test_the_model_is_that_of_the_highest_rung_with_observations_enough() -> None:
    strategy = make(random_fraction=0)
    teach(strategy, 1.0, 0.1, 30)
    teach(strategy, 3.0, 0.9)
    teach(strategy, 9.0, 0.5, LEAST - 1)
    assert mean_distance(strategy.draw(20), 0.9) < 0.1


def test_starting_points_at_full_fidelity_teach_the_model_of_the_highest_rung() -> None:
    strategy = make(random_fraction=0)
    for number in range(12):
        x = (number + 0.5) / 12
        strategy.tell(result_of(number, at(x), abs(x - 0.2)))
    assert mean_distance(strategy.draw(20), 0.2) < 0.15


def test_a_part_is_drawn_at_random() -> None:
    strategy = make(seed=4)
    teach(strategy, 9.0, 0.3)
    random = {p.configuration for p in RandomSearch(PROBLEM, seed=4, budget=BUDGET).ask(300)}
    assert 70 <= len(random & set(strategy.draw(300))) <= 130


def test_with_a_random_fraction_of_one_it_is_hyperband() -> None:
    model, plain = Talk(make(random_fraction=1)), Talk(Hyperband(PROBLEM, seed=0, budget=BUDGET))
    for one in (model, plain):
        for _ in range(40):
            one.complete(1)
    assert model.proposals == plain.proposals


def test_failed_trials_are_no_observations() -> None:
    strategy = make(random_fraction=0)
    for number in range(10):
        strategy.tell(result_of(number, at(number / 10, 1.0), None))
    assert strategy.draw(5) == [p.configuration for p in RandomSearch(PROBLEM, seed=0, budget=BUDGET).ask(5)]


def test_what_it_proposed_does_not_stay_pending_in_a_model() -> None:
    strategy = make(random_fraction=0)
    teach(strategy, 9.0, 0.3)
    strategy.draw(5)
    assert [model._sampler._pending for model in strategy._models.values()] == [{}, {}, {}]


def test_in_a_conditional_space_it_proposes_active_parameters_only() -> None:
    problem = replace(conditional().problem, fidelity=Fidelity("part", 0.1, 1))
    one = Talk(BOHB(problem, seed=0, budget=BUDGET, random_fraction=0.0, n_ei_candidates=8))
    for _ in range(60):
        one.complete(1)
    for proposal in one.proposals:
        problem.space.check(proposal.configuration)
    assert {p.configuration["model"] for p in one.proposals} == {"forest", "svm"}


@pytest.mark.parametrize("fraction", [1.5, -1, True])
def test_a_random_fraction_out_of_range_is_refused(fraction: float) -> None:
    with pytest.raises(InvalidOption, match=rf"random_fraction is a number from 0 to 1, not {fraction}"):
        make(random_fraction=fraction)


def test_counts_below_one_are_refused() -> None:
    with pytest.raises(InvalidOption, match="n_ei_candidates is a whole number of at least 1, not 0"):
        BOHB(PROBLEM, seed=0, budget=BUDGET, n_ei_candidates=0)
    with pytest.raises(InvalidOption, match="least_observations is a whole number of at least 1, not 0"):
        BOHB(PROBLEM, seed=0, budget=BUDGET, least_observations=0)
