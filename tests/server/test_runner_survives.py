"""Whatever part of the service is killed in the middle of a run, the run goes on by itself to the same results."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from jobs_under_test import folder, queue
from runs_under_test import HERE, suite

from results.following import FollowedRun
from results.records import DECISIONS
from results.store import Store, open_store
from tuner import run_suite
from tuner.server.jobs import Job, JobQueue, JobState
from tuner.server.service_folder import ServiceFolder
from tuner.server.supervisor import Supervisor

__all__ = ["folder", "queue"]

pytestmark = [pytest.mark.ray, pytest.mark.slow]

SLOW = {"name": "delayed", "options": {"seconds": 0.1, "spread": 0.0, "really": True}}
SUITE = suite(budget={"trials": 15}, shard_size=1, tasks=[{"name": "branin", "modifiers": [SLOW]}])
NAME = "run"
WAIT_SECONDS = 120
SERVER = """
import sys, threading
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from test_runner_survives import TwoWorkers
from tuner.server.service_folder import ServiceFolder
from tuner.server.supervisor import Supervisor

Supervisor(ServiceFolder(Path(sys.argv[2])), TwoWorkers()).start()
threading.Event().wait()
"""


@dataclass(frozen=True)
class TwoWorkers:
    workers: int | None = 2
    ray_address: str | None = None


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return run_suite(SUITE, out=tmp_path_factory.mktemp("undisturbed") / NAME, where=HERE)


@pytest.fixture
def supervisor(folder: ServiceFolder) -> Iterator[Supervisor]:
    made = Supervisor(folder, TwoWorkers())
    yield made
    made.stop()


def wait_for(condition: Callable[[], object], what: str) -> float:
    """Wait until it holds; returns for how long, in seconds."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() < began + WAIT_SECONDS, f"waited in vain until {what}"
        time.sleep(0.02)
    return time.monotonic() - began


def trials(folder: ServiceFolder) -> int:
    path = folder.runs / NAME
    return FollowedRun(path).trials if (path / "run.json").is_file() else 0


def job_of(queue: JobQueue, run: str = NAME) -> Job:
    job = queue.find(run)
    assert job is not None
    return job


def processes_of(session: int, name: str) -> list[int]:
    """The living processes of a session whose program has such a name."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            fields = (process / "stat").read_text().rpartition(")")[2].split()
            program = (process / "cmdline").read_text().partition("\0")[0]
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z" and name in program.rpartition("/")[2]:
            found.append(int(process.name))
    return found


def submit_and_run_half(folder: ServiceFolder, queue: JobQueue) -> None:
    queue.submit(NAME, SUITE.to_toml(), time.time())
    wait_for(lambda: trials(folder) >= 16, "a part is stored")


def is_as_expected(folder: ServiceFolder, queue: JobQueue, expected: Store) -> None:
    wait_for(lambda: job_of(queue).state.is_over, "the job is over")
    assert (job_of(queue).state, job_of(queue).message) == (JobState.FINISHED, "")
    found = open_store(folder.runs / NAME)
    columns = list(DECISIONS)
    pd.testing.assert_frame_equal(found.trials[columns], expected.trials[columns], check_exact=True)
    pd.testing.assert_frame_equal(found.studies, expected.studies, check_exact=True)
    assert (folder.runs / NAME / "report.html").is_file()


@pytest.mark.parametrize("victim", ["runner", "ray::ShardWorker", "raylet", "gcs_server"])
def test_a_run_goes_on_after_a_kill(
    folder: ServiceFolder, queue: JobQueue, supervisor: Supervisor, expected: Store, victim: str
) -> None:
    supervisor.start()
    submit_and_run_half(folder, queue)
    runner = supervisor.process
    assert runner is not None
    victims = [runner] if victim == "runner" else processes_of(runner, victim)
    for process in victims:
        os.kill(process, signal.SIGKILL)
    time.sleep(0.5)  # what was in flight may be stored yet
    before = trials(folder)
    assert before < len(expected.trials)
    passed = 0.5 + wait_for(lambda: trials(folder) > before, "the run goes on")
    print(f"{len(victims)} of {victim} killed: goes on after {passed:.1f} s")
    is_as_expected(folder, queue, expected)
    is_replaced = victim != "ray::ShardWorker"
    assert (supervisor.process != runner) == is_replaced
    if is_replaced:
        wait_for(lambda: not processes_of(runner, ""), "nothing of the first runner is left")
        assert not list(Path(tempfile.gettempdir()).glob(f"tuner-{runner}-*"))


def test_a_run_goes_on_after_the_service_was_stopped_and_started(
    folder: ServiceFolder, queue: JobQueue, supervisor: Supervisor, expected: Store
) -> None:
    first = Supervisor(folder, TwoWorkers())
    first.start()
    submit_and_run_half(folder, queue)
    first.stop()
    assert job_of(queue).state is JobState.QUEUED
    assert open_store(folder.runs / NAME).runs[0].state == "interrupted"
    supervisor.start()
    is_as_expected(folder, queue, expected)


def test_a_runner_outlives_a_server_that_is_killed_and_makes_room_once_its_job_is_done(
    folder: ServiceFolder, queue: JobQueue, supervisor: Supervisor, expected: Store
) -> None:
    command = [sys.executable, "-c", SERVER, str(Path(__file__).parent), str(folder.runs)]
    paths = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with subprocess.Popen(command, env=paths) as server:
        try:
            submit_and_run_half(folder, queue)
        finally:
            server.kill()
    before = job_of(queue)
    queue.submit("next", suite(seeds=1).to_toml(), time.time())
    supervisor.start()
    wait_for(lambda: trials(folder) >= 30, "the run goes on")
    assert (job_of(queue).owner, job_of(queue).state) == (before.owner, JobState.RUNNING)
    is_as_expected(folder, queue, expected)
    wait_for(lambda: job_of(queue, "next").state is JobState.FINISHED, "the next job is done")
