"""A strategy that lives in a client of the service does what it does at home, whatever happens on the way."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from runs_under_test import HERE, on_wave, stumble, suite
from served_under_test import RUNNER, Served, served

from results.store import Store, open_store
from tuner import Feature, Proposal, SearchStrategy, TrialResult, run_suite
from tuner.client import RemoteRun
from tuner.client.answering import Strategies

__all__ = ["served"]
FACTS = ["strategy", "seed", "trial", "configuration", "values", "status"]


class Steps(SearchStrategy):
    """Small steps from the best so far: every proposal depends on all results and on the whole seed."""

    supports = Feature.MIXED
    best: TrialResult | None = None

    def ask(self, count: int) -> Sequence[Proposal]:
        if self.best is None:
            return [Proposal(self.space.sample(self.rng)) for _ in range(count)]
        unit = self.space.to_unit(self.best.trial.configuration)
        return [Proposal(self.space.from_unit((unit + self.rng.normal(0, 0.1, len(unit))) % 1)) for _ in range(count)]

    def tell(self, result: TrialResult) -> None:
        if self.best is None or result.loss < self.best.loss:
            self.best = result


class Raising(SearchStrategy):
    def ask(self, count: int) -> Sequence[Proposal]:
        raise ZeroDivisionError("no idea")


def described(**changes: Any) -> dict[str, Any]:
    return {"name": "mine", "seeds": 2, "budget": {"trials": 5}, "tasks": ["branin"], **changes}


def facts(store: Store, strategy: str) -> pd.DataFrame:
    found = store.trials[store.trials["strategy"] == strategy][FACTS].astype(str)
    return found.drop(columns="strategy").reset_index(drop=True)


def at_home(tmp_path: Path, **changes: Any) -> pd.DataFrame:
    """The same strategy, named by its file, in a run without a service."""
    entry = {"name": f"{__file__}:Steps", "label": "steps"}
    made = suite(budget={"trials": 5}, strategies=[entry], **changes)
    return facts(run_suite(made, out=tmp_path / "home", where=HERE), "steps")


def serve(served: Served, kind: Any = Steps, **changes: Any) -> RemoteRun:
    thread = served.run_next()
    run = served.client().serve_strategy("steps", kind, suite=described(**changes))
    thread.join(30)
    assert served.errors == []
    return run


@pytest.mark.parametrize("parallelism", [1, 3])
def test_it_makes_the_same_trials_as_at_home(served: Served, tmp_path: Path, parallelism: int) -> None:
    run = serve(served, parallelism=parallelism, strategies=["random"])

    store = open_store(served.runs / run.name)
    assert set(store.trials["strategy"]) == {"random", "steps"}
    pd.testing.assert_frame_equal(facts(store, "steps"), at_home(tmp_path, parallelism=parallelism))


def test_starting_points_are_told_before_it_is_asked(served: Served, tmp_path: Path) -> None:
    tasks = [{"name": "branin", "starting_points": [{"x1": 3.0, "x2": 2.5}]}]

    run = serve(served, tasks=tasks)

    pd.testing.assert_frame_equal(facts(open_store(served.runs / run.name), "steps"), at_home(tmp_path, tasks=tasks))


def test_its_own_error_ends_its_study_and_no_other(served: Served) -> None:
    run = serve(served, Raising, strategies=["random"])

    studies = run.detail().studies
    assert {s.status for s in studies if s.strategy == "random"} == {"finished"}
    assert {(s.status, s.message) for s in studies if s.strategy == "steps"} == {
        ("failed", "ask raised ZeroDivisionError: no idea")
    }


def test_a_client_that_vanishes_costs_its_study_and_not_the_run(served: Served) -> None:
    client = served.client()
    session = client.open_strategy("gone", seconds=0.3)
    run = client.submit(described(strategies=["random", session.entry], seeds=1))
    served.run_next().join(30)
    run.refresh()

    studies = {s.strategy: s for s in run.detail().studies}
    assert run.state == "finished"
    assert (studies["random"].status, studies["random"].trials) == ("finished", 5)
    assert studies["gone"].status == "failed"
    assert studies["gone"].message == "the remote strategy gave no answer within 0.3 seconds"


def test_a_crash_of_service_and_runner_changes_nothing(served: Served, tmp_path: Path) -> None:
    fallen = threading.Event()

    def fall() -> None:
        fallen.set()
        stumble()

    first = served.run_next(on_wave(2, fall))
    client = served.client()
    runs: list[RemoteRun] = []
    answering = threading.Thread(
        target=lambda: runs.append(client.serve_strategy("steps", Steps, suite=described())), daemon=True
    )
    answering.start()
    assert fallen.wait(20)
    first.join(20)
    served.crash()
    served.start()
    served.queue.release(RUNNER)
    second = served.run_next()
    answering.join(40)
    second.join(20)

    store = open_store(served.runs / runs[0].name)
    pd.testing.assert_frame_equal(facts(store, "steps"), at_home(tmp_path))


def test_a_client_that_comes_back_without_its_memory_goes_on(served: Served, tmp_path: Path) -> None:
    thread = served.run_next()
    client = served.client()
    session = client.open_strategy("steps")
    run = client.submit(described(strategies=[session.entry]))
    while not run.is_over:
        forgetful = Strategies(Steps, {}, session.conversation)
        for question, answer in zip(questions := session.questions(0.2), forgetful.answers(questions), strict=True):
            session.answer(question, answer)
        run.refresh()
    thread.join(20)

    pd.testing.assert_frame_equal(facts(open_store(served.runs / run.name), "steps"), at_home(tmp_path))


def test_two_studies_that_ask_at_once_do_not_use_up_each_others_time(served: Served) -> None:
    thread = served.run_next()
    client = served.client()
    session = client.open_strategy("steps", seconds=5)
    run = client.submit(described(strategies=[session.entry], budget={"trials": 2}))
    session.serve(Strategies(Steps, {}, session.conversation), run)
    thread.join(20)

    assert run.detail().summary.studies_done == 2


def test_no_token_is_written_into_the_run(served: Served) -> None:
    run = serve(served)

    tokens = [served.token(kind).encode() for kind in ("token", "exchange-token", "read-only-token")]
    stored = [file.read_bytes() for file in (served.runs / run.name).rglob("*") if file.is_file()]
    assert len(stored) > 3
    assert [token for token in tokens for text in stored if token in text] == []
