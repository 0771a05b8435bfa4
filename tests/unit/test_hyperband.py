"""Hyperband: the brackets of its paper, one after the other."""

from __future__ import annotations

from collections import Counter

from fidelity_under_test import BUDGET, Talk, problem_up_to, wanted

from tuner.strategies.hyperband import Hyperband

TABLE_1 = [
    [(81, 1), (27, 3), (9, 9), (3, 27), (1, 81)],
    [(34, 3), (11, 9), (3, 27), (1, 81)],
    [(15, 9), (5, 27), (1, 81)],
    [(8, 27), (2, 81)],
    [(5, 81)],
]
"""(n, r) for R = 81 and eta = 3: Li et al., JMLR 18 (2018)."""
TRIALS = sum(size for bracket in TABLE_1 for size, _ in bracket)


def strategy(high: float = 81, *, eta: int = 3, min_fidelity: float | None = None) -> Hyperband:
    return Hyperband(problem_up_to(high), seed=0, budget=BUDGET, eta=eta, min_fidelity=min_fidelity)


def test_the_brackets_are_those_of_the_papers_table() -> None:
    assert [[(rung.size, rung.fidelity) for rung in bracket] for bracket in strategy().brackets()] == TABLE_1


def test_a_study_goes_through_the_brackets_in_order_and_begins_again() -> None:
    one = Talk(strategy())
    asked = [one.complete(1)[0].fidelity for _ in range(2 * TRIALS)]
    once = [fidelity for bracket in TABLE_1 for size, fidelity in bracket for _ in range(size)]
    assert asked == once + once


def test_asked_for_many_at_once_it_evaluates_the_same_numbers() -> None:
    one = Talk(strategy())
    while len(one.proposals) < TRIALS:
        one.complete(min(7, TRIALS - len(one.proposals)))
    once = Counter({fidelity: 0 for _, fidelity in TABLE_1[0]})
    for bracket in TABLE_1:
        once.update({fidelity: size for size, fidelity in bracket})
    assert Counter(p.fidelity for p in one.proposals) == once


def test_each_bracket_costs_about_the_same() -> None:
    costs = [sum(rung.size * rung.fidelity for rung in bracket) for bracket in strategy(eta=4).brackets()]
    assert max(costs) < 1.5 * min(costs)


def test_a_promotion_continues_a_trial_of_its_own_bracket() -> None:
    one = Talk(strategy(9))
    for _ in range(9 + 3 + 1):
        one.complete(1)
    second = one.complete(5, [5, 1, 4, 2, 3])
    assert wanted(second) == [(3, None)] * 5
    assert wanted(one.ask(3)) == [(9, 14)]


def test_with_one_rung_it_is_random_search_at_the_highest_fidelity() -> None:
    one = Talk(strategy(min_fidelity=81))
    assert wanted([one.complete(1)[0] for _ in range(5)]) == [(81, None)] * 5
