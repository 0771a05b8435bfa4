"""A name that another run has had before: nothing of that one is told of the new one."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from runs_under_test import HERE, suite
from service_under_test import make_service, write_interrupted_run

from tuner import run_suite
from tuner.events import Event, WaveStored
from tuner.server.service import Service
from tuner.server.trial_query import TrialQuery


@pytest.fixture
def stopped(tmp_path: Path) -> Iterator[Service]:
    """With a run called `stopped`, of which all was asked, in the place of which there is another one by now."""
    write_interrupted_run(tmp_path / "stopped")
    made = make_service(tmp_path)
    for _ in range(2):
        ask(made)
    shutil.rmtree(tmp_path / "stopped")
    write_other_run(tmp_path / "stopped")
    yield made
    made.close()
    made.queue.close()


def write_other_run(folder: Path) -> None:
    stop = threading.Event()

    def watch(event: Event) -> None:
        if isinstance(event, WaveStored):
            stop.set()

    described = suite(tasks=["rosenbrock"], strategies=["random"], budget={"trials": 3}, seeds=2, shard_size=1)
    run_suite(described, out=folder, where=HERE, watch=watch, stop=stop)


def ask(service: Service) -> tuple[list[str], int, list[str], int, list[str]]:
    detail, page = service.run("stopped"), service.trials("stopped", TrialQuery())
    curves = service.curves("stopped")
    return detail.tasks, detail.summary.trials, list(curves), page.total, sorted({row.task for row in page.items})


def test_the_studies_curves_and_trials_of_the_new_run_are_told(stopped: Service) -> None:
    assert ask(stopped) == (["rosenbrock"], 3, ["rosenbrock"], 3, ["rosenbrock"])


def test_a_single_trial_is_the_new_runs(stopped: Service) -> None:
    assert stopped.trial("stopped", 0, 1).row.task == "rosenbrock"


def test_a_run_that_had_ended_is_not_told_in_the_place_of_one_that_has_not(tmp_path: Path) -> None:
    described = suite(tasks=["branin"], strategies=["random"], budget={"trials": 8}, seeds=1)
    run_suite(described, out=tmp_path / "stopped", where=HERE)
    made = make_service(tmp_path)
    before = ask(made)
    shutil.rmtree(tmp_path / "stopped")
    write_other_run(tmp_path / "stopped")

    assert before[:2] == (["branin"], 8)
    assert ask(made)[:3] == (["rosenbrock"], 3, ["rosenbrock"])
    made.close()
    made.queue.close()
