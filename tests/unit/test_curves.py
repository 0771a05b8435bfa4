"""Incumbents after each trial."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from example_store import write_example_run
from stored_rows import change_rows

from results.analysis.curves import TaskCurves, incumbent_curves, single_losses
from results.store import open_store


def test_a_curve_is_the_running_minimum_of_the_successes(tmp_path: Path) -> None:
    store = open_store(write_example_run(tmp_path / "a", failures=0.3))
    curves = incumbent_curves(store)[1]
    trials = store.trials_of("digits").query("strategy == 'gp' and seed == 2")
    best, expected = float("inf"), []
    for losses in trials["losses"]:
        best = best if losses is None else min(best, float(losses[0]))
        expected.append(best)
    seen = curves.losses[curves.strategies.index("gp"), 2]
    np.testing.assert_array_equal(np.where(np.isnan(seen), np.inf, seen), expected)


def test_tasks_strategies_and_seeds_keep_the_order_of_the_plan(tmp_path: Path) -> None:
    store = open_store(write_example_run(tmp_path / "a", strategies=("tpe", "random"), tasks=("z", "b"), seeds=3))
    curves = incumbent_curves(store)
    assert [task.task for task in curves] == ["z", "b"]
    assert curves[0].strategies == ("tpe", "random")
    assert curves[0].seeds == (0, 1, 2)


def test_values_of_a_maximized_objective_are_as_measured(tmp_path: Path) -> None:
    store = open_store(write_example_run(tmp_path / "a", failures=0.0))
    curves = incumbent_curves(store)[1]
    highest = store.trials_of("digits").query("strategy == 'random' and seed == 0")["value"].max()
    assert curves.goal == "maximize"
    assert curves.values[0, 0, -1] == highest


def test_a_study_that_ended_early_keeps_its_incumbent(tmp_path: Path) -> None:
    store = open_store(write_example_run(tmp_path / "a", short={"random": 3}, failures=0.0))
    random = incumbent_curves(store)[0].losses[0]
    assert random.shape == (4, 12)
    np.testing.assert_array_equal(random[:, 3:], np.repeat(random[:, 2:3], 9, axis=1))


def test_a_skipped_study_is_unknown_throughout_and_did_not_run(tmp_path: Path) -> None:
    curves = incumbent_curves(open_store(write_example_run(tmp_path / "a", skipped=[("gp", "digits")])))[1]
    row = curves.strategies.index("gp")
    assert np.isnan(curves.losses[row]).all()
    assert not curves.ran[row].any()
    assert curves.ran[:row].all()


def test_a_study_of_failures_only_ran_and_found_nothing(tmp_path: Path) -> None:
    (curves,) = incumbent_curves(open_store(write_example_run(tmp_path / "a", tasks=("branin",), failures=1.0)))
    assert np.isnan(curves.losses).all()
    assert curves.ran.all()


def test_a_trial_at_low_fidelity_is_no_incumbent(tmp_path: Path) -> None:
    folder = write_example_run(tmp_path / "a", tasks=("branin",), failures=0.0)
    studies, trials = pq.read_table(folder / "studies.parquet"), pq.read_table(folder / "trials.parquet")
    is_low = trials["trial"].to_numpy() < 5
    _replace(folder / "studies.parquet", studies, "fidelity_high", [9.0] * studies.num_rows)
    _replace(folder / "trials.parquet", trials, "fidelity", np.where(is_low, 3.0, 9.0).tolist())
    store = open_store(folder)
    (curves,) = incumbent_curves(store)
    assert np.isnan(curves.losses[:, :, :5]).all()
    assert not np.isnan(curves.losses[:, :, 5:]).any()
    assert single_losses(store, store.studies.index).size == 3 * 4 * 7


def test_where_trials_differ_in_work_a_step_is_a_full_evaluations_worth_of_it(tmp_path: Path) -> None:
    folder = write_example_run(tmp_path / "a", tasks=("branin",), failures=0.0, trials=6)
    change_rows(folder, study=lambda row: {"fidelity_high": 9.0})
    change_rows(folder, trial=lambda row: {"fidelity": 3.0, "work": 1 / 3} if row["trial"] < 4 else {"fidelity": 9.0})
    store = open_store(folder)
    (curves,) = incumbent_curves(store)
    losses = [losses[0] for losses in store.trials.query("strategy == 'gp' and seed == 0")["losses"]]
    assert (curves.is_by_work, curves.length) == (True, 4)
    assert np.isnan(curves.losses[2, 0, :2]).all()
    assert curves.losses[2, 0, 2:].tolist() == [losses[4], min(losses[4:])]


def test_where_every_trial_is_a_full_one_a_step_is_a_trial(tmp_path: Path) -> None:
    assert not any(curve.is_by_work for curve in incumbent_curves(open_store(write_example_run(tmp_path / "a"))))


def test_curves_without_a_word_on_it_have_all_run() -> None:
    curves = TaskCurves("t", "score", "minimize", ("a",), (0, 1), np.zeros((1, 2, 3)))
    assert curves.ran.tolist() == [[True, True]]
    assert curves.length == 3


def _replace(file: Path, table: pa.Table, name: str, values: list[float]) -> None:
    place = table.schema.get_field_index(name)
    pq.write_table(table.set_column(place, table.schema.field(name), [values]), file)
