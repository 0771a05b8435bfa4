"""There is always a runner; it is started without Ray, and started again whatever ended it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from jobs_under_test import folder, queue
from runs_under_test import suite

from tuner.server.jobs import JobQueue, JobState
from tuner.server.service_folder import ServiceFolder
from tuner.server.supervisor import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, Supervisor, next_pause

__all__ = ["folder", "queue"]


@dataclass(frozen=True)
class Plain:
    workers: int | None = None
    ray_address: str | None = None


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_pauses_grow_up_to_the_longest_and_begin_anew_after_a_long_life() -> None:
    pauses = [0.0]
    for _ in range(12):
        pauses.append(next_pause(pauses[-1], lived=1.0))
    assert pauses[1:4] == [FIRST_PAUSE_SECONDS, 2 * FIRST_PAUSE_SECONDS, 4 * FIRST_PAUSE_SECONDS]
    assert pauses[-1] == LONGEST_PAUSE_SECONDS
    assert next_pause(pauses[-1], lived=61.0) == FIRST_PAUSE_SECONDS


def test_it_imports_neither_ray_nor_a_plug_in() -> None:
    code = (
        "import sys, tuner.server.supervisor as _; print({'ray', 'benchmarks', 'pandas', 'torch'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "set()"


def test_one_that_was_never_started_can_be_stopped(folder: ServiceFolder) -> None:
    Supervisor(folder, Plain()).stop()


def test_a_job_is_run_and_the_runner_ends_when_it_is_stopped(folder: ServiceFolder, queue: JobQueue) -> None:
    supervisor = Supervisor(folder, Plain(), options=("--in-process",))
    queue.submit("mine", suite().to_toml(), 0.0)
    supervisor.start()
    try:
        wait_for(lambda: queue.all()[0].state is JobState.FINISHED)
    finally:
        supervisor.stop()
    assert supervisor.process is None
    assert folder.runner_log.read_text() == ""


def test_a_runner_that_cannot_work_is_started_again_and_its_last_words_are_logged(
    folder: ServiceFolder, caplog: pytest.LogCaptureFixture
) -> None:
    supervisor = Supervisor(folder, Plain(), options=("--no-such-option",))
    supervisor.start()
    try:
        wait_for(lambda: len(caplog.records) >= 2)
    finally:
        supervisor.stop()
    first, second = (record.getMessage() for record in caplog.records[:2])
    assert first.startswith("the runner ended with exit code 2, and is started again in 0.1 s\n")
    assert "error: unrecognized arguments: --no-such-option" in first
    assert second.startswith("the runner ended with exit code 2, and is started again in 0.2 s\n")


def test_the_jobs_of_a_runner_that_died_can_be_had_before_the_next_one_starts(
    folder: ServiceFolder, queue: JobQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue.submit("mine", suite().to_toml(), 0.0)
    claim = f"""
import sys; from pathlib import Path; from tuner.server.jobs import JobQueue
JobQueue(Path({str(folder.database)!r})).claim(sys.argv[1], 0.0)
"""
    monkeypatch.setattr(Supervisor, "_command", lambda _self, owner: [sys.executable, "-c", claim, owner])
    supervisor = Supervisor(folder, Plain())
    supervisor.start()
    try:
        wait_for(lambda: queue.all()[0].lease_until == 0.0)
    finally:
        supervisor.stop()
    assert queue.all()[0].state is JobState.RUNNING
