"""Starting points are the first trials of every study, and strategies are told of them before they are asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from runs_under_test import HERE
from study_under_test import HALF, PROBLEM, Recorder, plan, run
from tables_under_test import CURVE_ROWS, CURVES, GRID, ROWS, write

from tuner import Budget, Configuration, Suite, run_suite
from tuner.errors import InvalidSuite
from tuner.plan import make_plan
from tuner.starting_points import with_transfer
from tuner.study import Study

POINT = {"x1": 2.5, "x2": 7.5}
TABLE = "benchmarks.recorded:RecordedTable"
MISLEADING = [
    {**row, "error": row["test error"] if row["epochs"] == 9 else 13.5 - row["test error"]} for row in CURVE_ROWS
]
"""The best at the highest fidelity are the worst at the others."""
HASTY = """
from tuner import Proposal, SearchStrategy

class Hasty(SearchStrategy):
    fidelities = (1.0,)

    def ask(self, count):
        return [Proposal(self.space.sample(self.rng), self.rng.choice(self.fidelities)) for _ in range(count)]

class Undecided(Hasty):
    fidelities = (1.0, 3.0, 9.0)
"""
OBJECTIVES = {"error": "minimize", "score": "maximize"}
SCORES = [1, 5, 3, 9, 10, 7]
"""Of `ROWS` in their order: the third and the last are worse than their neighbours in both objectives."""


def suite(tasks: list[Any], **changes: Any) -> Suite:
    return Suite(
        **{
            "name": "mine",
            "seeds": 2,
            "budget": {"trials": 4},
            "tasks": tasks,
            "strategies": ["random", "tpe"],
            **changes,
        }
    )


def test_a_strategy_is_told_of_starting_points_before_it_is_asked() -> None:
    budget = Budget(trials=5)
    strategy = Recorder(PROBLEM, seed=1, budget=budget)
    starts = (HALF.configuration, Configuration({"x": 0.25}))
    study = Study(replace(plan(budget), starting_points=starts), PROBLEM, lambda: strategy, lambda: 0.0)
    stored = run(study)
    assert [one.result.trial.configuration for one in stored[:2]] == list(starts)
    assert [result.trial.id for result in strategy.told] == [0, 1, 2, 3, 4]
    assert len(strategy.asked) == 3


def test_starting_points_count_against_the_budget() -> None:
    budget = Budget(trials=1)
    study = Study(replace(plan(budget), starting_points=(HALF.configuration,) * 3), PROBLEM, None, lambda: 0.0)  # type: ignore[arg-type]  # is never asked
    study._build = lambda: Recorder(PROBLEM, seed=1, budget=budget)
    assert len(run(study)) == 1
    assert study.status == "finished"


def test_every_study_of_the_task_begins_with_them(tmp_path: Path) -> None:
    store = run_suite(suite([{"name": "branin", "starting_points": [POINT]}, "levy"]), out=tmp_path / "run", where=HERE)
    first = store.trials[store.trials["trial"] == 0]
    begun = first[first["task"] == "branin"]["configuration"]
    assert set(begun) == {Configuration(POINT).to_json()}
    assert Configuration(POINT).to_json() not in set(first[first["task"] == "levy"]["configuration"])
    assert dict(zip(store.studies["task"], store.studies["starting_points"], strict=True)) == {"branin": 1, "levy": 0}


def test_a_whole_number_stands_for_a_float() -> None:
    planned = make_plan(suite([{"name": "branin", "starting_points": [{"x1": 2, "x2": 7}]}]))
    (point,) = planned.studies[0].starting_points
    assert point == Configuration({"x1": 2.0, "x2": 7.0})
    assert type(point["x1"]) is float


@pytest.mark.parametrize(
    ("point", "told"),
    [
        ({"x1": 2.5}, "task 'branin', starting point {'x1': 2.5}: parameter 'x2' is active but has no value"),
        ({"x1": 99.0, "x2": 0.0}, "x1 = 99.0 is not a number in [-5, 10]"),
    ],
)
def test_a_point_outside_the_space_is_refused_before_anything_runs(point: dict[str, float], told: str) -> None:
    with pytest.raises(InvalidSuite) as error:
        make_plan(suite([{"name": "branin", "starting_points": [point]}]))
    assert told in str(error.value)


def test_the_best_configurations_of_an_earlier_run_become_starting_points(tmp_path: Path) -> None:
    earlier = run_suite(suite(["branin"]), out=tmp_path / "earlier", where=HERE)
    transfer = {"name": "branin", "transfer": {"run": str(tmp_path / "earlier"), "count": 3}}
    later = run_suite(suite([transfer], seed=5), out=tmp_path / "later", where=HERE)
    losses = earlier.trials.sort_values("value")["configuration"].drop_duplicates()[:3]
    mine = later.trials[later.trials["study"] == 0]
    assert list(mine["configuration"][:3]) == list(losses)
    assert "transfer" not in (tmp_path / "later" / "suite.toml").read_text()


def test_a_point_that_is_given_and_transferred_is_told_once_where_it_comes_first(tmp_path: Path) -> None:
    given = [{"x1": 2, "x2": 7}, POINT]
    begun = suite([{"name": "branin", "starting_points": given}], budget={"trials": 2}, strategies=["random"])
    run_suite(begun, out=tmp_path / "earlier", where=HERE)
    transfer = {"run": str(tmp_path / "earlier"), "count": 4}
    task = {"name": "branin", "starting_points": [{"x1": 2.5, "x2": 7.5}, {"x1": 9.0, "x2": 3.0}], "transfer": transfer}
    planned = make_plan(with_transfer(suite([task])))
    found = [dict(point) for point in planned.studies[0].starting_points]
    assert found == [POINT, {"x1": 9.0, "x2": 3.0}, {"x1": 2.0, "x2": 7.0}]


def test_a_point_that_is_written_as_other_numbers_is_the_same_point() -> None:
    points = [{"x1": 2, "x2": 7.5}, POINT, {"x1": 2.0, "x2": 7.5}]
    planned = make_plan(suite([{"name": "branin", "starting_points": points}]))
    assert [dict(point) for point in planned.studies[0].starting_points] == [{"x1": 2.0, "x2": 7.5}, POINT]


@pytest.mark.parametrize(
    ("transfer", "told"),
    [({"run": "nowhere"}, "transfer: no run in 'nowhere'"), ({"run": ".", "count": 1}, "transfer: no run in")],
)
def test_a_transfer_from_nowhere_says_so(transfer: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidSuite, match=told):
        with_transfer(suite([{"name": "branin", "transfer": transfer}]))


def transferred(folder: Path, count: int) -> list[dict[str, Any]]:
    """What a suite takes from the run in the folder on its task `small`."""
    task = {"name": "branin", "transfer": {"run": str(folder / "run"), "count": count, "task": "small"}}
    return [dict(point) for point in with_transfer(suite([task])).tasks[0].starting_points]


def run_on_table(folder: Path, path: Path, strategy: str) -> pd.DataFrame:
    """The trials of 40 evaluations of a table."""
    described = suite(
        [{"name": TABLE, "label": "small", "options": {"path": str(path)}}],
        strategies=[strategy],
        budget={"trials": 20},
        exhibits=False,
    )
    return run_suite(described, out=folder / "run", where=HERE).trials


def run_hastily(folder: Path, name: str) -> pd.DataFrame:
    path = write(folder, CURVES, MISLEADING)
    (folder / "hasty.py").write_text(HASTY)
    return run_on_table(folder, path, f"{folder}/hasty.py:{name}")


def test_a_transfer_takes_what_was_measured_at_the_highest_fidelity(tmp_path: Path) -> None:
    trials = run_hastily(tmp_path, "Undecided")
    full = trials[trials["fidelity"] == 9.0].sort_values("value")["configuration"].drop_duplicates()
    assert len(full) > 1
    assert [Configuration(point).to_json() for point in transferred(tmp_path, 6)] == full.tolist()


def test_a_transfer_takes_lower_fidelities_where_there_is_no_other(tmp_path: Path) -> None:
    run_hastily(tmp_path, "Hasty")
    assert transferred(tmp_path, 2) == [{"kind": "b", "depth": 3}, {"kind": "b", "depth": 2}]


@pytest.mark.parametrize("count", [3, 6])
def test_a_transfer_of_several_objectives_follows_the_front(tmp_path: Path, count: int) -> None:
    rows = [{**row, "score": float(score)} for row, score in zip(ROWS, SCORES, strict=True)]
    path = write(tmp_path, {**GRID, "objectives": OBJECTIVES}, rows)
    trials = run_on_table(tmp_path, path, "random")
    assert trials["configuration"].nunique() == 6
    front = [("a", 1), ("a", 2), ("b", 1), ("b", 2)]
    assert transferred(tmp_path, count) == [{"kind": kind, "depth": depth} for kind, depth in front[:count]]
