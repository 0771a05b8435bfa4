"""The runner sees a job through, stops where it is asked to, and does no harm to what is not its own."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from jobs_under_test import folder, queue
from runs_under_test import HERE, STRATEGY, decisions, one_wave_at_a_time, state, stumble, suite, undisturbed

from results.store import open_store
from tuner import Suite, resume_run, run_suite
from tuner.errors import ClusterUnavailable
from tuner.events import Event, Watcher, WaveStored
from tuner.run_folder import RunFolder
from tuner.server import heartbeat, runner
from tuner.server.heartbeat import Dispossessed, Heartbeat
from tuner.server.jobs import MOST_ATTEMPTS, Job, JobQueue, JobState
from tuner.server.runner import Runner
from tuner.server.service_folder import ServiceFolder
from tuner.server.work_queue import NotDelivered
from tuner.shard import ShardRunner

__all__ = ["folder", "one_wave_at_a_time", "queue"]

NAME = "mine"


@pytest.fixture
def mine(folder: ServiceFolder, queue: JobQueue) -> Runner:
    return Runner(folder, queue, "me", HERE)


def submit(queue: JobQueue, described: Suite | None = None) -> None:
    queue.submit(NAME, (described or suite()).to_toml(), 0.0)


def job_of(queue: JobQueue) -> Job:
    job = queue.find(NAME)
    assert job is not None
    return job


def ended(queue: JobQueue) -> tuple[JobState, str]:
    return job_of(queue).state, job_of(queue).message


def on_wave(monkeypatch: pytest.MonkeyPatch, number: int, act: Callable[[Heartbeat], object]) -> None:
    """Do something, once, when that many waves of a run have been stored."""
    real = Heartbeat.watch
    seen: list[Event] = []

    def watch(self: Heartbeat, event: Event) -> None:
        real(self, event)
        if isinstance(event, WaveStored):
            seen.append(event)
            if len(seen) == number:
                act(self)

    monkeypatch.setattr(Heartbeat, "watch", watch)


def is_as_if_undisturbed(folder: ServiceFolder) -> None:
    found = decisions(open_store(folder.runs / NAME))
    pd.testing.assert_frame_equal(found, undisturbed(folder.runs.parent, suite()), check_exact=True)


def test_a_job_becomes_a_finished_run_with_a_report(folder: ServiceFolder, queue: JobQueue, mine: Runner) -> None:
    submit(queue)
    assert mine.work_off()
    assert ended(queue) == (JobState.FINISHED, "")
    assert (folder.runs / NAME / "report.html").read_text().startswith("<!doctype html>")
    is_as_if_undisturbed(folder)


def test_where_no_job_waits_there_is_nothing_to_do(mine: Runner) -> None:
    assert not mine.work_off()


@pytest.mark.parametrize("ask", ["pause", "cancel"])
def test_a_run_is_stopped_on_request_and_goes_on_to_the_same_results(
    folder: ServiceFolder, queue: JobQueue, mine: Runner, monkeypatch: pytest.MonkeyPatch, ask: str
) -> None:
    def act(beating: Heartbeat) -> None:
        getattr(queue, ask)(NAME)
        beating.renew(time.time())

    submit(queue)
    on_wave(monkeypatch, 4, act)
    assert mine.work_off()
    assert ended(queue) == (JobState.PAUSED if ask == "pause" else JobState.CANCELLED, "")
    assert state(folder.runs / NAME) == "interrupted"
    assert len(open_store(folder.runs / NAME).trials) == 8
    assert not mine.work_off()
    queue.resume(NAME)
    assert mine.work_off()
    assert ended(queue) == (JobState.FINISHED, "")
    is_as_if_undisturbed(folder)


def test_a_wish_that_a_dead_runner_was_told_is_granted_before_anything_is_evaluated(
    folder: ServiceFolder, queue: JobQueue, mine: Runner
) -> None:
    submit(queue)
    queue.claim("dead", 0.0)
    queue.pause(NAME)
    queue.release("dead")
    assert mine.work_off()
    assert ended(queue) == (JobState.PAUSED, "")
    assert len(open_store(folder.runs / NAME).trials) == 0


def test_a_signal_puts_the_job_back_and_ends_the_runner(
    folder: ServiceFolder, queue: JobQueue, mine: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit(queue)
    on_wave(monkeypatch, 3, lambda _beating: signal.raise_signal(signal.SIGTERM))
    mine.work(lambda: True)
    assert mine.ending.is_set()
    assert ended(queue) == (JobState.QUEUED, "")
    assert (state(folder.runs / NAME), job_of(queue).attempts) == ("interrupted", 0)
    assert Runner(folder, queue, "next", HERE).work_off()
    is_as_if_undisturbed(folder)


def test_a_runner_that_is_to_end_takes_no_further_job(queue: JobQueue, mine: Runner) -> None:
    submit(queue)
    mine.end()
    mine.work(lambda: True)
    assert job_of(queue).state is JobState.QUEUED


def test_a_runner_that_is_no_longer_wanted_finishes_the_job_at_hand(
    queue: JobQueue, mine: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit(queue)
    queue.submit("next", suite().to_toml(), 0.0)
    wanted = [True]
    on_wave(monkeypatch, 2, lambda _beating: wanted.clear())
    mine.work(lambda: bool(wanted))
    assert {job.run: job.state for job in queue.all()} == {NAME: JobState.FINISHED, "next": JobState.QUEUED}


def test_a_job_that_another_runner_has_taken_is_left_at_once_and_nothing_is_written(
    folder: ServiceFolder, queue: JobQueue, mine: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(_beating: Heartbeat) -> None:
        queue.release("me")
        while queue.claim("other", 1.0) is None:  # a beat may come between the two
            queue.release("me")
        threading.Event().wait(30)  # until the signal comes

    submit(queue)
    monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 0.01)
    on_wave(monkeypatch, 3, lose)
    before = signal.getsignal(signal.SIGUSR1)
    with pytest.raises(Dispossessed):
        mine.work_off()
    assert (job_of(queue).owner, job_of(queue).state) == ("other", JobState.RUNNING)
    assert state(folder.runs / NAME) == "running"
    assert not (folder.runs / NAME / "trials.parquet").exists()
    assert len(RunFolder(folder.runs / NAME).read_waves()) == 3
    assert signal.getsignal(signal.SIGUSR1) is before


def test_a_job_that_stored_new_trials_counts_its_attempts_anew(
    queue: JobQueue, mine: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit(queue)
    for _ in range(MOST_ATTEMPTS - 1):
        queue.claim("dead", 1.0)
        queue.release("dead")
    found: list[int] = []

    def look(beating: Heartbeat) -> None:
        found.append(job_of(queue).attempts)
        beating.renew(time.time())
        found.append(job_of(queue).attempts)

    on_wave(monkeypatch, 1, look)
    assert mine.work_off()
    assert found == [MOST_ATTEMPTS, 1]


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        ("", "; what it ran has taken its process down each time"),
        ("Ray could not be started", ": Ray could not be started"),
    ],
)
def test_a_job_that_takes_its_runner_down_again_and_again_has_failed(
    queue: JobQueue, mine: Runner, failure: str, told: str
) -> None:
    submit(queue)
    for _ in range(MOST_ATTEMPTS):
        queue.claim("dead", 1.0)
        if failure:
            queue.put_back(NAME, "dead", failure)
        queue.release("dead")
    assert mine.work_off()
    assert ended(queue) == (JobState.FAILED, f"given up after 5 attempts without a single new trial{told}")


def test_a_suite_that_cannot_be_run_has_failed_with_one_line(queue: JobQueue, mine: Runner) -> None:
    submit(queue, suite(strategies=["randon"]))
    assert mine.work_off()
    what, message = ended(queue)
    assert what is JobState.FAILED
    assert message.startswith("no strategy called 'randon'; did you mean 'random'?")
    assert "\n" not in message


def test_a_run_of_which_every_study_is_skipped_has_failed_with_the_reason(
    queue: JobQueue, mine: Runner, tmp_path: Path
) -> None:
    (tmp_path / "mine.py").write_text(STRATEGY)
    submit(queue, suite(strategies=[f"{tmp_path}/mine.py:Picky"]))
    assert mine.work_off()
    told = "all 2 studies are skipped: Picky on branin: Picky does not support continuous problems"
    assert ended(queue) == (JobState.FAILED, told)


def test_an_error_that_nobody_foresaw_fails_the_job_and_spares_the_others(
    queue: JobQueue, mine: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit(queue)
    queue.submit("next", suite().to_toml(), 0.0)
    on_wave(monkeypatch, 2, lambda _beating: stumble())
    assert mine.work_off()
    assert mine.work_off()
    assert ended(queue) == (JobState.FAILED, "RuntimeError: the watcher fell")
    assert queue.all()[0].state is JobState.FINISHED


def test_where_ray_is_gone_the_job_waits_and_another_process_is_to_go_on(
    queue: JobQueue, mine: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise ClusterUnavailable("Ray itself has died")

    submit(queue)
    monkeypatch.setattr(runner, "run_suite", fail)
    with pytest.raises(ClusterUnavailable):
        mine.work(lambda: True)
    assert ended(queue) == (JobState.QUEUED, "Ray itself has died")
    assert job_of(queue).attempts == 1


class Undelivered:
    """Brings nothing anywhere."""

    def carrying(self, *_told: object) -> AbstractContextManager[Watcher]:
        raise NotDelivered("the disk is full")


def test_after_a_job_that_cannot_be_made_here_others_have_ever_more_time_to_take_it(
    folder: ServiceFolder, queue: JobQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit(queue)
    unable = Runner(folder, queue, "me", HERE, Undelivered())
    pauses: list[float] = []
    monkeypatch.setattr(unable.ending, "wait", pauses.append)
    unable.work(lambda: job_of(queue).state is JobState.QUEUED)

    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0]
    assert ended(queue)[1] == "given up after 5 attempts without a single new trial: the disk is full"


def test_a_run_that_is_finished_already_is_finished(
    folder: ServiceFolder, queue: JobQueue, mine: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit(queue)
    run_suite(suite(), out=folder.runs / NAME, where=HERE)
    monkeypatch.setattr(ShardRunner, "advance_for", lambda *_arguments: stumble())
    assert mine.work_off()
    assert ended(queue) == (JobState.FINISHED, "")
    assert (folder.runs / NAME / "report.html").is_file()


def test_a_folder_whose_making_was_broken_off_is_made_anew(
    folder: ServiceFolder, queue: JobQueue, mine: Runner
) -> None:
    submit(queue)
    (folder.runs / NAME).mkdir()
    (folder.runs / NAME / "suite.toml").write_text("name =")
    assert mine.work_off()
    assert ended(queue) == (JobState.FINISHED, "")


@pytest.mark.parametrize("others", [{"seeds": 5}, None])
def test_a_folder_of_somebody_elses_is_left_alone(
    folder: ServiceFolder, queue: JobQueue, mine: Runner, others: dict[str, Any] | None
) -> None:
    path = folder.runs / NAME
    if others is None:
        path.mkdir()
        (path / "letter").write_text("dear")
    else:
        run_suite(suite(**others), out=path, where=HERE)
    before = {file: file.read_bytes() for file in path.iterdir()}
    submit(queue)
    assert mine.work_off()
    what, message = ended(queue)
    assert what is JobState.FAILED
    assert message.startswith(f"{path} is ")
    assert {file: file.read_bytes() for file in path.iterdir()} == before


def test_a_run_that_somebody_else_writes_is_left_to_them(
    folder: ServiceFolder, queue: JobQueue, mine: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit(queue)
    run_suite(suite(), out=folder.runs / NAME, where=HERE, stop=_set())
    monkeypatch.setattr(runner, "_LOCK_SECONDS", 0.0)
    with RunFolder(folder.runs / NAME).locked():
        assert mine.work_off()
    assert ended(queue) == (JobState.FAILED, f"{folder.runs / NAME} is being written by another process")


def test_a_run_whose_lock_is_only_looked_at_is_waited_for(
    folder: ServiceFolder, queue: JobQueue, mine: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit(queue)
    run_suite(suite(), out=folder.runs / NAME, where=HERE, stop=_set())
    monkeypatch.setattr(runner, "_POLL_SECONDS", 0.0)
    calls = []

    def look(*arguments: Any, **options: Any) -> object:
        calls.append(arguments)
        if len(calls) > 1:
            return resume_run(*arguments, **options)
        with RunFolder(folder.runs / NAME).locked():
            return resume_run(*arguments, **options)

    monkeypatch.setattr(runner, "resume_run", look)
    assert mine.work_off()
    assert (len(calls), ended(queue)) == (2, (JobState.FINISHED, ""))


def _set() -> threading.Event:
    event = threading.Event()
    event.set()
    return event
