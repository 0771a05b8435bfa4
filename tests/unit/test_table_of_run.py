"""A run's evaluations become a table, and the table measures what the run measured."""

from __future__ import annotations

import errno
import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from runs_under_test import HERE, suite
from tables_under_test import CURVE_ROWS, CURVES, trial, write
from typer.testing import CliRunner

from benchmarks.recorded import RecordedTable
from results.store import Store, open_store
from results.table_file import TableDescription, open_table_file, write_table_file
from tuner import Configuration, Failure, Measurement, Proposal, resume_run, run_suite
from tuner.cli.main import app
from tuner.errors import InvalidOption, TableExists, UnwrittenTables
from tuner.table_of_run import write_tables
from tuner.trial import Trial

TASK = '''
from dataclasses import dataclass
from tuner import *

@dataclass(frozen=True)
class Odd(Task):
    """Parameters of all kinds, names that clash, conditions, failures, an odd choice of choices."""

    @property
    def problem(self):
        space = SearchSpace(
            {
                "seconds": Float(1e-3, 1.0, log=True),
                "kind": Categorical(("a", 2, 0.5)),
                "depth": Integer(1, 3),
                "loss": Categorical((True, False)),
            },
            (Condition("depth", "kind", ("a", 2)),),
        )
        return Problem(space, (Objective("value", "maximize"),))

    def evaluate(self, trial):
        c = trial.configuration
        if c["kind"] == 0.5:
            raise MemoryError("too odd")
        value = c["seconds"] + c["depth"] + (trial.seed % 1000) / 1e6
        return Measurement({"value": value, "other": -value}, {"value": value / 2}, seconds=2.0)
'''


GOING_ON = """
from tuner import Proposal, SearchStrategy

class GoingOn(SearchStrategy):
    def __init__(self, problem, *, seed, budget):
        super().__init__(problem, seed=seed, budget=budget)
        self.last = None

    def ask(self, count):
        if self.last is None or self.last.proposal.fidelity == 9:
            return [Proposal(self.space.sample(self.rng), 1.0)]
        return [Proposal(self.last.configuration, {1: 3.0, 3: 9.0}[self.last.proposal.fidelity], self.last.id)]

    def tell(self, result):
        self.last = result.trial
"""


def odd_run(folder: Path, **changes: Any) -> Store:
    (folder / "odd.py").write_text(TASK)
    described = suite(tasks=[f"{folder}/odd.py:Odd"], strategies=["random"], budget={"trials": 25}, **changes)
    return run_suite(described, out=folder / "run", where=HERE)


def tasked(path: Path, **options: Any) -> RecordedTable:
    return RecordedTable(path=str(path), **options)


def test_the_table_of_a_run_measures_what_the_run_measured(tmp_path: Path) -> None:
    store = odd_run(tmp_path)
    (path,) = write_tables(tmp_path / "run", tmp_path / "tables")
    task = tasked(path)
    for row in store.trials.to_dict("records"):
        configuration = Configuration(json.loads(row["configuration"]))
        (outcome,) = task.evaluate_batch([Trial(0, Proposal(configuration), 0)])
        if row["status"] != "ok":
            assert isinstance(outcome, Failure)
            assert outcome.kind == row["status"] == "memory"
        else:
            assert isinstance(outcome, Measurement)
            assert (outcome.values, outcome.held_out) == (row["values"], row["held_out"])  # noqa: PD011  no frame's
            assert outcome.seconds == 2.0


def test_the_problem_of_the_table_is_that_of_the_task(tmp_path: Path) -> None:
    store = odd_run(tmp_path)
    (path,) = write_tables(tmp_path / "run", tmp_path / "tables")
    problem = tasked(path).problem
    assert problem.space.to_json() == store.studies["space"].iloc[0]
    assert [(o.name, o.goal) for o in problem.objectives] == [("value", "maximize")]


def test_a_parameter_that_is_called_as_another_column_keeps_its_values(tmp_path: Path) -> None:
    odd_run(tmp_path)
    (path,) = write_tables(tmp_path / "run", tmp_path / "tables")
    told = open_table_file(path).description
    assert (told.parameter_columns["seconds"], told.cost) == ("seconds", "seconds 2")


def test_costs_of_continued_trials_are_added_up(tmp_path: Path) -> None:
    (tmp_path / "going_on.py").write_text(GOING_ON)
    path = write(tmp_path / "small", CURVES, CURVE_ROWS)
    task = {"name": "benchmarks.recorded:RecordedTable", "label": "small", "options": {"path": str(path)}}
    described = suite(tasks=[task], strategies=[f"{tmp_path}/going_on.py:GoingOn"], budget={"trials": 6})
    run_suite(described, out=tmp_path / "run", where=HERE)
    (again,) = write_tables(tmp_path / "run", tmp_path / "tables")
    rows = pq.read_table(open_table_file(again).parquet).to_pandas()
    expected = pd.DataFrame(CURVE_ROWS).set_index(["kind", "depth", "epochs"])["seconds"]
    assert len(rows) > 6
    assert [expected[row.kind, row.depth, row.epochs] for row in rows.itertuples()] == rows["seconds"].tolist()
    recorded = {(row.kind, row.depth) for row in rows.itertuples()}
    for kind, depth in recorded:
        parts = [
            tasked(again).evaluate(trial({"kind": kind, "depth": depth}, stop, continues_from=before)).seconds
            for before, stop in ((None, 1.0), (1.0, 3.0), (3.0, 9.0))
        ]
        assert parts == [1.0 * depth, 1.5 * depth, 4.5 * depth]


def test_trials_of_one_configuration_become_replicates(tmp_path: Path) -> None:
    path = write(tmp_path / "small", CURVES, CURVE_ROWS)
    task = {"name": "benchmarks.recorded:RecordedTable", "label": "small", "options": {"path": str(path)}}
    store = run_suite(
        suite(tasks=[task], strategies=["random"], budget={"trials": 30}), out=tmp_path / "run", where=HERE
    )
    (again,) = write_tables(tmp_path / "run", tmp_path / "tables")
    rows = pq.read_table(open_table_file(again).parquet).to_pandas()
    assert len(rows) == len(store.trials) == 60
    assert rows.groupby(["kind", "depth"]).size().max() > 1
    assert (rows.groupby(["kind", "depth"])["replicate"].max() + 1 == rows.groupby(["kind", "depth"]).size()).all()


def test_each_task_of_a_run_becomes_a_table(tmp_path: Path) -> None:
    run_suite(suite(tasks=["branin", "hartmann3"]), out=tmp_path / "run", where=HERE)
    written = write_tables(tmp_path / "run", tmp_path / "tables")
    assert [path.name for path in written] == ["00-branin.toml", "01-hartmann3.toml"]
    assert [len(tasked(path).problem.space) for path in written] == [2, 3]


def test_a_suite_with_record_leaves_its_tables_in_the_run(tmp_path: Path) -> None:
    run_suite(suite(tasks=["branin"], record=True), out=tmp_path / "run", where=HERE)
    assert sorted(path.name for path in (tmp_path / "run" / "tables").iterdir()) == ["branin.parquet", "branin.toml"]


def lacking(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run that is over, but for its second table: the disk was full."""

    def fill(description: TableDescription, rows: pa.Table, place: Path) -> Path:
        if description.name == "01-hartmann3":
            raise OSError(errno.ENOSPC, "No space left on device", str(place / "01-hartmann3.parquet"))
        return write_table_file(description, rows, place)

    monkeypatch.setattr("tuner.table_of_run.write_table_file", fill)
    with pytest.raises(UnwrittenTables) as told:
        run_suite(suite(tasks=["branin", "hartmann3"], record=True), out=folder / "run", where=HERE)
    monkeypatch.undo()
    place = folder / "run"
    reason = f"{place}/tables/01-hartmann3.parquet: No space left on device"
    assert str(told.value) == f"{place} is finished, but for its tables: {reason}; `tuner resume {place}` writes them"
    return place


def test_a_run_whose_tables_cannot_be_written_has_all_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(lacking(tmp_path, monkeypatch))
    assert store.runs[0].state == "finished"
    assert len(store.trials) == 40


def test_resuming_writes_tables_that_could_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = lacking(tmp_path, monkeypatch)
    assert not (place / "tables" / "01-hartmann3.toml").exists()
    done = CliRunner().invoke(app, ["resume", str(place), "--no-report"])
    assert done.exit_code == 0, done.output
    assert len(tasked(place / "tables" / "01-hartmann3.toml").problem.space) == 3


def test_resuming_tries_again_until_the_tables_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = lacking(tmp_path, monkeypatch)
    shutil.rmtree(place / "tables")
    (place / "tables").write_text("in the way")
    for _ in range(2):
        with pytest.raises(UnwrittenTables, match=f"{place}/tables: File exists"):
            resume_run(place, where=HERE)
    (place / "tables").unlink()
    resume_run(place, where=HERE)
    assert len(list((place / "tables").iterdir())) == 4


def test_tables_that_are_there_are_not_written_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_suite(suite(tasks=["branin"], record=True), out=tmp_path / "run", where=HERE)
    monkeypatch.setattr("tuner.table_of_run.write_tables", lambda *_arguments: pytest.fail("written again"))
    resume_run(tmp_path / "run", where=HERE)


def test_a_suite_without_record_leaves_none(tmp_path: Path) -> None:
    run_suite(suite(tasks=["branin"]), out=tmp_path / "run", where=HERE)
    assert not (tmp_path / "run" / "tables").exists()


def test_the_command_writes_a_table_and_says_where(tmp_path: Path) -> None:
    run_suite(suite(tasks=["branin", "hartmann3"]), out=tmp_path / "run", where=HERE)
    asked = ["record", str(tmp_path / "run"), "--task", "hartmann3", "--out", str(tmp_path / "mine")]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0
    assert done.output == f"{tmp_path / 'mine' / 'hartmann3.toml'}\n"
    assert tasked(tmp_path / "mine" / "hartmann3.toml").problem.space.names == ("x1", "x2", "x3")


def test_a_table_of_the_same_name_is_not_overwritten_unasked(tmp_path: Path) -> None:
    run_suite(suite(tasks=["branin", "hartmann3"]), out=tmp_path / "run", where=HERE)
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "01-hartmann3.toml").write_text("precious")
    asked = ["record", str(tmp_path / "run"), "--out", str(mine)]
    refused = CliRunner().invoke(app, asked)
    told = f"{mine}/01-hartmann3.toml is there already: choose another --out, or replace it with --overwrite"
    assert (refused.exit_code, refused.stderr) == (2, f"error: {told}\n")
    assert [(file.name, file.read_text()) for file in mine.iterdir()] == [("01-hartmann3.toml", "precious")]
    assert CliRunner().invoke(app, [*asked, "--overwrite"]).exit_code == 0
    assert len(tasked(mine / "01-hartmann3.toml").problem.space) == 3


def test_rows_of_another_table_of_the_same_name_are_not_overwritten(tmp_path: Path) -> None:
    run_suite(suite(tasks=["branin"]), out=tmp_path / "run", where=HERE)
    (tmp_path / "branin.parquet").write_text("precious")
    with pytest.raises(TableExists, match=r"branin\.parquet is there already"):
        write_tables(tmp_path / "run", tmp_path)


def test_resuming_writes_over_tables_that_were_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = lacking(tmp_path, monkeypatch)
    begun = place / "tables" / "00-branin.toml"
    begun.write_text("half of it")
    resume_run(place, where=HERE)
    assert len(tasked(begun).problem.space) == 2


def test_a_label_that_no_task_has_is_told(tmp_path: Path) -> None:
    run_suite(suite(tasks=["branin"]), out=tmp_path / "run", where=HERE)
    with pytest.raises(InvalidOption, match=r"no task 'brannin' in .*; did you mean 'branin'"):
        write_tables(tmp_path / "run", tmp_path / "tables", "brannin")
    assert CliRunner().invoke(app, ["record", str(tmp_path / "nowhere")]).exit_code == 2
