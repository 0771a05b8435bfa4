"""A run that was submitted over HTTP loses no trial that was told of, whatever process is killed in the midst of it."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from runs_under_test import HERE, suite
from serving_under_test import ServeProcess, free_port, left_of, wait_for

from results.records import DECISIONS
from results.store import Store, open_store
from tuner import run_suite
from tuner.server.service_folder import ServiceFolder

pytestmark = [pytest.mark.ray, pytest.mark.slow]

SLOW = {"name": "delayed", "options": {"seconds": 0.15, "spread": 0.0, "really": True}}
DESCRIBED: dict[str, Any] = {
    "name": "mine",
    "seeds": 2,
    "budget": {"trials": 15},
    "shard_size": 1,
    "tasks": [{"name": "branin", "modifiers": [SLOW]}],
    "strategies": ["random", "tpe"],
}
TRIALS = 60
KEY = "the-only-one"
WORKERS = 2
SERVER, RUNNER = "the server", "the runner"
OF_RAY = ("ray::ShardWorker", "raylet", "gcs_server")
VICTIMS = {
    **{name: {name} for name in (SERVER, RUNNER, *OF_RAY)},
    "server and runner": {SERVER, RUNNER},
    "all at once, as when the machine goes down": {SERVER, RUNNER, *OF_RAY},
}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """What the suite comes to in one process that nobody disturbs."""
    return run_suite(suite(**DESCRIBED), out=tmp_path_factory.mktemp("undisturbed") / "mine", where=HERE)


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is installed, found out once for all services here."""
    return tmp_path_factory.mktemp("known") / "catalogue.json"


@pytest.fixture
def service(tmp_path: Path, catalogue: Path) -> Iterator[ServeProcess]:
    made = ServeProcess(tmp_path / "runs", free_port())
    folder = ServiceFolder(made.runs)
    folder.create()
    if catalogue.exists():
        shutil.copy(catalogue, folder.catalogue)
    made.start(WORKERS)
    shutil.copy(folder.catalogue, catalogue)
    yield made
    made.stop()


def submit(service: ServeProcess) -> tuple[int, str]:
    """Status and name of the run; always the same request with the same key."""
    answer = service.post("/runs", {"suite": DESCRIBED}, **{"Idempotency-Key": KEY})
    assert answer.is_success, answer.text
    return answer.status_code, str(answer.json()["name"])


def told(service: ServeProcess, run: str) -> dict[str, Any]:
    """Each trial that the service says is stored, all of its row, by study and trial."""
    rows = service.get(f"/runs/{run}/trials", limit=500).raise_for_status().json()["items"]
    return {f"{row['study']}/{row['trial']}": row for row in rows}


def summary(service: ServeProcess, run: str) -> dict[str, Any]:
    found: dict[str, Any] = service.get(f"/runs/{run}").raise_for_status().json()["summary"]
    return found


def kill(service: ServeProcess, runner: int, victims: set[str]) -> None:
    """First the supervisor if it is to die at all, so that it mends nothing."""
    if SERVER in victims:
        service.kill()
    found = [runner] if RUNNER in victims else []
    found += [
        process.number
        for process in left_of({runner})
        for name in victims & set(OF_RAY)
        if name in process.command.partition(" ")[0]
    ]
    assert len(found) >= len(victims - {SERVER})
    for number in found:
        os.kill(number, signal.SIGKILL)


@pytest.mark.parametrize("victims", VICTIMS)
def test_what_was_told_as_stored_survives_a_kill_of(service: ServeProcess, undisturbed: Store, victims: str) -> None:
    assert submit(service) == (201, "mine")
    wait_for(lambda: summary(service, "mine")["trials"] >= TRIALS // 4, "a part is stored")
    before, runner = told(service, "mine"), service.runner()
    kill(service, runner, VICTIMS[victims])
    assert len(before) < TRIALS
    if SERVER in VICTIMS[victims]:
        service.start(WORKERS)

    assert before.items() <= told(service, "mine").items()
    assert submit(service) == (200, "mine")
    wait_for(lambda: summary(service, "mine")["state"] not in {"queued", "running"}, "the run is over")
    assert summary(service, "mine")["state"] == "finished"
    assert before.items() <= told(service, "mine").items()
    found, columns = open_store(service.runs / "mine"), list(DECISIONS)
    pd.testing.assert_frame_equal(found.trials[columns], undisturbed.trials[columns], check_exact=True)
    assert service.get("/runs").json()["total"] == 1
    if RUNNER in VICTIMS[victims]:
        wait_for(lambda: not left_of({runner}), "nothing of the runner that was killed is left")
