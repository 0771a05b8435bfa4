"""The heartbeat goes on whatever the queue answers, for as long as its lease may."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterator

import pytest

from tuner.server import heartbeat
from tuner.server.heartbeat import Dispossessed, Heartbeat
from tuner.server.job import Job, JobState, LeaseLost, QueueUnreachable, Wish
from tuner.server.work_queue import WorkQueue

JOB = Job(1, "mine", "mine", JobState.RUNNING, None, "", 0.0, None, 1, "me", 30.0, "")


class Troubled:
    """A queue with which each beat meets another error, and none once they are used up."""

    def __init__(self, *errors: Exception) -> None:
        self.errors: Iterator[Exception | None] = iter([*errors, None])
        self.renewed = threading.Event()
        self.beats = 0

    def renew(self, run: str, owner: str, now: float, trials: int) -> Wish | None:
        del run, owner, now, trials
        self.beats += 1
        error = next(self.errors, None)
        if error is not None:
            raise error
        self.renewed.set()
        return None

    def claim(self, owner: str, now: float) -> Job | None:
        raise NotImplementedError

    def end(self, run: str, owner: str, state: JobState, message: str = "") -> None:
        raise NotImplementedError

    def put_back(self, run: str, owner: str, failure: str = "") -> JobState:
        raise NotImplementedError

    def release(self, owner: str) -> None:
        raise NotImplementedError


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 0.001)


def beating(queue: WorkQueue) -> Heartbeat:
    return Heartbeat(queue, JOB, "me", threading.Event(), threading.Event())


@pytest.mark.parametrize(
    "error",
    [
        QueueUnreachable("away"),
        sqlite3.OperationalError("database is locked"),
        sqlite3.DatabaseError("database disk image is malformed"),
        sqlite3.InterfaceError("bad parameter"),
    ],
)
def test_the_lease_is_renewed_after(error: Exception) -> None:
    queue = Troubled(error, error)
    with beating(queue).beating():
        assert queue.renewed.wait(10)

    assert queue.beats >= 3


def test_a_queue_that_is_in_trouble_is_reported_once_for_as_long_as_that_lasts(
    caplog: pytest.LogCaptureFixture,
) -> None:
    queue = Troubled(*[sqlite3.DatabaseError("file is not a database")] * 5)
    with caplog.at_level(logging.WARNING), beating(queue).beating():
        assert queue.renewed.wait(10)

    assert [record.getMessage() for record in caplog.records] == [
        "the lease of mine is not renewed just now, and it is tried again: file is not a database"
    ]


def test_a_run_is_left_alone_once_its_lease_may_have_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "LEASE_SECONDS", 0.0)
    queue = Troubled(*[sqlite3.DatabaseError("file is not a database")] * 10_000)

    with pytest.raises(Dispossessed), beating(queue).beating():
        assert not threading.Event().wait(10)


def test_a_run_that_another_has_is_left_alone() -> None:
    with pytest.raises(Dispossessed), beating(Troubled(LeaseLost("mine is no longer held by me"))).beating():
        assert not threading.Event().wait(10)
