"""Changes of order between a quarter of the budget and its end, on scores made by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import ArrayLike

from results.analysis.order_flips import order_flips
from results.analysis.scores import TaskScores

SEEDS = 10
LUCK = np.random.default_rng(0).normal(scale=0.01, size=(2, SEEDS))


def scores_of(early: ArrayLike, late: ArrayLike, task: str = "one", names: Sequence[str] = ("a", "b")) -> TaskScores:
    """Eight trials; the second is the last of the first quarter [strategies, seeds]."""
    early, late = np.asarray(early, dtype=np.float64), np.asarray(late, dtype=np.float64)
    curves = np.repeat(late[:, :, None], 8, axis=2)
    curves[:, :, :2] = early[:, :, None]
    return TaskScores(task, tuple(names), tuple(range(early.shape[1])), curves, 1.0, 0.0)


def led_by(first: float, second: float) -> np.ndarray:
    """Scores around two levels, with a little luck [2, seeds]."""
    return np.array([[first], [second]]) + LUCK


def test_a_change_of_order_that_all_seeds_agree_on_is_shown() -> None:
    (flip,) = order_flips([scores_of(led_by(0.5, 0.2), led_by(0.6, 0.9))])

    assert (flip.task, flip.ahead_early, flip.ahead_late) == ("one", "a", "b")
    assert flip.is_shown


def test_the_larger_of_the_two_p_values_counts() -> None:
    late = led_by(0.6, 0.6)
    late[1, :6], late[1, 6:] = late[0, :6] + 0.1, late[0, 6:] - 0.1
    (flip,) = order_flips([scores_of(led_by(0.5, 0.2), late)])

    assert flip.p_value > 0.3
    assert not flip.is_shown


def test_an_order_that_stays_is_no_flip() -> None:
    assert order_flips([scores_of(led_by(0.5, 0.2), led_by(0.9, 0.8))]) == ()


def test_equal_medians_are_no_flip() -> None:
    even = np.full((2, SEEDS), 0.5)

    assert order_flips([scores_of(even, led_by(0.2, 0.9))]) == ()


def test_medians_that_change_places_while_means_do_not_are_within_luck() -> None:
    late = [[0.5] * 5 + [0.9] * 5, [0.75] * 6 + [0.15] * 4]
    (flip,) = order_flips([scores_of(led_by(0.5, 0.2), late)])

    assert flip.p_value == 1.0


def test_p_values_are_adjusted_for_all_changes_of_order() -> None:
    tasks = [scores_of(led_by(0.5, 0.2), led_by(0.6, 0.9), f"task{number}") for number in range(3)]
    flips = order_flips(tasks)

    assert [flip.p_holm for flip in flips] == pytest.approx([3 * flips[0].p_value] * 3)


def test_one_seed_alone_shows_nothing() -> None:
    (flip,) = order_flips([scores_of([[0.5], [0.2]], [[0.6], [0.9]])])

    assert not flip.is_shown


def test_studies_that_did_not_run_are_left_out() -> None:
    late = led_by(0.6, 0.9)
    late[0] = np.nan

    assert order_flips([scores_of(led_by(0.5, 0.2), late)]) == ()
