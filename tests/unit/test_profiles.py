"""Performance profiles: shares of studies above a score, and their bands."""

from __future__ import annotations

import numpy as np
import pytest
from scores_under_test import scores_of

from results.analysis.profiles import performance_profiles, usual_thresholds

NAN = float("nan")
LEVELS = [0.2, 0.5, 0.8]


def test_shares_are_those_of_agarwal_and_others() -> None:
    finals = np.random.default_rng(0).random((5, 2, 7))
    found = performance_profiles(scores_of(*finals), LEVELS, resamples=50)
    expected = [[np.mean(finals[:, strategy] > level) for level in LEVELS] for strategy in range(2)]
    np.testing.assert_allclose(found.shares, expected)
    assert found.strategies == ("s0", "s1")
    assert found.thresholds.tolist() == LEVELS


def test_a_study_at_the_threshold_is_not_above_it() -> None:
    assert performance_profiles(scores_of([[0.5, 0.6]]), [0.5]).shares.tolist() == [[0.5]]


def test_tasks_weigh_the_same_however_many_seeds_ran() -> None:
    found = performance_profiles(scores_of([[1.0, 1.0, 1.0]], [[0.0, NAN, NAN]]), [0.5])
    assert found.shares.tolist() == [[0.5]]


def test_a_curve_never_rises() -> None:
    found = performance_profiles(scores_of(*np.random.default_rng(1).random((3, 2, 6))), resamples=100)
    assert (np.diff(found.shares, axis=1) <= 0).all()
    assert (np.diff(found.low, axis=1) <= 1e-9).all()


def test_the_band_holds_the_curve() -> None:
    found = performance_profiles(scores_of(*np.random.default_rng(1).random((3, 2, 6))), resamples=100)
    assert (found.low <= found.shares + 1e-12).all()
    assert (found.high >= found.shares - 1e-12).all()


def test_a_band_covers_the_truth_about_as_often_as_it_says() -> None:
    rng, covered = np.random.default_rng(0), np.zeros(3)
    for trial in range(300):
        found = performance_profiles(scores_of(*rng.random((4, 1, 10))), LEVELS, resamples=300, seed=trial)
        covered += ((found.low <= 1 - np.array(LEVELS)) & (found.high >= 1 - np.array(LEVELS)))[0]
    assert ((covered / 3 >= 92.0) & (covered / 3 <= 98.0)).all()


def test_studies_that_are_all_above_leave_room_for_doubt() -> None:
    found = performance_profiles(scores_of(np.full((1, 10), 0.9), np.full((1, 10), 0.8)), [0.5])
    assert found.high.tolist() == [[1.0]]
    np.testing.assert_allclose(found.low, [[0.025 ** (1 / 20)]])


def test_one_seed_has_no_band() -> None:
    found = performance_profiles(scores_of([[0.3]], [[0.7]]), [0.5])
    assert found.shares.tolist() == [[0.5]]
    assert np.isnan(found.low).all()


def test_a_strategy_that_ran_nowhere_has_no_curve() -> None:
    found = performance_profiles(scores_of([[0.3, 0.4], [NAN, NAN]]), LEVELS)
    assert np.isnan(found.shares[1]).all()
    assert not np.isnan(found.shares[0]).any()


def test_the_usual_thresholds_end_at_the_highest_score_and_leave_out_the_lowest_twentieth() -> None:
    scores = scores_of([np.concatenate([[-1.0], np.linspace(0.5, 1.0, 39)])])
    levels = usual_thresholds(scores, points=11)
    assert levels[0] == pytest.approx(0.5, abs=0.02)
    assert levels[-1] == 1.0
    assert len(levels) == 11


def test_without_any_score_the_usual_thresholds_go_from_0_to_1() -> None:
    assert usual_thresholds([], points=3).tolist() == [0.0, 0.5, 1.0]
    assert performance_profiles([]).shares.shape == (0, 101)
