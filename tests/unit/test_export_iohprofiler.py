"""A run exported to IOHprofiler: read back with IOHinspector."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pytest
from exports_under_test import TRIALS, best_of, stored
from iohinspector import DataManager  # type: ignore[import-untyped]  # it ships no types
from runs_under_test import HERE, suite

from results.store import Store
from tuner import run_suite
from tuner.exports import CannotExport, Export, export_run

__all__ = ["stored"]
HOPELESS = """
from dataclasses import dataclass
from tuner import *

@dataclass(frozen=True)
class Hopeless(Task):
    @property
    def problem(self):
        return Problem(SearchSpace({"x": Float(0, 1)}), (Objective("loss"),))

    def evaluate(self, trial):
        raise ValueError("no")

class Flat(Hopeless):
    def evaluate(self, trial):
        return Measurement({"loss": 1.0})
"""
FUNCTIONS = {1: "odd", 2: "branin"}


@pytest.fixture(scope="module")
def exported(stored: Store, tmp_path_factory: pytest.TempPathFactory) -> Export:
    return export_run(stored.paths[0], "iohprofiler", tmp_path_factory.mktemp("iohprofiler") / "ioh")


def opened(folder: Path) -> DataManager:
    manager = DataManager()
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a file that cannot be read is a warning only
        manager.add_folder(str(folder))
    return manager


def runs_of(folder: Path) -> list[dict[str, Any]]:
    return list(opened(folder).overview.to_dicts())


def rows_of(folder: Path, **loaded: bool) -> list[dict[str, Any]]:
    """The rows of data, with what is known of their runs."""
    return list(opened(folder).load(include_meta_data=True, **loaded).to_dicts())


def test_every_strategy_function_and_seed_is_a_run_with_its_evaluations(exported: Export) -> None:
    runs = runs_of(exported.path)
    found = {(run["algorithm_name"], run["function_name"], run["function_id"], run["instance"]) for run in runs}
    assert found == {
        (strategy, task, number, seed)
        for strategy, number, task in (("random", 1, "odd"), ("random", 2, "branin"), ("rising", 1, "odd"))
        for seed in (0, 1)
    }
    assert {run["evals"] for run in runs} == {TRIALS}
    assert {(run["function_name"], run["dimension"], run["suite"]) for run in runs} == {
        ("odd", 5, "mine"),
        ("branin", 2, "mine"),
    }


def test_the_best_of_each_run_is_that_of_ours(exported: Export, stored: Store) -> None:
    for run in runs_of(exported.path):
        assert run["best_y"] == best_of(stored, run["function_name"], run["algorithm_name"], run["instance"])


def test_the_data_ends_with_the_best_and_never_gets_worse(exported: Export, stored: Store) -> None:
    rows = rows_of(exported.path, monotonic=False)
    for run in runs_of(exported.path):
        mine = [row for row in rows if row["data_id"] == run["data_id"]]
        values = [row["raw_y"] for row in mine]
        assert values == sorted(values, reverse=run["function_name"] == "branin")
        assert values[-1] == run["best_y"]
        assert [row["evaluations"] for row in mine][-1] == TRIALS


def test_an_improvement_stands_at_the_trial_that_made_it(exported: Export, stored: Store) -> None:
    rows = rows_of(exported.path, monotonic=False)
    trials = stored.trials.query("task == 'branin' and seed == 1").set_index("trial")
    mine = [row for row in rows if row["function_name"] == "branin" and row["instance"] == 1][:-1]
    assert len(mine) > 1
    assert [trials.loc[row["evaluations"] - 1, "value"] for row in mine] == [row["raw_y"] for row in mine]
    assert [row["work"] for row in mine] == [row["evaluations"] for row in mine]


def test_the_goal_of_a_task_is_told(exported: Export) -> None:
    assert {function.name: function.maximization for function in opened(exported.path).functions} == {
        "odd": True,
        "branin": False,
    }


def test_a_failed_first_trial_counts_but_has_no_value(exported: Export, stored: Store) -> None:
    first = stored.trials.query("task == 'odd' and strategy == 'random' and seed == 0").iloc[0]
    rows = rows_of(exported.path, monotonic=False)
    mine = [row for row in rows if (row["algorithm_name"], row["function_id"], row["instance"]) == ("random", 1, 0)]
    assert first["status"] == "memory"
    assert mine[0]["evaluations"] > 1
    assert mine[-1]["evaluations"] == TRIALS


def test_a_study_in_which_everything_failed_is_a_run_without_a_best(tmp_path: Path) -> None:
    (tmp_path / "hopeless.py").write_text(HOPELESS)
    hopeless = {"name": f"{tmp_path}/hopeless.py:Hopeless", "label": "hope less"}
    run_suite(suite(tasks=[hopeless, "branin"], strategies=["random"]), out=tmp_path / "run", where=HERE)
    out = export_run(tmp_path / "run", "iohprofiler", tmp_path / "ioh").path
    assert {(run["function_name"], run["evals"], run["best_y"]) for run in runs_of(out) if run["function_id"] == 1} == {
        ("hope less", 5, None)
    }
    assert {row["function_id"] for row in rows_of(out, monotonic=False)} == {2}
    assert (out / "random" / "IOHprofiler_f1_hope-less.json").exists()


def test_a_study_that_never_improves_is_a_run_of_its_first_and_last_trial(tmp_path: Path) -> None:
    (tmp_path / "flat.py").write_text(HOPELESS)
    flat = {"name": f"{tmp_path}/flat.py:Flat", "label": "flat"}
    run_suite(suite(tasks=[flat], strategies=["random"]), out=tmp_path / "run", where=HERE)
    rows = rows_of(export_run(tmp_path / "run", "iohprofiler", tmp_path / "ioh").path, monotonic=False)
    assert [(row["instance"], row["evaluations"], row["raw_y"]) for row in rows] == [
        (seed, trial, 1.0) for seed in (0, 1) for trial in (1, 5)
    ]


def test_no_file_holds_a_number_that_json_does_not_know(exported: Export) -> None:
    def refuse(text: str) -> None:
        pytest.fail(text)

    for file in exported.path.rglob("*.json"):
        json.loads(file.read_text(), parse_constant=refuse)
    assert all("nan" not in file.read_text() for file in exported.path.rglob("*.dat"))


def test_a_task_of_several_objectives_is_left_out_and_named(exported: Export) -> None:
    assert exported.left_out[0] == "zdt1: several objectives"
    assert not list(exported.path.rglob("*zdt1*"))


def test_a_run_of_several_objectives_only_is_refused(tmp_path: Path) -> None:
    run_suite(suite(tasks=["zdt1"], strategies=["random"]), out=tmp_path / "run", where=HERE)
    with pytest.raises(CannotExport, match="every task of the run has several"):
        export_run(tmp_path / "run", "iohprofiler", tmp_path / "ioh")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
