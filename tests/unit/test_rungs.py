"""Rungs are geometric, in range, and whole where the fidelity is."""

from __future__ import annotations

import pytest
from fidelity_under_test import BUDGET, problem_up_to

from tuner import Fidelity
from tuner.errors import InvalidOption
from tuner.strategies.asha import ASHA
from tuner.strategies.rungs import rungs_of


def test_each_rung_is_eta_times_the_one_below() -> None:
    assert rungs_of(Fidelity("epochs", 1, 81), 3, None) == (1, 3, 9, 27, 81)
    assert rungs_of(Fidelity("epochs", 1, 81), 4, None) == (1, 5, 20, 81)


def test_whole_bounds_make_whole_rungs() -> None:
    assert rungs_of(Fidelity("epochs", 1, 100), 3, None) == (1, 4, 11, 33, 100)
    assert rungs_of(Fidelity("epochs", 2, 5), 2, None) == (3, 5)


def test_other_bounds_leave_the_rungs_as_they_are() -> None:
    assert rungs_of(Fidelity("part", 0.1, 1), 3, None) == pytest.approx((1 / 9, 1 / 3, 1))


def test_rounding_does_not_cost_the_lowest_rung() -> None:
    rungs = rungs_of(Fidelity("part", 0.7 / 3**5, 0.7), 3, None)
    assert len(rungs) == 6
    assert rungs[0] == 0.7 / 3**5


def test_rungs_are_distinct_ascending_and_in_range_for_all_whole_bounds() -> None:
    for eta in (2, 3, 4, 5):
        for high in range(1, 200):
            for low in {1, 2, 3, high // 2, high - 1, high} & set(range(1, high + 1)):
                rungs = rungs_of(Fidelity("epochs", low, high), eta, None)
                assert sorted(set(rungs)) == list(rungs)
                assert low <= rungs[0]
                assert rungs[-1] == high
                assert all(rung.is_integer() for rung in rungs)


def test_no_rung_lies_below_the_lowest_that_is_asked_for() -> None:
    assert rungs_of(Fidelity("epochs", 1, 81), 3, 4) == (9, 27, 81)


def test_where_the_lowest_is_the_highest_there_is_one_rung() -> None:
    assert rungs_of(Fidelity("epochs", 5, 5), 3, None) == (5,)
    assert rungs_of(Fidelity("epochs", 1, 81), 3, 81) == (81,)


@pytest.mark.parametrize("lowest", [0.5, 82])
def test_a_lowest_rung_outside_the_offer_is_refused(lowest: float) -> None:
    with pytest.raises(InvalidOption, match=rf"min_fidelity lies in \[1, 81\] here, not at {lowest}"):
        rungs_of(Fidelity("epochs", 1, 81), 3, lowest)


def test_eta_is_a_whole_number_from_two() -> None:
    with pytest.raises(InvalidOption, match="eta is a whole number of at least 2, not 1"):
        ASHA(problem_up_to(81), seed=0, budget=BUDGET, eta=1)
