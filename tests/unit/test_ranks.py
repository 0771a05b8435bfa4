"""Ranks within blocks, and their means."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from example_store import write_example_run

from results.analysis.curves import TaskCurves, incumbent_curves
from results.analysis.ranks import mean_rank_curves, rank_matrix
from results.store import open_store

NAN = float("nan")


def test_the_lowest_loss_ranks_first_and_ties_share() -> None:
    assert rank_matrix(np.array([[3.0, 1.0, 2.0], [1.0, 1.0, 2.0]])).tolist() == [[3.0, 1.0, 2.0], [1.5, 1.5, 3.0]]


def test_what_found_nothing_is_worst_and_tied() -> None:
    assert rank_matrix(np.array([[NAN, 1.0, NAN, 2.0]])).tolist() == [[3.5, 1.0, 3.5, 2.0]]


def test_mean_ranks_average_over_seeds_then_over_tasks() -> None:
    first = TaskCurves("a", "s", "minimize", ("x", "y"), (0, 1, 2), np.array([[[1.0], [1.0], [3.0]], [[2.0]] * 3]))
    second = TaskCurves("b", "s", "minimize", ("y", "x"), (0,), np.array([[[1.0]], [[2.0]]]))
    ranks = mean_rank_curves([first, second], points=1)
    assert ranks.strategies == ("x", "y")
    np.testing.assert_allclose(ranks.ranks[:, 0], [((1 + 1 + 2) / 3 + 2) / 2, ((2 + 2 + 1) / 3 + 1) / 2])


def test_fractions_end_at_the_whole_budget_and_read_what_is_spent_by_then() -> None:
    losses = np.array([[[4.0, 1.0, 1.0, 1.0]], [[3.0, 3.0, 3.0, 0.0]]])
    ranks = mean_rank_curves([TaskCurves("a", "s", "minimize", ("x", "y"), (0,), losses)], points=4)
    assert ranks.trials.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert ranks.ranks.tolist() == [[2.0, 1.0, 1.0, 2.0], [1.0, 2.0, 2.0, 1.0]]


def test_more_points_than_trials_hold_the_rank_between_trials() -> None:
    losses = np.array([[[4.0, 1.0]], [[3.0, 3.0]]])
    ranks = mean_rank_curves([TaskCurves("a", "s", "minimize", ("x", "y"), (0,), losses)], points=4)
    assert ranks.ranks[0].tolist() == [2.0, 2.0, 1.0, 1.0]


def test_a_skipped_strategy_is_not_ranked_on_the_task(tmp_path: Path) -> None:
    store = open_store(write_example_run(tmp_path / "a", tasks=("branin",), skipped=[("gp", "branin")]))
    ranks = mean_rank_curves(incumbent_curves(store))
    assert np.isnan(ranks.ranks[ranks.strategies.index("gp")]).all()
    np.testing.assert_allclose(ranks.ranks[:2].sum(axis=0), 3.0)
