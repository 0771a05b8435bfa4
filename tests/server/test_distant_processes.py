"""Runners as processes of their own: several share one queue, and one that is killed is replaced by another."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from distant_under_test import NAME, ended, job_of, submit
from runs_under_test import HERE, suite
from served_under_test import Served, served
from service_under_test import small_catalogue
from serving_under_test import wait_for

from results.following import FollowedRun
from results.journal import Wave, read_blocks
from results.records import DECISIONS
from results.store import open_store
from tuner import run_suite
from tuner.server import jobs
from tuner.server.jobs import JobState
from tuner.suite import Suite

__all__ = ["served"]
pytestmark = pytest.mark.slow

SLOW = {"name": "delayed", "options": {"seconds": 0.05, "spread": 0.0, "really": True}}
PATIENT = suite(budget={"trials": 30}, shard_size=1, tasks=[{"name": "branin", "modifiers": [SLOW]}])


class Processes:
    """Starts runners, and ends what is left of them."""

    def __init__(self, served: Served, place: Path) -> None:
        self._served = served
        self._place = place
        self._started: list[subprocess.Popen[bytes]] = []

    def far(self, name: str) -> subprocess.Popen[bytes]:
        """A runner of another machine."""
        token = str(self._served.settings.folder.runner_token)
        options = ["--service", self._served.url, "--token-file", token, "--runs", str(self._place / name)]
        return self._start("tuner", "runner", *options, "--in-process")

    def here(self) -> subprocess.Popen[bytes]:
        """The runner of the service's machine."""
        options = ["--runs", str(self._served.runs), "--owner", "here", "--parent", str(os.getpid())]
        return self._start("tuner.server.runner", *options, "--in-process")

    def _start(self, *command: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen([sys.executable, "-m", *command], cwd=self._place, start_new_session=True)
        self._started.append(process)
        return process

    def end(self) -> None:
        for process in self._started:
            if process.poll() is None:
                process.kill()
            process.wait()


@pytest.fixture
def processes(served: Served, tmp_path: Path) -> Iterator[Processes]:
    made = Processes(served, tmp_path)
    yield made
    made.end()


@pytest.fixture(autouse=True)
def slow_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the service know the modifier `delayed`."""
    known = small_catalogue()
    more = replace(known, modifiers=[replace(known.modifiers[0], name="delayed")])
    monkeypatch.setattr("served_under_test.small_catalogue", lambda: more)


@pytest.fixture
def short_leases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Longer than a beat."""
    monkeypatch.setattr(jobs, "LEASE_SECONDS", 6.0)


def is_that_of(run: Path, described: Suite, place: Path) -> None:
    """The table of a run is that of `tuner run`."""
    expected = run_suite(described, out=place / run.name, where=HERE).trials[list(DECISIONS)]
    found = open_store(run).trials[list(DECISIONS)]
    pd.testing.assert_frame_equal(found, expected, check_exact=True)


def test_two_distant_runners_and_the_local_one_make_each_run_once(
    served: Served, processes: Processes, tmp_path: Path
) -> None:
    suites = {f"run-{number}": suite(seed=number, budget={"trials": 20}) for number in range(6)}
    started = [processes.far("a"), processes.far("b"), processes.here()]
    wait_for(lambda: (tmp_path / "a" / ".runner").exists() and (tmp_path / "b" / ".runner").exists(), "they are there")
    for run, described in suites.items():
        submit(served, run, described)
    wait_for(lambda: all(ended(served, run)[0] is JobState.FINISHED for run in suites), "all jobs are done")

    for run, described in suites.items():
        assert job_of(served, run).attempts == 1
        is_that_of(served.runs / run, described, tmp_path / "expected")
    for process in started:
        process.send_signal(signal.SIGTERM)
    assert [process.wait(30) for process in started] == [0, 0, 0]
    assert list((tmp_path / "a" / ".runner" / "runs").iterdir()) == []


@pytest.mark.usefixtures("short_leases")
def test_what_a_killed_runner_had_delivered_is_what_another_one_goes_on_with(
    served: Served, processes: Processes, tmp_path: Path
) -> None:
    submit(served, described=PATIENT)
    place = served.runs / NAME
    first = processes.far("a")
    wait_for(lambda: (place / "run.json").is_file() and FollowedRun(place).trials > 8, "some trials are stored")
    first.kill()
    first.wait()
    kept = {wave.encode() for wave in map(Wave.decode, read_blocks(place / "journal"))}
    second = processes.far("b")
    wait_for(lambda: job_of(served).attempts > 1, "another runner has taken the job")
    wait_for(lambda: FollowedRun(place).trials > 30, "it goes on")
    assert kept <= {wave.encode() for wave in map(Wave.decode, read_blocks(place / "journal"))}
    wait_for(lambda: ended(served)[0] is JobState.FINISHED, "the run is finished")

    is_that_of(place, PATIENT, tmp_path / "expected")
    second.send_signal(signal.SIGTERM)
    assert second.wait(30) == 0


def test_a_runner_that_is_stopped_gives_its_job_back_with_all_that_was_in_flight(
    served: Served, processes: Processes
) -> None:
    submit(served, described=PATIENT)
    place = served.runs / NAME
    process = processes.far("a")
    wait_for(lambda: (place / "run.json").is_file() and FollowedRun(place).trials > 4, "some trials are stored")
    process.send_signal(signal.SIGTERM)

    assert process.wait(30) == 0
    assert (ended(served), job_of(served).attempts) == ((JobState.QUEUED, ""), 0)
    assert len(open_store(place).trials) == FollowedRun(place).trials > 4


def test_a_runner_that_is_started_anew_in_its_folder_need_not_wait_for_the_end_of_its_lease(
    served: Served, processes: Processes
) -> None:
    submit(served, described=PATIENT)
    place = served.runs / NAME
    process = processes.far("a")
    wait_for(lambda: (place / "run.json").is_file() and FollowedRun(place).trials > 4, "some trials are stored")
    process.kill()
    process.wait()
    began = time.monotonic()
    processes.far("a")
    wait_for(lambda: job_of(served).attempts > 1 or FollowedRun(place).trials > 40, "it has taken the job again")

    assert time.monotonic() < began + jobs.LEASE_SECONDS
