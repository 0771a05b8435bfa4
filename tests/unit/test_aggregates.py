"""Scores over all tasks in one number, against the formulas written out."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import trim_mean
from scores_under_test import scores_of

from results.analysis.aggregates import Aggregate, aggregates, iqm_gap

NAN = float("nan")


def one(*tasks: object, name: str = "s0") -> Aggregate:
    return {row.strategy: row for row in aggregates(scores_of(*tasks), resamples=200)}[name]  # type: ignore[arg-type]


def test_the_four_numbers_are_those_of_agarwal_and_others() -> None:
    finals = np.random.default_rng(0).normal(0.8, 0.3, (6, 9))
    found = one(*finals[:, None])
    assert found.mean.value == pytest.approx(np.mean(finals))
    assert found.median.value == pytest.approx(np.median([task.mean() for task in finals]))
    assert found.iqm.value == pytest.approx(trim_mean(finals, 0.25, axis=None))
    assert found.optimality_gap.value == pytest.approx(1.0 - np.mean(np.minimum(finals, 1.0)))
    assert found.tasks == 6


def test_what_is_beyond_the_best_known_does_not_close_the_gap() -> None:
    assert one([[1.5, 1.0]], [[0.5, 1.0]]).optimality_gap.value == pytest.approx(0.125)


def test_an_outlier_moves_the_mean_but_not_the_iqm() -> None:
    finals = np.full((1, 8), 0.9)
    spoilt = finals.copy()
    spoilt[0, 3] = -1.0
    assert one(spoilt).iqm.value == one(finals).iqm.value
    assert one(spoilt).mean.value < one(finals).mean.value


def test_every_number_lies_in_its_interval() -> None:
    found = one(*np.random.default_rng(1).random((4, 1, 6)))
    for estimate in (found.mean, found.median, found.iqm, found.optimality_gap):
        assert estimate.low < estimate.value < estimate.high


def test_tasks_weigh_the_same_in_the_mean_however_many_seeds_ran() -> None:
    assert one([[0.0, 0.0, 0.0, 0.0]], [[1.0, NAN, NAN, NAN]]).mean.value == pytest.approx(0.5)


def test_a_missing_study_is_left_out() -> None:
    assert one([[0.25, NAN, 0.75]]) == one([[0.25, 0.75]])


def test_a_task_on_which_a_strategy_did_not_run_is_left_out_and_not_counted() -> None:
    found = one([[0.5, 0.6]], [[NAN, NAN]])
    assert found.tasks == 1
    assert found.mean.value == pytest.approx(0.55)


def test_one_seed_gives_numbers_without_intervals() -> None:
    found = one([[0.5]], [[0.7]])
    assert found.median.value == pytest.approx(0.6)
    assert np.isnan([found.median.low, found.iqm.high]).all()


def test_with_one_task_mean_and_median_are_the_same() -> None:
    found = one([[0.5, 0.9, 0.4]])
    assert found.mean == found.median


def test_rows_come_highest_iqm_first_and_those_without_a_score_last() -> None:
    scores = scores_of([[NAN, NAN], [0.1, 0.2], [0.8, 0.9]])
    rows = aggregates(scores, resamples=50)
    assert [row.strategy for row in rows] == ["s2", "s1", "s0"]
    assert rows[-1].tasks == 0
    assert np.isnan(rows[-1].mean.cells).all()


def test_without_any_task_there_is_no_row() -> None:
    assert aggregates([]) == ()


def test_the_same_seed_gives_the_same_numbers() -> None:
    scores = scores_of(*np.random.default_rng(0).random((2, 2, 5)))
    assert aggregates(scores, resamples=50, seed=3) == aggregates(scores, resamples=50, seed=3)
    assert aggregates(scores, resamples=50, seed=3) != aggregates(scores, resamples=50, seed=4)


def test_luck_that_two_strategies_share_cancels_in_their_gap() -> None:
    final = np.random.default_rng(0).random(9)
    gap = iqm_gap(scores_of([final + 0.25, final]), "s0", "s1", resamples=200)
    assert gap.cells == pytest.approx((0.25, 0.25, 0.25))


def test_a_gap_is_that_of_the_interquartile_means() -> None:
    scores = scores_of(*np.random.default_rng(2).random((3, 2, 6)))
    rows = {row.strategy: row for row in aggregates(scores, resamples=50)}
    gap = iqm_gap(scores, "s0", "s1", resamples=50)
    assert gap.value == pytest.approx(rows["s0"].iqm.value - rows["s1"].iqm.value)
    assert gap.low < gap.value < gap.high
