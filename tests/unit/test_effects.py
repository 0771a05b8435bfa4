"""Effect sizes and probabilities of being better, on pairs that can be counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu
from scores_under_test import scores_of

from results.analysis.effects import (
    TaskEffect,
    cliffs_delta,
    cliffs_magnitude,
    probability_of_improvement,
    task_effects,
    vargha_delaney_a12,
)

NAN = float("nan")
values = st.lists(st.integers(-3, 3), min_size=1, max_size=7)


@pytest.mark.parametrize(
    ("a", "b", "delta"),
    [
        ([1, 2, 3], [0, 1, 2], 5 / 9),
        ([1, 2], [3, 4], -1.0),
        ([3, 4], [1, 2], 1.0),
        ([1, 1], [1, 1, 1], 0.0),
        ([1, 5], [3], 0.0),
        ([1, 2], [2], -0.5),
    ],
)
def test_cliffs_delta_counts_pairs(a: list[float], b: list[float], delta: float) -> None:
    assert cliffs_delta(a, b) == pytest.approx(delta)


@given(values, values)
def test_a12_is_half_of_cliffs_delta_and_one(a: list[int], b: list[int]) -> None:
    assert vargha_delaney_a12(a, b) == pytest.approx((cliffs_delta(a, b) + 1) / 2)


@given(values, values)
def test_a12_is_the_statistic_of_mann_and_whitney_as_a_share_of_the_pairs(a: list[int], b: list[int]) -> None:
    assert vargha_delaney_a12(a, b) == pytest.approx(mannwhitneyu(a, b).statistic / (len(a) * len(b)))


@given(values, values)
def test_the_effect_is_turned_round_with_its_strategies(a: list[int], b: list[int]) -> None:
    assert cliffs_delta(a, b) == -cliffs_delta(b, a)


def test_missing_values_are_left_out_of_the_pairs() -> None:
    assert cliffs_delta([1, NAN, 3], [2, NAN]) == cliffs_delta([1, 3], [2])
    assert np.isnan(cliffs_delta([NAN], [1.0]))
    assert np.isnan(vargha_delaney_a12([], [1.0]))


def test_the_words_for_cliffs_delta_begin_at_the_thresholds_of_romano_and_others() -> None:
    sizes = (0.0, 0.146, 0.147, -0.147, 0.329, 0.33, 0.473, 0.474, -1.0)
    words = ("negligible", "negligible", "small", "small", "small", "medium", "medium", "large", "large")
    assert tuple(map(cliffs_magnitude, sizes)) == words


def test_the_probability_of_improvement_is_that_of_agarwal_and_others() -> None:
    rng = np.random.default_rng(0)
    finals = rng.integers(0, 5, (6, 2, 8)).astype(float)
    expected = np.mean([mannwhitneyu(a, b, alternative="greater").statistic / 64 for a, b in finals])
    assert probability_of_improvement(scores_of(*finals), "s0", "s1", resamples=50).value == pytest.approx(expected)


def test_both_probabilities_sum_to_one() -> None:
    scores = scores_of(*np.random.default_rng(1).integers(0, 4, (3, 2, 5)).astype(float))
    there, back = (probability_of_improvement(scores, *pair, resamples=200) for pair in (("s0", "s1"), ("s1", "s0")))
    assert there.value + back.value == pytest.approx(1.0)
    assert there.low == pytest.approx(1.0 - back.high, abs=0.01)


def test_strategies_that_always_tie_are_a_toss_up() -> None:
    assert probability_of_improvement(scores_of(np.ones((2, 6))), "s0", "s1").value == 0.5


def test_tasks_on_which_one_of_them_did_not_run_are_left_out() -> None:
    scores = scores_of([[1.0, 3.0], [2.0, 2.0]], [[0.0, 0.0], [NAN, NAN]])
    assert probability_of_improvement(scores, "s0", "s1", resamples=50).value == 0.5
    assert task_effects(scores, "s0", "s1") == (TaskEffect("task0", 0.5, 0.0),)


def test_a_pair_without_a_common_task_has_no_probability() -> None:
    scores = scores_of([[1.0, 2.0], [NAN, NAN]], [[NAN, NAN], [1.0, 2.0]])
    assert np.isnan(probability_of_improvement(scores, "s0", "s1").cells).all()


def test_one_seed_gives_a_probability_without_an_interval() -> None:
    found = probability_of_improvement(scores_of([[2.0], [1.0]]), "s0", "s1")
    assert found.value == 1.0
    assert np.isnan([found.low, found.high]).all()


def test_three_seeds_that_agree_do_not_make_a_certainty() -> None:
    found = probability_of_improvement(scores_of([[4.0, 5.0, 6.0], [1.0, 2.0, 3.0]]), "s0", "s1")
    assert (found.value, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(0.025 ** (1 / 3))


def test_its_interval_covers_the_truth_as_often_as_it_says() -> None:
    rng, covered, truth = np.random.default_rng(0), 0, 0.6382
    for trial in range(300):
        scores = scores_of(*(rng.normal([[0.5], [0.0]], 1.0, (2, 10)) for _ in range(3)))
        found = probability_of_improvement(scores, "s0", "s1", resamples=300, seed=trial)
        covered += found.low <= truth <= found.high
    assert 93.0 <= covered / 3 <= 98.0


def test_luck_that_two_strategies_share_narrows_the_interval() -> None:
    rng = np.random.default_rng(4)
    luck, own = rng.normal(size=20), rng.normal(size=(2, 20))
    shared, alone = (
        probability_of_improvement(scores_of([a, b]), "s0", "s1")
        for a, b in ((luck + 0.1 * own[0], luck + 0.1 * own[1]), (luck + 0.1 * own[0], rng.permutation(luck) + 0.0))
    )
    assert shared.high - shared.low < 0.7 * (alone.high - alone.low)


def test_effects_are_given_a_task() -> None:
    effects = task_effects(scores_of([[1.0, 3.0], [2.0, 2.0]], [[5.0, 6.0], [1.0, 2.0]]), "s0", "s1")
    assert [(effect.task, effect.a12, effect.delta) for effect in effects] == [("task0", 0.5, 0.0), ("task1", 1.0, 1.0)]
    assert [effect.magnitude for effect in effects] == ["negligible", "large"]
