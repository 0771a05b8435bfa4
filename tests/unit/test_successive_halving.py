"""Successive halving: a rung is complete before the best of it go on."""

from __future__ import annotations

import pytest
from fidelity_under_test import BUDGET, Talk, at, problem_up_to, result_of, wanted

from tuner import Budget, Categorical, Fidelity, Objective, Problem, SearchSpace
from tuner.errors import UnsupportedProblem
from tuner.strategies.random_search import RandomSearch
from tuner.strategies.successive_halving import SuccessiveHalving
from tuner.testing.problems import two_objectives


def talk(high: float = 9, *, resume: bool = True, seed: int = 0) -> Talk:
    return Talk(SuccessiveHalving(problem_up_to(high), seed=seed, budget=BUDGET, resume=resume))


def test_one_in_eta_goes_on_from_rung_to_rung() -> None:
    one = talk(27)
    fidelities = [one.complete(1)[0].fidelity for _ in range(27 + 9 + 3 + 1)]
    assert fidelities == [1] * 27 + [3] * 9 + [9] * 3 + [27]


def test_the_best_go_on_the_best_first_and_continue_their_own_trial() -> None:
    one = talk()
    one.complete(9, [5, 3, 8, 1, 9, 7, 2, 6, 4])
    promoted = one.complete(3, [2, 3, 1])
    (last,) = one.ask(1)
    assert wanted(promoted) == [(3, 3), (3, 6), (3, 1)]
    assert [p.configuration for p in promoted] == [one.proposals[n].configuration for n in (3, 6, 1)]
    assert wanted([last]) == [(9, 11)]
    assert last.configuration == one.proposals[1].configuration


def test_without_resuming_a_promoted_trial_starts_anew() -> None:
    one = talk(3, resume=False)
    one.complete(3, [2, 1, 3])
    (promoted,) = one.ask(1)
    assert wanted([promoted]) == [(3, None)]
    assert promoted.configuration == one.proposals[1].configuration


def test_it_waits_for_a_rung_whose_trials_are_pending() -> None:
    one = talk(3)
    assert len(one.ask(5)) == 3
    assert one.ask(5) == []
    one.tell({2: 1.0, 0: 2.0})
    assert one.ask(5) == []
    one.tell({1: 3.0})
    assert wanted(one.ask(5)) == [(3, 2)]
    assert one.ask(5) == []


def test_a_new_bracket_has_new_configurations() -> None:
    one = talk(3)
    for _ in range(8):
        one.complete(1)
    begun = [p.configuration for p in one.proposals if p.fidelity == 1]
    drawn = RandomSearch(problem_up_to(3), seed=0, budget=BUDGET).ask(6)
    assert wanted(one.proposals) == [(1, None)] * 3 + [(3, 0)] + [(1, None)] * 3 + [(3, 4)]
    assert begun == [p.configuration for p in drawn]


def test_the_size_of_an_ask_does_not_change_what_is_promoted() -> None:
    single, batched = talk(27), talk(27)
    losses = {p.configuration: (7 * i) % 27 for i, p in enumerate(talk(27).ask(27))}

    def run(one: Talk, size: int) -> list[tuple[float | None, int | None]]:
        while len(one.proposals) < 40:
            first = len(one.proposals)
            one.tell({first + i: losses[p.configuration] for i, p in enumerate(one.ask(size))})
        return wanted(one.proposals[:40])

    assert run(batched, 5) == run(single, 1)


def test_a_failed_trial_is_never_promoted() -> None:
    one = talk()
    one.complete(9, [None, 5, None, None, 4, None, None, None, None])
    assert wanted(one.complete(9, [1, None])) == [(3, 4), (3, 1)]
    assert wanted(one.ask(9)) == [(9, 9)]


def test_where_a_whole_rung_failed_the_next_bracket_begins() -> None:
    one = talk(3)
    one.complete(3, [None] * 3)
    assert wanted(one.ask(5)) == [(1, None)] * 3


def test_ties_go_to_the_earlier_trial_whatever_the_order_of_telling() -> None:
    one = talk(3)
    one.ask(3)
    one.tell({2: 1.0, 1: 1.0, 0: 1.0})
    assert wanted(one.ask(1)) == [(3, 0)]


def test_results_that_it_did_not_propose_are_ignored() -> None:
    strategy = SuccessiveHalving(problem_up_to(3), seed=0, budget=BUDGET)
    strategy.tell(result_of(0, at(0.5), -5.0))
    proposals = strategy.ask(3)
    strategy.tell(result_of(1, at(0.5, 1.0), -5.0))
    for number, proposal in enumerate(proposals, 2):
        strategy.tell(result_of(number, proposal, float(number)))
    assert wanted(strategy.ask(5)) == [(3, 2)]


def test_configurations_that_are_the_same_are_trials_of_their_own() -> None:
    space = SearchSpace({"x": Categorical(("only",))})
    problem = Problem(space, (Objective("loss"),), Fidelity("epochs", 1, 3))
    one = Talk(SuccessiveHalving(problem, seed=0, budget=BUDGET))
    one.ask(3)
    one.tell({0: 3.0, 1: 1.0})
    assert one.ask(1) == []
    one.tell({2: 2.0})
    assert wanted(one.ask(3)) == [(3, 1)]


def test_a_problem_without_a_fidelity_is_refused() -> None:
    problem = Problem(problem_up_to(3).space, (Objective("loss"),))
    with pytest.raises(UnsupportedProblem, match="SuccessiveHalving needs a problem with a fidelity"):
        SuccessiveHalving(problem, seed=0, budget=BUDGET)


def test_several_objectives_are_refused() -> None:
    with pytest.raises(UnsupportedProblem, match="does not support multiobjective"):
        SuccessiveHalving(two_objectives().problem, seed=0, budget=Budget(trials=1))
