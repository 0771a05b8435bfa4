"""The durable queue: what is to be run, who runs it, and what was asked of that run meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from .database import open_database
from .job import Job, JobState, KeyReused, LeaseLost, Wish, WrongState

__all__ = [
    "LEASE_SECONDS",
    "MOST_ATTEMPTS",
    "Job",
    "JobQueue",
    "JobState",
    "KeyReused",
    "LeaseLost",
    "Wish",
    "WrongState",
]

LEASE_SECONDS: Final = 30.0
"""How long a runner may be silent before another takes its job."""
MOST_ATTEMPTS: Final = 5
"""How often a job is taken up again without a single trial more, before it has failed."""

_GRANTED: Final = {Wish.PAUSE: JobState.PAUSED, Wish.CANCEL: JobState.CANCELLED}
_SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    run TEXT NOT NULL UNIQUE,
    suite TEXT NOT NULL,
    state TEXT NOT NULL,
    wish TEXT,
    message TEXT NOT NULL DEFAULT '',
    created REAL NOT NULL,
    workers INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0,
    trials INTEGER NOT NULL DEFAULT 0,
    owner TEXT,
    lease_until REAL
) STRICT;
CREATE TABLE IF NOT EXISTS submissions (
    key TEXT PRIMARY KEY,
    request TEXT NOT NULL,
    run TEXT NOT NULL
) STRICT;
"""
_COLUMNS = "number, run, suite, state, wish, message, created, workers, attempts, owner, lease_until"


class JobQueue:
    """Jobs in a SQLite file that several processes share. What a method has returned from survives a crash."""

    def __init__(self, database: Path) -> None:
        self._lock = threading.Lock()
        self._connection = open_database(database, _SCHEMA)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def submit(
        self,
        run: str,
        suite: str,
        now: float,
        *,
        workers: int | None = None,
        key: str | None = None,
        request: str = "",
    ) -> Job:
        """Queue a run, or give back the job that the same idempotency key has made before.

        Raises `KeyReused` where the key came with another `request` (any digest of it), `WrongState` where a job has
        the run's name already.
        """
        with self._transaction():
            if key is not None and (found := self._submitted(key, request)) is not None:
                return found
            if self._find(run) is not None:
                raise WrongState(f"there is a run called {run!r} already")
            self._connection.execute(
                "INSERT INTO jobs (run, suite, state, created, workers) VALUES (?, ?, ?, ?, ?)",
                (run, suite, JobState.QUEUED, now, workers),
            )
            if key is not None:
                self._connection.execute("INSERT INTO submissions VALUES (?, ?, ?)", (key, request, run))
            return self._known(run)

    def submitted(self, key: str, request: str) -> Job | None:
        """The job that this idempotency key has made; raises `KeyReused` where it came with another request."""
        with self._lock:
            return self._submitted(key, request)

    def find(self, run: str) -> Job | None:
        """The job of this run; None for a run that was made otherwise."""
        with self._lock:
            return self._find(run)

    def all(self) -> list[Job]:
        """All jobs, newest first."""
        with self._lock:
            return self._select("ORDER BY number DESC", ())

    def pause(self, run: str) -> Job:
        """Ask for a pause: at once where it waits, once what is in flight is stored where it runs."""
        return self._wish(run, Wish.PAUSE, {JobState.QUEUED, JobState.RUNNING})

    def cancel(self, run: str) -> Job:
        """Ask for the end; what is stored stays."""
        return self._wish(run, Wish.CANCEL, {JobState.QUEUED, JobState.RUNNING, JobState.PAUSED})

    def resume(self, run: str) -> Job:
        """Queue a run again that is paused, cancelled or failed; raises `WrongState` for others."""
        with self._transaction():
            job = self._known(run)
            if job.state in {JobState.QUEUED, JobState.RUNNING, JobState.FINISHED}:
                raise WrongState(f"{run} is {job.state}, and only what is paused, cancelled or failed can be resumed")
            self._change(run, state=JobState.QUEUED, message="", attempts=0)
            return self._known(run)

    def adopt(self, run: str, suite: str, now: float) -> Job:
        """Queue a run that was made otherwise and is not finished; raises `WrongState` where it has a job."""
        return self.submit(run, suite, now)

    def forget(self, run: str) -> None:
        """Remove the job of a run, if there is one, and its key; raises `WrongState` while it waits or runs."""
        with self._transaction():
            job = self._find(run)
            if job is None:
                return
            if not job.state.is_over:
                raise WrongState(f"{run} is {job.state}: cancel it first")
            self._connection.execute("DELETE FROM jobs WHERE run = ?", (run,))
            self._connection.execute("DELETE FROM submissions WHERE run = ?", (run,))

    def claim(self, owner: str, now: float) -> Job | None:
        """Take the oldest job that waits, or that its runner has been silent about for too long; None for none."""
        with self._transaction():
            due = self._select(
                "WHERE state = ? OR (state = ? AND lease_until < ?) ORDER BY number LIMIT 1",
                (JobState.QUEUED, JobState.RUNNING, now),
            )
            if not due:
                return None
            self._change(
                due[0].run,
                state=JobState.RUNNING,
                owner=owner,
                lease_until=now + LEASE_SECONDS,
                attempts=due[0].attempts + 1,
            )
            return self._known(due[0].run)

    def renew(self, run: str, owner: str, now: float, trials: int) -> Wish | None:
        """Say that the runner is alive and how many trials are stored; what is asked of it, if anything.

        Raises `LeaseLost` where the job is another runner's by now.
        """
        with self._transaction():
            self._held(run, owner)
            (before,) = self._connection.execute("SELECT trials FROM jobs WHERE run = ?", (run,)).fetchone()
            progress = {"trials": trials, "attempts": 1} if trials > before else {}
            self._change(run, lease_until=now + LEASE_SECONDS, **progress)
            return self._known(run).wish

    def end(self, run: str, owner: str, state: JobState, message: str = "") -> None:
        """Say how a job ended. Raises `LeaseLost` likewise."""
        with self._transaction():
            self._held(run, owner)
            self._change(run, state=state, wish=None, message=message, owner=None, lease_until=None)

    def put_back(self, run: str, owner: str, failure: str = "") -> JobState:
        """Let go of a job that is not over: it waits again, or rests where that was asked for; which, is returned.

        With a failure of the machine's it counts as an attempt, else not. Raises `LeaseLost` likewise.
        """
        with self._transaction():
            job = self._held(run, owner)
            state = JobState.QUEUED if job.wish is None else _GRANTED[job.wish]
            attempts = job.attempts if failure else max(0, job.attempts - 1)
            changes = {"state": state, "wish": None, "message": failure, "attempts": attempts}
            self._change(run, owner=None, lease_until=None, **changes)
            return state

    def release(self, owner: str | None = None) -> None:
        """Let others have the jobs of a runner that is known to be dead; None where all that held any are."""
        with self._transaction():
            self._connection.execute(
                "UPDATE jobs SET lease_until = 0 WHERE state = ? AND owner = coalesce(?, owner)",
                (JobState.RUNNING, owner),
            )

    def _wish(self, run: str, wish: Wish, allowed: set[JobState]) -> Job:
        with self._transaction():
            job = self._known(run)
            if job.state not in allowed:
                raise WrongState(f"{run} is {job.state}: there is nothing to {wish}")
            if job.state is JobState.RUNNING:
                self._change(run, wish=wish)
            else:
                self._change(run, state=_GRANTED[wish], wish=None)
            return self._known(run)

    def _submitted(self, key: str, request: str) -> Job | None:
        row = self._connection.execute("SELECT request, run FROM submissions WHERE key = ?", (key,)).fetchone()
        if row is None:
            return None
        if row[0] != request:
            raise KeyReused(f"idempotency key {key!r} came before, with another request")
        return self._find(row[1])

    def _held(self, run: str, owner: str) -> Job:
        job = self._find(run)
        if job is None or job.owner != owner or job.state is not JobState.RUNNING:
            raise LeaseLost(f"{run} is no longer held by {owner}")
        return job

    def _known(self, run: str) -> Job:
        job = self._find(run)
        if job is None:
            raise WrongState(f"{run} was not submitted here")
        return job

    def _find(self, run: str) -> Job | None:
        found = self._select("WHERE run = ?", (run,))
        return found[0] if found else None

    def _select(self, clause: str, values: Sequence[object]) -> list[Job]:
        rows = self._connection.execute(f"SELECT {_COLUMNS} FROM jobs {clause}", tuple(values)).fetchall()  # noqa: S608  the clauses are ours
        return [_job(row) for row in rows]

    def _change(self, run: str, **changes: object) -> None:
        fields = ", ".join(f"{name} = ?" for name in changes)
        self._connection.execute(f"UPDATE jobs SET {fields} WHERE run = ?", (*changes.values(), run))  # noqa: S608  the names are ours

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise


def _job(row: Sequence[Any]) -> Job:
    number, run, suite, state, wish, *rest = row
    return Job(number, run, suite, JobState(state), None if wish is None else Wish(wish), *rest)
