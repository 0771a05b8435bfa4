"""The score of Ax's benchmarks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from example_store import write_example_run
from stored_rows import change_rows

from results.analysis.ax_score import ax_score, ax_scores
from results.analysis.random_reference import best_of_weights
from results.store import open_store


def test_scores_are_those_of_axs_own_test() -> None:
    """From `test_compute_score_trace` in Ax's tests, where lower is better."""
    losses = np.array([1.0, 0.0, -1.0, 2.0, np.nan, 4.0])
    expected = [-100.0, 0.0, 100.0, -200.0, np.nan, -400.0]
    np.testing.assert_array_equal(ax_score(losses, baseline=0.0, optimum=-1.0), expected)


def test_there_is_no_score_where_the_baseline_is_the_optimum() -> None:
    assert np.isnan(ax_score(np.array([1.0]), baseline=1.0, optimum=1.0)).all()


def test_five_sobol_points_are_the_baseline_where_they_took_part(tmp_path: Path) -> None:
    run = write_example_run(tmp_path / "run", strategies=("random", "sobol"), tasks=("branin",), failures=0.0)
    (scores,) = ax_scores(open_store(run))
    trials = open_store(run).trials.query("strategy == 'sobol' and trial < 5")
    assert scores.baseline_of == "sobol"
    assert scores.baseline == pytest.approx(trials.groupby("seed")["value"].min().mean())


def test_without_sobol_it_is_the_expected_best_of_five_random_trials(tmp_path: Path) -> None:
    run = write_example_run(tmp_path / "run", strategies=("random", "tpe"), tasks=("branin",), failures=0.0)
    (scores,) = ax_scores(open_store(run))
    pool = open_store(run).trials.query("strategy == 'random'")["value"].to_numpy()
    assert scores.baseline_of == "random"
    assert scores.baseline == pytest.approx((best_of_weights(pool.size, [5]) @ np.sort(pool))[0])


def test_with_neither_there_is_no_score(tmp_path: Path) -> None:
    run = write_example_run(tmp_path / "run", strategies=("gp", "tpe"), tasks=("branin",))
    (scores,) = ax_scores(open_store(run))
    assert scores.baseline_of == ""
    assert np.isnan(scores.scores).all()


def test_with_several_objectives_it_is_hypervolume_that_is_scored(tmp_path: Path) -> None:
    run = write_example_run(tmp_path / "run", strategies=("random", "tpe"), objectives=("score", "size"))
    scores = ax_scores(open_store(run))[0]
    assert scores.optimum == -1.0
    assert -1.0 < scores.baseline < 0.0
    assert (scores.scores <= 100.0).all()


def test_a_study_that_found_nothing_has_no_score(tmp_path: Path) -> None:
    run = write_example_run(tmp_path / "run", strategies=("random", "tpe"), tasks=("branin",), failures=0.0)
    lost = {"status": "error", "losses": None, "value": None}
    change_rows(run, trial=lambda row: lost if row["strategy"] == "tpe" and row["seed"] == 1 else {})
    (scores,) = ax_scores(open_store(run))
    assert np.isnan(scores.scores[1]).tolist() == [False, True, False, False]
