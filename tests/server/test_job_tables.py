"""A file of the queue that an earlier version made is opened as it is, and what was in it is there."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from tuner.server import job_tables
from tuner.server.jobs import Job, JobQueue, JobState, Wish, WrongState

FIRST_VERSION = """
CREATE TABLE jobs (
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
CREATE TABLE submissions (key TEXT PRIMARY KEY, request TEXT NOT NULL, run TEXT NOT NULL) STRICT;
INSERT INTO jobs VALUES
    (3, 'done', 'name = "quick"', 'finished', NULL, '', 5.0, NULL, 1, 40, NULL, NULL),
    (4, 'under-way', 'name = "mine"', 'running', 'pause', '', 6.0, 2, 2, 7, 'me', 90.0),
    (7, 'waiting', 'seeds = 1', 'queued', NULL, 'no cluster', 7.0, 3, 1, 0, NULL, NULL),
    (9, 'damaged', 'name = ', 'failed', NULL, 'no suite', 8.0, NULL, 1, 0, NULL, NULL);
INSERT INTO submissions VALUES ('k', 'r', 'waiting');
"""
SUITES = {"done": 'name = "quick"', "under-way": 'name = "mine"', "waiting": "seeds = 1", "damaged": "name = "}


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "service.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(FIRST_VERSION)
    return path


def test_jobs_of_the_first_version_are_all_there(database: Path) -> None:
    with closing(JobQueue(database)) as queue:
        assert {run: job.suite for run in SUITES if (job := queue.find(run))} == SUITES
        assert [(job.number, job.run, job.suite_name) for job in queue.all()] == [
            (9, "damaged", ""),
            (7, "waiting", ""),
            (4, "under-way", "mine"),
            (3, "done", "quick"),
        ]
        assert queue.find("under-way") == Job(
            4, "under-way", "mine", JobState.RUNNING, Wish.PAUSE, "", 6.0, 2, 2, "me", 90.0, 'name = "mine"'
        )


def test_work_goes_on_with_a_file_of_the_first_version(database: Path) -> None:
    with closing(JobQueue(database)) as queue:
        assert queue.renew("under-way", "me", 10.0, trials=9) is Wish.PAUSE
        job = queue.submitted("k", "r")
        assert job is not None
        assert queue.claim("me", 10.0) == queue.find("waiting")
        assert queue.submit("new", 'name = "new"', 11.0).number == 10


def test_a_file_of_the_first_version_is_changed_once(database: Path) -> None:
    with closing(JobQueue(database)) as queue:
        before = queue.all()
    with closing(JobQueue(database)) as queue:
        assert queue.all() == before
        assert queue.find("done") is not None


def test_a_change_that_is_broken_off_leaves_the_file_to_the_next_start(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_toml: str) -> str:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(job_tables, "suite_name_of", fail)
        with pytest.raises(sqlite3.OperationalError):
            JobQueue(database)
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT run, suite FROM jobs ORDER BY number").fetchall() == list(SUITES.items())
    with closing(JobQueue(database)) as queue:
        assert len(queue.all()) == len(SUITES)


def test_several_may_open_a_file_of_the_first_version_at_once(database: Path) -> None:
    def listed(_: int) -> int:
        with closing(JobQueue(database)) as queue:
            return len(queue.all())

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(listed, range(8), timeout=60)) == [len(SUITES)] * 8


def plan_of(queue: JobQueue, database: Path, ask: Callable[[], object]) -> list[str]:
    """How SQLite goes about what is asked: the plan of each statement that reads jobs."""
    asked: list[str] = []
    connections = (queue._connection, queue._readers)
    for connection in connections:
        connection.set_trace_callback(asked.append)
    ask()
    for connection in connections:
        connection.set_trace_callback(None)
    with closing(sqlite3.connect(database)) as other:
        reads = [statement for statement in asked if statement.startswith("SELECT")]
        return [row[3] for statement in reads for row in other.execute(f"EXPLAIN QUERY PLAN {statement}")]


def test_neither_a_list_nor_a_heartbeat_reads_a_suite(database: Path) -> None:
    with closing(JobQueue(database)) as queue:
        parts = [
            plan_of(queue, database, queue.all),
            plan_of(queue, database, lambda: queue.renew("under-way", "me", 10.0, trials=9)),
            plan_of(queue, database, lambda: queue.count(JobState.QUEUED)),
        ]
    plans = [line for part in parts for line in part]
    assert all(parts)
    assert not [plan for plan in plans if "job_suites" in plan]


def test_waiting_jobs_are_counted_without_looking_at_others(database: Path) -> None:
    with closing(JobQueue(database)) as queue:
        (plan,) = plan_of(queue, database, lambda: queue.count(JobState.QUEUED))
    assert "jobs_by_state" in plan


def test_a_forgotten_job_leaves_no_suite_behind(database: Path) -> None:
    with closing(JobQueue(database)) as queue:
        queue.forget("done")
        with pytest.raises(WrongState):
            queue.forget("waiting")
    with closing(sqlite3.connect(database)) as connection:
        left = {run for (run,) in connection.execute("SELECT run FROM job_suites")}
    assert left == SUITES.keys() - {"done"}
