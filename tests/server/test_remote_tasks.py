"""A task that lives in a client of the service measures what it measures at home."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from runs_under_test import HERE, suite
from served_under_test import Served, served

from results.store import Store, open_store
from tuner import (
    Configuration,
    Float,
    Measurement,
    Objective,
    Outcome,
    Problem,
    Proposal,
    SearchSpace,
    Task,
    Trial,
    run_suite,
)
from tuner.errors import InvalidProblem, InvalidSpace
from tuner.remote.definition import definition_of, problem_of
from tuner.remote.remote_task import RemoteTask

__all__ = ["served"]
FACTS = ["strategy", "trial", "configuration", "values", "held_out", "status", "message"]
PROBLEM = Problem(SearchSpace({"x": Float(0.0, 1.0)}), (Objective("score", "maximize"),))


@dataclass(frozen=True)
class Lucky(Task):
    """Depends on configuration and seeds, and fails where x is large."""

    @property
    def problem(self) -> Problem:
        return PROBLEM

    def evaluate(self, trial: Trial) -> Measurement:
        x = trial.configuration.number("x")
        if x > 0.8:
            raise ValueError(f"x = {x} is too large")
        return Measurement({"score": x + trial.seed % 97 / 1000}, {"score": trial.data_seed % 89}, seconds=0.5)


class Stacked(Lucky):
    asked: list[int] = []  # noqa: RUF012  what the test looks at

    def evaluate_batch(self, trials: Sequence[Trial]) -> Sequence[Outcome]:
        self.asked.append(len(trials))
        return super().evaluate_batch(trials)


def described(**changes: Any) -> dict[str, Any]:
    return {"name": "mine", "seeds": 1, "budget": {"trials": 6}, "strategies": ["random", "sobol"], **changes}


def facts(store: Store) -> pd.DataFrame:
    return store.trials[FACTS].astype(str).reset_index(drop=True)


def serve(served: Served, task: Task, **changes: Any) -> Store:
    thread = served.run_next()
    run = served.client().serve_task("lucky", task, suite=described(**changes))
    thread.join(30)
    assert served.errors == []
    return open_store(served.runs / run.name)


def at_home(row: dict[Any, Any]) -> dict[str, float]:
    """What the task measures here of a trial that was stored."""
    trial = Trial(0, Proposal(Configuration.from_json(row["configuration"])), int(row["trial_seed"]))
    return dict(Lucky().evaluate(trial).values)


def test_its_trials_are_measured_as_at_home(served: Served) -> None:
    store = serve(served, Lucky(), parallelism=2)

    good = store.trials[store.trials["status"] == "ok"]
    failed = store.trials[store.trials["status"] != "ok"]
    assert len(good) > 4
    assert [dict(row["values"]) for row in good.to_dict("records")] == [at_home(row) for row in good.to_dict("records")]
    assert set(good["seconds"]) == {0.5}
    assert set(failed["status"]) <= {"error"}
    assert all(message.startswith("ValueError: x = ") for message in failed["message"])


def test_two_sessions_of_one_task_have_the_same_seeds_and_results(served: Served) -> None:
    first, second = (serve(served, Lucky()) for _ in range(2))

    pd.testing.assert_frame_equal(facts(first), facts(second))


def test_questions_that_wait_together_are_measured_together_where_the_task_can(served: Served) -> None:
    Stacked.asked.clear()

    store = serve(served, Stacked(), parallelism=3)

    assert max(Stacked.asked) > 1
    assert len(store.trials) == 12


def test_each_trial_of_a_client_that_vanishes_is_a_timeout(served: Served) -> None:
    session = served.client().open_task("gone", Lucky(), seconds=0.3)
    served.client().submit(described(tasks=[session.entry], budget={"trials": 2}, strategies=["random"]))
    served.run_next().join(30)

    trials = open_store(served.runs / "mine").trials
    assert list(trials["status"]) == ["timeout", "timeout"]
    assert set(trials["message"]) == {"the remote task gave no answer within 0.3 seconds"}


def test_a_definition_that_the_service_did_not_make_is_refused(served: Served) -> None:
    from tuner.client import ServiceError

    session = served.client().open_task("lucky", Lucky())
    spaced = {**session.entry, "options": {**session.entry["options"]}}
    spaced["options"]["definition"] = spaced["options"]["definition"].replace(":", ": ")

    with pytest.raises(ServiceError, match="is not as the service gave it out"):
        served.client().submit(described(tasks=[spaced]))


def test_a_definition_reads_back_as_the_problem_it_describes() -> None:
    assert problem_of(definition_of(PROBLEM)) == PROBLEM


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x", "a definition is JSON"),
        ("[]", "a definition holds space, objectives"),
        ('{"space":{},"objectives":[]}', "a space holds parameters"),
        ('{"space":{"parameters":{"x":{"kind":"Flat"}}},"objectives":[]}', "a space holds parameters"),
        ('{"space":{"parameters":{"x":{"kind":"Float","low":0,"high":1}}},"objectives":[]}', "at least one objective"),
        ('{"space":{"parameters":{"x":{"kind":"Float","low":0,"high":1}}},"objectives":[7]}', "objective is an object"),
        ('{"space":{"parameters":{"x":{"kind":"Float","low":2,"high":1}}},"objectives":[]}', "low"),
        ("[" * 40_000, "a definition is JSON"),
    ],
)
def test_a_definition_that_describes_no_problem_is_refused(text: str, told: str) -> None:
    with pytest.raises((InvalidProblem, InvalidSpace), match=told):
        RemoteTask(definition=text)


def test_outside_a_service_its_trials_fail_with_a_line_that_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TUNER_SERVICE_URL", raising=False)
    made = suite(tasks=["remote-task"], strategies=["random"], budget={"trials": 1}, seeds=1)

    trials = run_suite(made, out=tmp_path / "run", where=HERE).trials

    assert "what is remote is asked for by a service" in trials["message"][0]
