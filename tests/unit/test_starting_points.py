"""Starting points are the first trials of every study, and strategies are told of them before they are asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from runs_under_test import HERE
from study_under_test import HALF, PROBLEM, Recorder, plan, run

from tuner import Budget, Configuration, Suite, run_suite
from tuner.errors import InvalidSuite
from tuner.plan import make_plan
from tuner.starting_points import with_transfer
from tuner.study import Study

POINT = {"x1": 2.5, "x2": 7.5}


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


@pytest.mark.parametrize(
    ("transfer", "told"),
    [({"run": "nowhere"}, "transfer: no run in 'nowhere'"), ({"run": ".", "count": 1}, "transfer: no run in")],
)
def test_a_transfer_from_nowhere_says_so(transfer: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidSuite, match=told):
        with_transfer(suite([{"name": "branin", "transfer": transfer}]))
