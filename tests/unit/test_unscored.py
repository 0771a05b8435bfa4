"""Studies in which no trial succeeded at the highest fidelity: named, and never taken for measured scores."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from example_store import write_example_run
from scipy.stats import trim_mean
from stored_rows import change_rows

from results.analysis.curves import incumbent_curves
from results.analysis.leaderboard import leaderboard
from results.analysis.scores import task_scores, with_a_success
from results.analysis.unscored import Unscored, unscored
from results.store import Store, open_store


def full_at_nine(run: Path, of_low_fidelity: Callable[[dict[str, Any]], bool]) -> Store:
    """The run on tasks with a fidelity up to 9, of which some trials were measured at 3."""
    change_rows(run, study=lambda row: {"fidelity_name": "epochs", "fidelity_high": 9.0})
    return open_store(change_rows(run, trial=lambda row: {"fidelity": 3.0 if of_low_fidelity(row) else 9.0}))


def test_a_strategy_without_a_trial_at_the_highest_fidelity_has_no_score_and_ranks_last(tmp_path: Path) -> None:
    run = write_example_run(tmp_path / "a", failures=0.0)
    last = leaderboard(full_at_nine(run, lambda row: row["strategy"] == "gp"))[-1]
    assert last.strategy == "gp"
    assert np.isnan([last.score, last.low, last.high]).all()
    assert (last.mean_rank, last.wins, last.tasks, last.studies) == (3.0, 0, 2, 8)


def test_a_strategy_that_found_nothing_on_one_task_counts_as_0_there(tmp_path: Path) -> None:
    run = write_example_run(tmp_path / "a", failures=0.0)
    store = full_at_nine(run, lambda row: row["strategy"] == "gp" and row["task"] == "digits")
    row = {row.strategy: row for row in leaderboard(store)}["gp"]
    found = task_scores(store)[0].final[2]
    assert row.score == pytest.approx(trim_mean([*found, 0.0, 0.0, 0.0, 0.0], 0.25))


def test_studies_that_ran_and_found_nothing_are_counted_by_strategy_and_task(tmp_path: Path) -> None:
    run = write_example_run(tmp_path / "a", failures=0.0, skipped=[("tpe", "branin")])
    store = full_at_nine(run, lambda row: row["strategy"] == "gp" and (row["task"] == "digits" or row["seed"] == 1))
    found = unscored(incumbent_curves(store))
    assert found == (Unscored("gp", "branin", 1, 4), Unscored("gp", "digits", 4, 4))


def test_one_study_that_found_anything_makes_a_score(tmp_path: Path) -> None:
    run = write_example_run(tmp_path / "a", failures=0.0)
    store = full_at_nine(run, lambda row: row["strategy"] != "random" and (row["task"], row["seed"]) != ("digits", 2))
    assert with_a_success(task_scores(store)) == {"random", "tpe", "gp"}
