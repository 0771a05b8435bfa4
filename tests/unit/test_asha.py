"""ASHA: promotions in the order in which trials end, by hand and against the definition."""

from __future__ import annotations

import numpy as np
from fidelity_under_test import BUDGET, Talk, at, problem_up_to, result_of, wanted

from tuner.strategies.asha import ASHA
from tuner.strategies.random_search import RandomSearch
from tuner.strategies.rung_ranking import RungRanking

NEW = (1, None)


def talk(high: float = 9, *, resume: bool = True) -> Talk:
    return Talk(ASHA(problem_up_to(high), seed=0, budget=BUDGET, resume=resume))


def test_promotions_follow_the_order_in_which_trials_end() -> None:
    one = talk()
    assert wanted(one.ask(4)) == [NEW] * 4
    one.tell({2: 0.5, 0: 0.7})  # two ended: a third of them is none
    assert wanted(one.ask(2)) == [NEW, NEW]  # 4, 5
    one.tell({3: 0.6})  # three ended, the best is 2
    assert wanted(one.ask(1)) == [(3, 2)]  # 6
    one.tell({1: 0.1})  # four ended, the best is 1, which came late
    assert wanted(one.ask(1)) == [(3, 1)]  # 7
    one.tell({4: 0.2})  # five ended: still one may be promoted, and 1 was
    assert wanted(one.ask(1)) == [NEW]  # 8
    one.tell({5: 0.9})  # six ended, the best two are 1 and 4
    assert wanted(one.ask(2)) == [(3, 4), NEW]  # 9, 10
    one.tell({6: 0.4, 7: 0.3, 9: 0.35})  # three ended at fidelity 3, the best continues 1
    assert wanted(one.ask(2)) == [(9, 7), NEW]
    assert one.proposals[11].configuration == one.proposals[1].configuration


def test_the_highest_rung_is_served_first() -> None:
    one = talk()
    one.complete(9, [float(n) for n in range(9)])
    one.complete(3, [1.0, 2.0, 3.0])
    one.tell({})
    one.complete(3, [50.0, 60.0, 70.0])
    assert wanted(one.proposals[12:15]) == [(9, 9), NEW, NEW]
    one.complete(1, [-1.0])
    assert wanted(one.ask(2)) == [(3, 15), NEW]


def test_it_never_waits() -> None:
    one = talk()
    assert wanted(one.ask(100)) == [NEW] * 100
    assert wanted(one.ask(3)) == [NEW] * 3


def test_new_configurations_are_those_of_random_search() -> None:
    drawn = RandomSearch(problem_up_to(9), seed=0, budget=BUDGET).ask(50)
    assert [p.configuration for p in talk().ask(50)] == [p.configuration for p in drawn]


def test_a_failed_trial_counts_as_the_last_and_is_never_promoted() -> None:
    one = talk()
    one.complete(2, [None, None])
    one.complete(1, [4.0])
    assert wanted(one.ask(1)) == [(3, 2)]
    two = talk()
    two.complete(6, [None] * 6)
    assert wanted(two.ask(3)) == [NEW] * 3
    two.tell({6: 1.0})
    assert wanted(two.ask(2)) == [(3, 6), NEW]


def test_ties_go_to_the_earlier_trial() -> None:
    one = talk()
    one.ask(3)
    one.tell({2: 1.0, 1: 1.0, 0: 1.0})
    assert wanted(one.ask(1)) == [(3, 0)]


def test_without_resuming_a_promoted_trial_starts_anew() -> None:
    one = talk(resume=False)
    one.complete(3, [3.0, 1.0, 2.0])
    (promoted,) = one.ask(1)
    assert wanted([promoted]) == [(3, None)]
    assert promoted.configuration == one.proposals[1].configuration


def test_a_result_that_it_did_not_propose_counts_at_the_rung_of_its_fidelity() -> None:
    strategy = ASHA(problem_up_to(9), seed=0, budget=BUDGET)
    strategy.tell(result_of(0, at(0.5), 0.0))
    strategy.tell(result_of(1, at(0.6, 2.0), 0.0))
    for number, x in enumerate((0.7, 0.8, 0.9), 2):
        strategy.tell(result_of(number, at(x, 1.0), -x))
    (promoted,) = strategy.ask(1)
    assert wanted([promoted]) == [(3, 4)]
    assert promoted.configuration["x"] == 0.9


def test_a_ranking_promotes_what_the_definition_promotes() -> None:
    """The definition ranks the whole rung anew at each request."""
    for seed in range(30):
        rng = np.random.default_rng(seed)
        eta = int(rng.integers(2, 5))
        ranking, ended, promoted = RungRanking(eta), list[tuple[float, int]](), set[int]()
        for number in rng.permutation(300).tolist():
            loss = None if rng.random() < 0.1 else float(rng.integers(40)) - number * (seed % 2)
            ranking.add(result_of(number, at(0.5, 1.0), loss))
            ended.append((np.inf if loss is None else loss, number))
            if rng.random() < 0.6:
                top = [(loss, n) for loss, n in sorted(ended)[: len(ended) // eta] if loss < np.inf]
                expected = next((n for _, n in top if n not in promoted), None)
                found = ranking.pop_promotable()
                assert (found.trial.id if found else None) == expected
                if expected is not None:
                    promoted.add(expected)
