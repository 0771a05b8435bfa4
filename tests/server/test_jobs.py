"""The queue hands each job to one runner at a time, and forgets nothing that it has confirmed."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuner.errors import TunerError
from tuner.server import jobs
from tuner.server.jobs import (
    KEY_SECONDS,
    LEASE_SECONDS,
    Job,
    JobQueue,
    JobState,
    KeyReused,
    LeaseLost,
    ListedJob,
    TooManyJobs,
    Wish,
    WrongState,
)

SUITE = 'name = "a"'
LATER = LEASE_SECONDS + 1


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "service.sqlite"


@pytest.fixture
def queue(database: Path) -> Iterator[JobQueue]:
    with closing(JobQueue(database)) as opened:
        yield opened


def state(queue: JobQueue, run: str) -> JobState:
    job = queue.find(run)
    assert job is not None
    return job.state


def claimed(queue: JobQueue, owner: str = "me", now: float = 0.0) -> Job:
    job = queue.claim(owner, now)
    assert job is not None
    return job


def test_a_job_that_is_submitted_waits(queue: JobQueue) -> None:
    job = queue.submit("a", SUITE, 5.0, workers=3)
    assert job == queue.find("a")
    assert (job.run, job.suite, job.state, job.created, job.workers) == ("a", SUITE, JobState.QUEUED, 5.0, 3)
    assert (job.wish, job.message, job.attempts, job.owner, job.lease_until) == (None, "", 0, None, None)


def test_what_was_submitted_is_there_after_the_file_was_closed(database: Path) -> None:
    with closing(JobQueue(database)) as first:
        first.submit("a", SUITE, 5.0)
    with closing(JobQueue(database)) as second:
        assert state(second, "a") is JobState.QUEUED


def test_only_its_user_can_read_the_file(queue: JobQueue, database: Path) -> None:
    queue.submit("a", SUITE, 0.0)
    assert {file.stat().st_mode & 0o777 for file in database.parent.iterdir()} == {0o600}


def test_a_run_cannot_be_submitted_twice(queue: JobQueue) -> None:
    queue.submit("a", SUITE, 0.0)
    with pytest.raises(WrongState, match=r"^there is a run called 'a' already$"):
        queue.submit("a", SUITE, 0.0)


def test_an_unknown_run_is_none_and_can_be_asked_nothing(queue: JobQueue) -> None:
    assert queue.find("a") is None
    for ask in (queue.pause, queue.cancel, queue.resume):
        with pytest.raises(WrongState, match=r"^a was not submitted here$"):
            ask("a")


def test_all_lists_the_newest_first(queue: JobQueue) -> None:
    for name in "abc":
        queue.submit(name, SUITE, 0.0)
    assert [job.run for job in queue.all()] == ["c", "b", "a"]


def test_the_same_key_gives_the_same_job(queue: JobQueue) -> None:
    first = queue.submit("a", SUITE, 0.0, key="k", request="r")
    assert queue.submit("b", SUITE, 9.0, key="k", request="r") == first
    assert queue.submitted("k", "r") == first
    assert [job.run for job in queue.all()] == ["a"]


def test_a_key_with_another_request_is_refused(queue: JobQueue) -> None:
    queue.submit("a", SUITE, 0.0, key="k", request="r")
    with pytest.raises(KeyReused, match=r"^idempotency key 'k' came before, with another request$"):
        queue.submit("b", SUITE, 0.0, key="k", request="other")
    with pytest.raises(KeyReused):
        queue.submitted("k", "other")


def test_a_key_that_never_came_has_no_job(queue: JobQueue) -> None:
    assert queue.submitted("k", "r") is None


def test_a_key_is_forgotten_with_its_run(queue: JobQueue) -> None:
    queue.submit("a", SUITE, 0.0, key="k", request="r")
    queue.cancel("a")
    queue.forget("a")
    assert queue.submitted("k", "r") is None
    assert queue.submit("b", SUITE, 0.0, key="k", request="r").run == "b"


def test_a_key_is_remembered_for_thirty_days(queue: JobQueue) -> None:
    first = queue.submit("a", SUITE, 0.0, key="k", request="r")
    assert queue.submit("b", SUITE, KEY_SECONDS, key="k", request="r") == first
    assert KEY_SECONDS == 30 * 24 * 3600


def test_a_key_that_is_older_is_forgotten_at_the_next_submission_and_its_job_stays(queue: JobQueue) -> None:
    first = queue.submit("a", SUITE, 0.0, key="k", request="r")
    queue.submit("b", SUITE, KEY_SECONDS + 1)
    assert queue.submitted("k", "r") is None
    assert queue.submit("c", SUITE, KEY_SECONDS + 2, key="k", request="other").run == "c"
    assert queue.find("a") == first


def test_a_refused_submission_leaves_its_key_free(queue: JobQueue) -> None:
    queue.submit("a", SUITE, 0.0)
    with pytest.raises(WrongState):
        queue.submit("a", SUITE, 0.0, key="k", request="r")
    assert queue.submit("b", SUITE, 0.0, key="k", request="r").run == "b"


def test_a_list_has_the_names_of_suites_and_the_job_has_the_text(queue: JobQueue) -> None:
    job = queue.submit("a", SUITE, 0.0)
    (listed,) = queue.all()
    assert listed == queue.listed("a")
    assert (type(listed), listed.suite_name) == (ListedJob, "a")
    assert asdict(job) == {**asdict(listed), "suite": SUITE}
    assert queue.listed("b") is None


def test_no_more_jobs_wait_than_may(queue: JobQueue, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(jobs, "MOST_WAITING", 2)
    for name in ("paused", "second", "third"):
        queue.submit(name, SUITE, 0.0, key=name, request="r")
        if name == "paused":
            queue.pause("paused")
    (tmp_path / "other").mkdir()
    before = queue.all()
    told = r"^2 runs wait already, and no more may: cancel some, or try again later$"
    with pytest.raises(TooManyJobs, match=told):
        queue.submit("fourth", SUITE, 0.0, key="fourth", request="r")
    with pytest.raises(TooManyJobs, match=told):
        queue.resume("paused")
    with pytest.raises(TooManyJobs, match=told):
        queue.adopt(tmp_path / "other", SUITE, 0.0)
    assert queue.all() == before
    assert queue.submitted("fourth", "r") is None


def test_what_came_before_is_given_back_however_many_wait(queue: JobQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "MOST_WAITING", 1)
    first = queue.submit("a", SUITE, 0.0, key="k", request="r")
    assert queue.submit("b", SUITE, 0.0, key="k", request="r") == first


def test_there_is_room_for_a_job_once_another_has_been_taken(queue: JobQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "MOST_WAITING", 1)
    queue.submit("a", SUITE, 0.0)
    claimed(queue)
    assert queue.submit("b", SUITE, 0.0).state is JobState.QUEUED
    assert queue.put_back("a", "me") is JobState.QUEUED


def test_jobs_are_counted_by_their_states(queue: JobQueue) -> None:
    for name in "abc":
        queue.submit(name, SUITE, 0.0)
    claimed(queue)
    assert [queue.count(one) for one in (JobState.QUEUED, JobState.RUNNING, JobState.FAILED)] == [2, 1, 0]


def test_the_oldest_job_that_waits_is_claimed_first(queue: JobQueue) -> None:
    for name in "ab":
        queue.submit(name, SUITE, 0.0)
    assert [claimed(queue).run, claimed(queue).run, queue.claim("me", 0.0)] == ["a", "b", None]


def test_a_claimed_job_is_its_owners_for_the_time_of_the_lease(queue: JobQueue) -> None:
    queue.submit("a", SUITE, 0.0)
    job = claimed(queue, "me", 10.0)
    assert (job.state, job.owner, job.lease_until, job.attempts) == (JobState.RUNNING, "me", 10.0 + LEASE_SECONDS, 1)
    assert queue.claim("you", 10.0 + LEASE_SECONDS) is None
    assert claimed(queue, "you", 10.0 + LATER).owner == "you"


def test_a_lease_that_is_renewed_lasts_longer(queue: JobQueue) -> None:
    queue.submit("a", SUITE, 0.0)
    claimed(queue, "me", 0.0)
    assert queue.renew("a", "me", LEASE_SECONDS, trials=0) is None
    assert queue.claim("you", LATER) is None


def test_an_owner_who_was_late_keeps_a_job_that_nobody_took(queue: JobQueue) -> None:
    queue.submit("a", SUITE, 0.0)
    claimed(queue, "me", 0.0)
    queue.renew("a", "me", 10 * LATER, trials=0)
    assert queue.claim("you", 10 * LATER) is None


def test_an_owner_who_lost_a_job_can_change_nothing_about_it(queue: JobQueue) -> None:
    queue.submit("a", SUITE, 0.0)
    claimed(queue, "me", 0.0)
    before = claimed(queue, "you", LATER)
    with pytest.raises(LeaseLost, match=r"^a is no longer held by me$"):
        queue.renew("a", "me", LATER, trials=5)
    with pytest.raises(LeaseLost):
        queue.end("a", "me", JobState.FINISHED)
    with pytest.raises(LeaseLost):
        queue.put_back("a", "me")
    assert queue.find("a") == before


def test_an_ended_job_is_nobodys(queue: JobQueue) -> None:
    queue.submit("a", SUITE, 0.0)
    claimed(queue)
    queue.end("a", "me", JobState.FAILED, "it broke")
    job = queue.find("a")
    assert job is not None
    assert (job.state, job.message, job.owner, job.lease_until) == (JobState.FAILED, "it broke", None, None)
    assert queue.claim("me", LATER) is None
    with pytest.raises(LeaseLost):
        queue.renew("a", "me", 0.0, trials=0)


def test_attempts_count_up_until_there_are_more_trials(queue: JobQueue) -> None:
    queue.submit("a", SUITE, 0.0)
    found = [claimed(queue, "me", number * LATER).attempts for number in range(3)]
    queue.renew("a", "me", 3 * LATER, trials=7)
    found.append(claimed(queue, "me", 5 * LATER).attempts)
    queue.renew("a", "me", 5 * LATER, trials=7)
    found.append(claimed(queue, "me", 7 * LATER).attempts)
    assert found == [1, 2, 3, 2, 3]


def test_a_job_that_is_put_back_waits_and_was_no_attempt(queue: JobQueue) -> None:
    queue.submit("a", SUITE, 0.0)
    claimed(queue)
    assert queue.put_back("a", "me") is JobState.QUEUED
    assert claimed(queue).attempts == 1


def test_a_job_that_is_put_back_with_a_failure_keeps_it_and_counts_it(queue: JobQueue) -> None:
    queue.submit("a", SUITE, 0.0)
    claimed(queue)
    queue.put_back("a", "me", "no cluster")
    job = claimed(queue)
    assert (job.attempts, job.message) == (2, "no cluster")


@pytest.mark.parametrize(("ask", "rests"), [("pause", JobState.PAUSED), ("cancel", JobState.CANCELLED)])
def test_a_wish_about_a_job_that_waits_is_granted_at_once(queue: JobQueue, ask: str, rests: JobState) -> None:
    queue.submit("a", SUITE, 0.0)
    job = getattr(queue, ask)("a")
    assert (job.state, job.wish) == (rests, None)
    assert queue.claim("me", 0.0) is None


@pytest.mark.parametrize(("ask", "rests"), [("pause", JobState.PAUSED), ("cancel", JobState.CANCELLED)])
def test_a_wish_about_a_job_that_runs_is_told_to_its_runner_and_granted_by_it(
    queue: JobQueue, ask: str, rests: JobState
) -> None:
    queue.submit("a", SUITE, 0.0)
    claimed(queue)
    job = getattr(queue, ask)("a")
    assert (job.state, job.wish) == (JobState.RUNNING, Wish(ask))
    assert queue.renew("a", "me", 0.0, trials=0) is Wish(ask)
    assert queue.put_back("a", "me") is rests
    assert queue.find("a") == replace(job, state=rests, wish=None, owner=None, lease_until=None, attempts=0)


def test_a_wish_survives_the_runner_that_was_to_grant_it(queue: JobQueue) -> None:
    queue.submit("a", SUITE, 0.0)
    claimed(queue)
    queue.pause("a")
    queue.release("me")
    assert claimed(queue, "you", 1.0).wish is Wish.PAUSE


def test_a_pause_can_become_a_cancellation(queue: JobQueue) -> None:
    queue.submit("a", SUITE, 0.0)
    queue.pause("a")
    assert queue.cancel("a").state is JobState.CANCELLED


@pytest.mark.parametrize("end", [JobState.FINISHED, JobState.FAILED, JobState.CANCELLED])
def test_of_a_job_that_is_over_no_wish_can_be_had(queue: JobQueue, end: JobState) -> None:
    queue.submit("a", SUITE, 0.0)
    claimed(queue)
    queue.end("a", "me", end)
    with pytest.raises(WrongState, match=rf"^a is {end.value}: there is nothing to pause$"):
        queue.pause("a")
    with pytest.raises(WrongState, match="there is nothing to cancel"):
        queue.cancel("a")


@pytest.mark.parametrize("end", [JobState.PAUSED, JobState.FAILED, JobState.CANCELLED])
def test_what_rests_can_be_resumed_as_if_it_were_new(queue: JobQueue, end: JobState) -> None:
    queue.submit("a", SUITE, 0.0)
    for number in range(3):
        claimed(queue, "me", number * LATER)
    queue.end("a", "me", end, "why")
    job = queue.resume("a")
    assert (job.state, job.message, job.attempts) == (JobState.QUEUED, "", 0)


def test_what_waits_runs_or_is_finished_cannot_be_resumed(queue: JobQueue) -> None:
    queue.submit("a", SUITE, 0.0)
    with pytest.raises(WrongState, match="a is queued, and only what is paused, cancelled or failed can be resumed"):
        queue.resume("a")
    claimed(queue)
    with pytest.raises(WrongState, match="a is running"):
        queue.resume("a")
    queue.end("a", "me", JobState.FINISHED)
    with pytest.raises(WrongState, match="a is finished"):
        queue.resume("a")


def test_a_run_that_was_made_otherwise_is_adopted_once(queue: JobQueue, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    assert queue.adopt(tmp_path / "a", SUITE, 0.0).state is JobState.QUEUED
    with pytest.raises(WrongState):
        queue.adopt(tmp_path / "a", SUITE, 0.0)


def test_only_what_is_over_can_be_forgotten(queue: JobQueue) -> None:
    queue.forget("unknown")
    queue.submit("a", SUITE, 0.0)
    with pytest.raises(WrongState, match=r"^a is queued: cancel it first$"):
        queue.forget("a")
    claimed(queue)
    with pytest.raises(WrongState, match="a is running"):
        queue.forget("a")
    queue.end("a", "me", JobState.FINISHED)
    queue.forget("a")
    assert queue.find("a") is None


def test_a_dead_runners_jobs_can_be_had_at_once_and_no_others(queue: JobQueue) -> None:
    for name in "ab":
        queue.submit(name, SUITE, 0.0)
    claimed(queue, "dead")
    claimed(queue, "alive")
    queue.release("dead")
    assert [claimed(queue, "me", 1.0).run, queue.claim("me", 1.0)] == ["a", None]


def test_the_jobs_of_all_runners_can_be_released(queue: JobQueue) -> None:
    for name in "ab":
        queue.submit(name, SUITE, 0.0)
        claimed(queue, name)
    queue.release()
    assert [claimed(queue, "me", 1.0).run, claimed(queue, "me", 1.0).run] == ["a", "b"]


def test_an_error_in_the_file_leaves_the_queue_usable(queue: JobQueue, database: Path) -> None:
    with closing(sqlite3.connect(database)) as other:
        other.execute("CREATE TRIGGER full BEFORE INSERT ON jobs BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        with pytest.raises(sqlite3.IntegrityError, match="disk full"):
            queue.submit("a", SUITE, 0.0)
        other.execute("DROP TRIGGER full")
    assert queue.submit("a", SUITE, 0.0).number == 1


def test_threads_that_share_a_queue_never_get_the_same_job(queue: JobQueue) -> None:
    for number in range(40):
        queue.submit(f"run-{number}", SUITE, 0.0)
    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(lambda owner: queue.claim(f"owner-{owner}", 0.0), range(50)))
    runs = [job.run for job in taken if job is not None]
    assert len(runs) == len(set(runs)) == 40


CLAIM_ALL = """
import sys
from pathlib import Path
from tuner.server.jobs import JobQueue

queue = JobQueue(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
while (job := queue.claim(sys.argv[2], 0.0)) is not None:
    print(job.run, flush=True)
"""
WORK = """
import sys
from pathlib import Path
from tuner.server.jobs import JobQueue, JobState

queue = JobQueue(Path(sys.argv[1]))
while True:
    number = len(queue.all())
    print("queued", queue.submit(f"run-{number}", "", 0.0, key=f"key-{number}", request="r").run, flush=True)
    queue.release()
    run = queue.claim("child", 1.0).run
    queue.renew(run, "child", 1.0, trials=1)
    queue.end(run, "child", JobState.FINISHED)
    print("finished", run, flush=True)
"""


@contextmanager
def child(code: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Killed at the end, however that comes."""
    command = [sys.executable, "-c", code, *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_two_processes_that_claim_at_once_never_get_the_same_job(queue: JobQueue, database: Path) -> None:
    for number in range(200):
        queue.submit(f"run-{number}", SUITE, 0.0)
    with child(CLAIM_ALL, str(database), "one") as one, child(CLAIM_ALL, str(database), "two") as two:
        assert [line(process) for process in (one, two)] == ["ready", "ready"]
        for process in (one, two):
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        runs = [process.communicate(timeout=60)[0].split() for process in (one, two)]
    assert sorted(runs[0] + runs[1]) == sorted(f"run-{number}" for number in range(200))


def test_many_may_open_the_file_at_once(database: Path) -> None:
    start = threading.Barrier(8)

    def open_it(number: int) -> str:
        start.wait(20)
        with closing(JobQueue(database)) as queue:
            return queue.submit(f"run-{number}", SUITE, 0.0).run

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(open_it, range(8)))) == 8


def test_what_was_confirmed_is_there_after_a_kill_between_any_two_statements(queue: JobQueue, database: Path) -> None:
    confirmed: dict[str, str] = {}
    for after in (1, 2, 5, 8):
        with child(WORK, str(database)) as process:
            told = [line(process) for _ in range(after)]
            process.kill()
            told += process.communicate(timeout=60)[0].splitlines()
        confirmed.update((run, what) for what, _, run in (one.partition(" ") for one in told))
        stored = {job.run: job for job in queue.all()}
        assert len(confirmed) >= after // 2
        assert confirmed.keys() <= stored.keys()
        assert all(stored[run].state is JobState.FINISHED for run, what in confirmed.items() if what == "finished")
        assert all(queue.submitted(run.replace("run", "key"), "r") == queue.find(run) for run in stored)


ACTS = st.lists(
    st.tuples(
        st.sampled_from(
            ["submit", "claim", "renew", "pause", "cancel", "resume", "put_back", "finish", "release", "wait"]
        ),
        st.sampled_from("ab"),
        st.sampled_from(["me", "you"]),
    ),
    max_size=30,
)


def act(queue: JobQueue, what: str, run: str, owner: str, now: float) -> None:
    if what == "submit":
        queue.submit(run, SUITE, now)
    elif what == "claim":
        queue.claim(owner, now)
    elif what == "renew":
        queue.renew(run, owner, now, 0)
    elif what == "put_back":
        queue.put_back(run, owner)
    elif what == "finish":
        queue.end(run, owner, JobState.FINISHED)
    elif what == "release":
        queue.release(owner)
    elif what != "wait":
        getattr(queue, what)(run)


@settings(max_examples=40, deadline=None)
@given(acts=ACTS)
def test_whatever_happens_a_job_has_an_owner_while_it_runs_and_only_then(acts: list[tuple[str, str, str]]) -> None:
    now = 0.0
    with tempfile.TemporaryDirectory() as folder, closing(JobQueue(Path(folder) / "file")) as queue:
        for what, run, owner in acts:
            now += LATER if what == "wait" else 1.0
            before = {job.run: job for job in queue.all()}
            try:
                act(queue, what, run, owner, now)
            except TunerError:
                assert {job.run: job for job in queue.all()} == before
            for job in queue.all():
                is_held = job.state is JobState.RUNNING
                assert (job.owner is not None) == (job.lease_until is not None) == is_held
                assert job.wish is None or is_held
                was = before.get(job.run)
                assert was is None or was.state is not JobState.FINISHED or job == was


def test_who_only_looks_does_not_wait_for_who_writes(queue: JobQueue, database: Path) -> None:
    queue.submit("a", SUITE, 0.0)
    found: list[object] = []
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        writer = threading.Thread(target=lambda: found.append(queue.pause("a").state))
        writer.start()
        looking = threading.Thread(target=lambda: found.append([job.state for job in queue.all()]))
        looking.start()
        looking.join(5)
        seen = list(found)
        other.execute("ROLLBACK")
        writer.join(20)

    assert seen == [[JobState.QUEUED]]
    assert found[1:] == [JobState.PAUSED]
