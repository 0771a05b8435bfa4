"""The lowest loss so far of many studies at once."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from results.analysis.lowest_so_far import begins_of_runs, lowest_so_far

NAN = float("nan")
LINES = np.array([1, 0])
"""The first study belongs into the second line."""


def lowest(studies: list[int], steps: list[int], losses: list[float]) -> NDArray[np.float64]:
    study, step = (np.array(numbers, dtype=np.intp) for numbers in (studies, steps))
    return lowest_so_far(study, step, np.array(losses), LINES, 2)


def test_each_study_stands_in_its_line() -> None:
    found = lowest([0, 0, 0, 1, 1, 1], [0, 1, 2, 0, 1, 2], [3.0, 1.0, 2.0, 7.0, 8.0, 5.0])
    np.testing.assert_array_equal(found, [[7.0, 7.0, 5.0], [3.0, 1.0, 1.0]])


def test_a_study_has_nothing_until_it_has_something_and_keeps_it() -> None:
    found = lowest([0, 0, 0, 1, 1, 1], [0, 1, 2, 0, 1, 2], [NAN, 4.0, NAN, NAN, NAN, NAN])
    np.testing.assert_array_equal(found, [[NAN, NAN, NAN], [NAN, 4.0, 4.0]])


def test_a_study_that_ended_early_keeps_its_last() -> None:
    np.testing.assert_array_equal(
        lowest([0, 0, 0, 1], [0, 1, 2, 0], [3.0, 2.0, 1.0, 9.0]), [[9.0] * 3, [3.0, 2.0, 1.0]]
    )


def test_a_study_without_trials_has_nothing() -> None:
    np.testing.assert_array_equal(lowest([1, 1], [0, 1], [2.0, 1.0]), [[2.0, 1.0], [NAN, NAN]])


def test_no_trial_at_all_leaves_one_empty_step() -> None:
    np.testing.assert_array_equal(lowest([], [], []), [[NAN], [NAN]])


def test_of_several_trials_in_one_step_the_lowest_counts() -> None:
    in_order_of_studies = lowest([0, 0, 0, 1, 1], [0, 0, 1, 0, 0], [3.0, 2.0, 5.0, NAN, 4.0])
    in_order_of_lines = lowest([1, 1, 0, 0, 0], [0, 0, 0, 0, 1], [NAN, 4.0, 3.0, 2.0, 5.0])
    for found in (in_order_of_studies, in_order_of_lines):
        np.testing.assert_array_equal(found, [[4.0, 4.0], [2.0, 2.0]])


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_the_trials_does_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    studies, steps = (part.ravel() for part in np.indices((4, 6)))
    losses, lines = rng.normal(size=24), rng.permutation(4)
    order = rng.permutation(24)
    expected = lowest_so_far(studies, steps, losses, lines, 4)
    np.testing.assert_array_equal(lowest_so_far(studies[order], steps[order], losses[order], lines, 4), expected)
    np.testing.assert_array_equal(expected[lines], np.minimum.accumulate(losses.reshape(4, 6), axis=1))


def test_a_study_that_stands_in_two_places_is_one() -> None:
    found = lowest([0, 0, 1, 1, 0, 0], [0, 1, 0, 1, 0, 1], [1.0, 9.0, 3.0, 2.0, 5.0, 4.0])
    np.testing.assert_array_equal(found, [[3.0, 2.0], [1.0, 1.0]])


def test_runs_begin_where_a_value_differs_from_the_one_before() -> None:
    assert begins_of_runs(np.array([4, 4, 2, 2, 2, 4])).tolist() == [0, 2, 5]
    assert begins_of_runs(np.array([], dtype=np.intp)).tolist() == []
