"""The tables of the queue, and how those of earlier versions become them."""

from __future__ import annotations

import sqlite3
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from .database import in_transaction
from .job import Job, JobState, KeyReused, ListedJob, QueueUnreachable, Wish

_SUITES: Final = "CREATE TABLE IF NOT EXISTS job_suites (run TEXT PRIMARY KEY, toml TEXT NOT NULL) STRICT"
JOB_TABLES: Final = f"""
CREATE TABLE IF NOT EXISTS jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    run TEXT NOT NULL UNIQUE,
    suite_name TEXT NOT NULL DEFAULT '',
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
CREATE INDEX IF NOT EXISTS jobs_by_state ON jobs (state, lease_until);
{_SUITES};
CREATE TABLE IF NOT EXISTS submissions (
    key TEXT PRIMARY KEY,
    request TEXT NOT NULL,
    run TEXT NOT NULL
) STRICT;
"""
"""Suites have a table of their own: jobs are listed and their leases renewed without reading or writing long texts."""
TABLES: Final = ("jobs", "job_suites", "submissions")
"""All of them; each has a column `run`."""
_COLUMNS: Final = "number, run, suite_name, state, wish, message, created, workers, attempts, owner, lease_until"


@contextmanager
def reaching(what: str) -> Iterator[None]:
    """Tell of a file that is locked or gone that it cannot be read or written: `QueueUnreachable`."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise QueueUnreachable(f"the queue cannot be {what}: {error}") from error


def upgrade_jobs(connection: sqlite3.Connection) -> None:
    """Move the suites out of a table of jobs that still holds them; all or nothing."""
    if "suite" not in {column[1] for column in connection.execute("PRAGMA table_info(jobs)")}:
        return
    connection.create_function("suite_name_of", 1, suite_name_of)
    with in_transaction(connection):
        connection.execute(_SUITES)
        connection.execute("INSERT INTO job_suites SELECT run, suite FROM jobs")
        connection.execute("ALTER TABLE jobs ADD COLUMN suite_name TEXT NOT NULL DEFAULT ''")
        connection.execute("UPDATE jobs SET suite_name = suite_name_of(suite)")
        connection.execute("ALTER TABLE jobs DROP COLUMN suite")


def list_jobs(connection: sqlite3.Connection, clause: str = "", values: Sequence[object] = ()) -> list[ListedJob]:
    """Jobs that a clause of SQL chooses, in its order."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM jobs {clause}", tuple(values)).fetchall()  # noqa: S608  the clauses are ours
    return [ListedJob(*_fields(row)) for row in rows]


def find_job(connection: sqlite3.Connection, run: str) -> Job | None:
    """The job of this run, whole."""
    query = f"SELECT {_COLUMNS}, toml FROM jobs JOIN job_suites USING (run) WHERE run = ?"  # noqa: S608  the names are ours
    row = connection.execute(query, (run,)).fetchone()
    return None if row is None else Job(*_fields(row))


def submitted_job(connection: sqlite3.Connection, key: str, request: str) -> Job | None:
    """The job that an idempotency key has made; raises `KeyReused` where it came with another request."""
    row = connection.execute("SELECT request, run FROM submissions WHERE key = ?", (key,)).fetchone()
    if row is None:
        return None
    if row[0] != request:
        raise KeyReused(f"idempotency key {key!r} came before, with another request")
    return find_job(connection, row[1])


def suite_name_of(toml: str) -> str:
    """The name that a suite gives itself; empty where the text tells none."""
    try:
        return str(tomllib.loads(toml).get("name", ""))
    except (ValueError, RecursionError):
        return ""


def _fields(row: Sequence[Any]) -> Iterator[Any]:
    number, run, suite_name, state, wish, *rest = row
    return iter((number, run, suite_name, JobState(state), None if wish is None else Wish(wish), *rest))
