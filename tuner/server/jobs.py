"""The durable queue: what is to be run, who runs it, and what was asked of that run meanwhile."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from .database import in_transaction, open_database
from .job import Job, JobState, KeyReused, LeaseLost, ListedJob, QueueUnreachable, TooManyJobs, Wish, WrongState
from .job_tables import JOB_TABLES, TABLES, find_job, list_jobs, reaching, submitted_job, suite_name_of, upgrade_jobs

__all__ = [
    "DISTANT",
    "KEY_SECONDS",
    "LEASE_SECONDS",
    "MOST_ATTEMPTS",
    "MOST_WAITING",
    "Job",
    "JobQueue",
    "JobState",
    "KeyReused",
    "LeaseLost",
    "ListedJob",
    "QueueUnreachable",
    "TooManyJobs",
    "Wish",
    "WrongState",
]

LEASE_SECONDS: Final = 30.0
"""How long a runner may be silent before another takes its job."""
MOST_ATTEMPTS: Final = 5
"""How often a job is taken up again without a single trial more, before it has failed."""
MOST_WAITING: Final = 1_000
"""Jobs that may wait at once."""
KEY_SECONDS: Final = 30 * 86_400.0
"""How long an idempotency key is remembered at least."""

DISTANT: Final = "distant/"
"""With this the names of owners begin that work on other machines."""

_GRANTED: Final = {Wish.PAUSE: JobState.PAUSED, Wish.CANCEL: JobState.CANCELLED}


class JobQueue:
    """Jobs in a SQLite file that several processes share. What a method has returned from survives a crash."""

    def __init__(self, database: Path) -> None:
        self._lock, self._readers_lock, self._glances_lock = threading.Lock(), threading.Lock(), threading.Lock()
        self._connection = open_database(database, JOB_TABLES, upgrade_jobs)
        self._readers, self._glances = open_database(database, ""), open_database(database, "")

    def close(self) -> None:
        """Close the file."""
        with self._lock, self._readers_lock, self._glances_lock:
            for connection in (self._connection, self._readers, self._glances):
                connection.close()

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
        the run's name already, `TooManyJobs` where as many wait as may.
        """
        with self._transaction():
            self._forget_keys(now - KEY_SECONDS)
            if key is not None and (found := submitted_job(self._connection, key, request)) is not None:
                return found
            if self._listed(run) is not None:
                raise WrongState(f"there is a run called {run!r} already")
            if key is not None:
                self._connection.execute("INSERT INTO submissions VALUES (?, ?, ?)", (key, request, run))
            return self._queue(run, suite, now, workers)

    def submitted(self, key: str, request: str) -> Job | None:
        """The job that this idempotency key has made; raises `KeyReused` where it came with another request."""
        with self._reading() as readers:
            return submitted_job(readers, key, request)

    def find(self, run: str) -> Job | None:
        """The job of this run; None for a run that was made otherwise."""
        with self._reading() as readers:
            return find_job(readers, run)

    def listed(self, run: str) -> ListedJob | None:
        """The same without the suite's text."""
        with self._reading() as readers:
            return self._listed(run, readers)

    def all(self) -> list[ListedJob]:
        """All jobs, newest first."""
        with self._reading() as readers:
            return list_jobs(readers, "ORDER BY number DESC")

    @property
    def version(self) -> int:
        """Another one after every change that anybody has made to the file; never waits for those who read it."""
        with reaching("read"), self._glances_lock:
            return int(self._glances.execute("PRAGMA data_version").fetchone()[0])

    def count(self, state: JobState) -> int:
        """How many jobs stand so."""
        with self._reading() as readers:
            return self._count(state, readers)

    def pause(self, run: str) -> Job:
        """Ask for a pause: at once where it waits, once what is in flight is stored where it runs."""
        return self._wish(run, Wish.PAUSE, {JobState.QUEUED, JobState.RUNNING})

    def cancel(self, run: str) -> Job:
        """Ask for the end; what is stored stays."""
        return self._wish(run, Wish.CANCEL, {JobState.QUEUED, JobState.RUNNING, JobState.PAUSED})

    def resume(self, run: str) -> Job:
        """Queue a run again that is paused, cancelled or failed; raises `WrongState` for others, or `TooManyJobs`."""
        with self._transaction():
            job = self._known(run)
            if job.state in {JobState.QUEUED, JobState.RUNNING, JobState.FINISHED}:
                raise WrongState(f"{run} is {job.state}, and only what is paused, cancelled or failed can be resumed")
            self._check_room()
            self._change(run, state=JobState.QUEUED, message="", attempts=0)
            return self._known(run)

    def adopt(self, folder: Path, suite: str, now: float) -> Job:
        """Queue the run in this folder, which was made otherwise and is not finished; a job that is over is forgotten.

        Raises `WrongState` where it has a job that is not, or the folder is gone by now; or `TooManyJobs`.
        """
        with self.forgetting(folder.name):
            if not folder.is_dir():
                raise WrongState(f"{folder.name} was deleted or renamed meanwhile")
            return self._queue(folder.name, suite, now)

    def forget(self, run: str) -> None:
        """Remove the job of a run, if there is one, and its key; raises `WrongState` while it waits or runs."""
        with self.forgetting(run):
            pass

    @contextmanager
    def forgetting(self, run: str) -> Iterator[None]:
        """The same, with what has to happen before anybody can queue the run again; where that fails the job stays.

        As in all such blocks, nothing may be asked of this queue meanwhile.
        """
        with self.holding(run) as job:
            if job is not None and not job.state.is_over:
                raise WrongState(f"{run} is {job.state}: cancel it first")
            for table in TABLES:
                self._connection.execute(f"DELETE FROM {table} WHERE run = ?", (run,))  # noqa: S608  the names are ours
            yield

    @contextmanager
    def holding(self, run: str) -> Iterator[ListedJob | None]:
        """Give the job of a run, and let nobody queue it or change it in the meantime."""
        with self._transaction():
            yield self._listed(run)

    def claim(self, owner: str, now: float) -> Job | None:
        """Take the oldest job that waits, or that its runner has been silent about for too long; None for none."""
        with self._transaction():
            due = list_jobs(
                self._connection,
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
            job = self._held(run, owner)
            (before,) = self._connection.execute("SELECT trials FROM jobs WHERE run = ?", (run,)).fetchone()
            progress = {"trials": trials, "attempts": 1} if trials > before else {}
            self._change(run, lease_until=now + LEASE_SECONDS, **progress)
            return job.wish

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
        """Let others have the jobs of a runner that is known to be dead; None where all of this machine are."""
        theirs = "owner NOT GLOB ?" if owner is None else "owner = ?"
        with self._transaction():
            self._connection.execute(
                f"UPDATE jobs SET lease_until = 0 WHERE state = ? AND {theirs}",  # noqa: S608  the conditions are ours
                (JobState.RUNNING, f"{DISTANT}*" if owner is None else owner),
            )

    def check(self, run: str, owner: str) -> None:
        """Raise `LeaseLost` unless this runner holds the job."""
        with self._reading() as readers:
            self._held(run, owner, readers)

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

    def _queue(self, run: str, suite: str, now: float, workers: int | None = None) -> Job:
        self._check_room()
        self._connection.execute(
            "INSERT INTO jobs (run, suite_name, state, created, workers) VALUES (?, ?, ?, ?, ?)",
            (run, suite_name_of(suite), JobState.QUEUED, now, workers),
        )
        self._connection.execute("INSERT INTO job_suites VALUES (?, ?)", (run, suite))
        return self._known(run)

    def _check_room(self) -> None:
        if self._count(JobState.QUEUED) >= MOST_WAITING:
            raise TooManyJobs(f"{MOST_WAITING:,} runs wait already, and no more may: cancel some, or try again later")

    def _count(self, state: JobState, by: sqlite3.Connection | None = None) -> int:
        (count,) = (by or self._connection).execute("SELECT count(*) FROM jobs WHERE state = ?", (state,)).fetchone()
        return int(count)

    def _forget_keys(self, before: float) -> None:
        """A key is as old as the job that it has made."""
        self._connection.execute(
            "DELETE FROM submissions WHERE run IN (SELECT run FROM jobs WHERE created < ?)", (before,)
        )

    def _held(self, run: str, owner: str, by: sqlite3.Connection | None = None) -> ListedJob:
        job = self._listed(run, by)
        if job is None or job.owner != owner or job.state is not JobState.RUNNING:
            raise LeaseLost(f"{run} is no longer held by {owner}")
        return job

    def _known(self, run: str) -> Job:
        job = find_job(self._connection, run)
        if job is None:
            raise WrongState(f"{run} was not submitted here")
        return job

    def _listed(self, run: str, by: sqlite3.Connection | None = None) -> ListedJob | None:
        return next(iter(list_jobs(by or self._connection, "WHERE run = ?", (run,))), None)

    def _change(self, run: str, **changes: object) -> None:
        fields = ", ".join(f"{name} = ?" for name in changes)
        self._connection.execute(f"UPDATE jobs SET {fields} WHERE run = ?", (*changes.values(), run))  # noqa: S608  the names are ours

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with reaching("written"), self._lock, in_transaction(self._connection):
            yield

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """A connection of its own: nobody who only looks waits for what is being written."""
        with reaching("read"), self._readers_lock:
            yield self._readers
