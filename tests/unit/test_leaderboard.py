"""The leaderboard, and the interquartile means and intervals in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from example_store import write_example_run
from scipy.stats import trim_mean

from results.analysis.bootstrap import interquartile_mean
from results.analysis.curves import incumbent_curves
from results.analysis.leaderboard import leaderboard
from results.analysis.scores import task_scores
from results.store import open_store


def test_rows_are_sorted_best_first(tmp_path: Path) -> None:
    rows = leaderboard(open_store(write_example_run(tmp_path / "a", seeds=10, spread=3.0)))
    assert [row.strategy for row in rows] == ["gp", "tpe", "random"]
    assert rows[0].score > rows[1].score > rows[2].score
    assert rows[0].mean_rank < rows[2].mean_rank


def test_a_row_counts_what_the_store_holds(tmp_path: Path) -> None:
    store = open_store(write_example_run(tmp_path / "a", skipped=[("gp", "digits")]))
    row = {row.strategy: row for row in leaderboard(store)}["gp"]
    failed = store.trials.query("strategy == 'gp' and status != 'ok'")
    assert (row.tasks, row.studies, row.trials, row.failures) == (1, 4, 48, len(failed))
    assert (row.evaluation_seconds, row.own_seconds) == (48 * 0.5, 48 * 0.375)


def test_the_score_is_the_interquartile_mean_of_all_final_scores(tmp_path: Path) -> None:
    store = open_store(write_example_run(tmp_path / "a"))
    finals = np.concatenate([task.final[1] for task in task_scores(store)])
    row = {row.strategy: row for row in leaderboard(store)}["tpe"]
    assert row.score == pytest.approx(trim_mean(finals, 0.25))
    assert row.low <= row.score <= row.high


def test_a_win_is_a_task_with_no_better_median(tmp_path: Path) -> None:
    store = open_store(write_example_run(tmp_path / "a", failures=0.0, spread=2.0))
    expected = dict.fromkeys(store.strategies, 0)
    for curves in incumbent_curves(store):
        expected[curves.strategies[int(np.argmin(np.median(curves.losses[:, :, -1], axis=1)))]] += 1
    assert {row.strategy: row.wins for row in leaderboard(store)} == expected


def test_a_strategy_that_ran_nowhere_comes_last_without_a_score(tmp_path: Path) -> None:
    skipped = [("gp", "branin"), ("gp", "digits")]
    last = leaderboard(open_store(write_example_run(tmp_path / "a", skipped=skipped)))[-1]
    assert last.strategy == "gp"
    assert np.isnan([last.score, last.low, last.high, last.mean_rank]).all()
    assert (last.tasks, last.studies, last.wins) == (0, 0, 0)


def test_one_seed_has_no_interval(tmp_path: Path) -> None:
    rows = leaderboard(open_store(write_example_run(tmp_path / "a", seeds=1)))
    assert all(np.isnan([row.low, row.high]).all() and np.isfinite(row.score) for row in rows)


def test_the_same_seed_gives_the_same_leaderboard(tmp_path: Path) -> None:
    store = open_store(write_example_run(tmp_path / "a"))
    assert leaderboard(store, resamples=50, seed=3) == leaderboard(store, resamples=50, seed=3)
    assert leaderboard(store, resamples=50, seed=3) != leaderboard(store, resamples=50, seed=4)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 8, 21])
def test_interquartile_mean_agrees_with_scipy(count: int) -> None:
    values = np.random.default_rng(count).normal(size=count)
    assert interquartile_mean(values) == pytest.approx(trim_mean(values, 0.25))


def test_interquartile_mean_leaves_out_what_did_not_run() -> None:
    values = np.array([[np.nan, 9.0, 1.0, 2.0, 3.0, np.nan], [np.nan] * 6])
    np.testing.assert_allclose(interquartile_mean(values), [2.5, np.nan])
