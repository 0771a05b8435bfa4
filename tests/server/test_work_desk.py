"""Jobs of runners on other machines: whose they are, who is kept out meanwhile, and until when."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from desk_under_test import (
    JOURNAL,
    ME,
    OTHER,
    RUN,
    SUITE,
    VERSION,
    append,
    begun,
    clock,
    desk,
    files,
    folder,
    info,
    job_of,
    made,
    put,
    queue,
)
from guarded_app import Ticks
from runs_under_test import HERE
from service_under_test import small_catalogue

from tuner import resume_run
from tuner.errors import RunLocked
from tuner.run_folder import RunFolder
from tuner.run_lock import is_locked
from tuner.server import held_runs, work_desk
from tuner.server.jobs import DISTANT, LEASE_SECONDS, JobQueue, JobState, LeaseLost
from tuner.server.run_files import RefusedFile, RunFile
from tuner.server.run_files import list_files as real_list_files
from tuner.server.service_folder import ServiceFolder
from tuner.server.work_desk import OtherVersion, RunTooLarge, WorkDesk

__all__ = ["begun", "clock", "desk", "folder", "made", "queue"]


def test_a_runner_of_another_version_gets_no_job(desk: WorkDesk, queue: JobQueue) -> None:
    with pytest.raises(OtherVersion, match=r"^the service is tuner-bench .*, and this runner '0\.0': install the same"):
        desk.claim(ME, "0.0")
    assert job_of(queue).state is JobState.QUEUED


def test_a_job_that_is_claimed_is_nobody_elses(desk: WorkDesk, queue: JobQueue) -> None:
    job = desk.claim(ME, VERSION)

    assert job is not None
    assert (job.run, job.suite) == (RUN, SUITE.to_toml())
    assert desk.claim(OTHER, VERSION) is None
    assert job_of(queue).owner == f"{DISTANT}{ME}"


def test_no_name_that_a_runner_gives_itself_is_that_of_one_on_the_services_machine(
    desk: WorkDesk, queue: JobQueue
) -> None:
    queue.claim(ME, 0.0)

    with pytest.raises(LeaseLost):
        desk.renew(RUN, ME, 0)


def test_a_runner_that_starts_on_the_services_machine_leaves_the_others_their_jobs(
    desk: WorkDesk, queue: JobQueue, clock: Ticks
) -> None:
    desk.claim(ME, VERSION)
    queue.release()

    assert queue.claim("here", clock()) is None
    desk.release(ME)
    assert queue.claim("here", clock()) is not None


def test_a_runner_that_lost_its_lease_writes_nothing_and_reads_nothing(
    begun: WorkDesk, folder: ServiceFolder, clock: Ticks
) -> None:
    append(begun, b"abc")
    clock.now += LEASE_SECONDS + 1
    assert begun.claim(OTHER, VERSION) is not None
    before = files(folder)
    attempts: list[Callable[[], object]] = [
        lambda: append(begun, b"def", 3),
        lambda: put(begun, "trials.parquet", b"x"),
        lambda: begun.renew(RUN, ME, 5),
        lambda: begun.end(RUN, ME, JobState.FAILED, "no"),
        lambda: begun.put_back(RUN, ME, ""),
        lambda: begun.files(RUN, ME),
        lambda: begun.read(RUN, ME, JOURNAL, 0, 3),
        lambda: begun.clear_journal(RUN, ME),
    ]
    for attempt in attempts:
        with pytest.raises(LeaseLost, match=f"^mine is no longer held by {DISTANT}{ME}$"):
            attempt()
    assert files(folder) == before
    append(begun, b"def", 3, owner=OTHER)
    assert files(folder)[JOURNAL] == b"abcdef"


def test_a_runner_whose_lease_ran_out_goes_on_where_nobody_has_taken_the_job(
    begun: WorkDesk, folder: ServiceFolder, clock: Ticks
) -> None:
    clock.now += LEASE_SECONDS + 1
    append(begun, b"abc")
    begun.renew(RUN, ME, 0)

    assert begun.claim(OTHER, VERSION) is None
    assert files(folder)[JOURNAL] == b"abc"


def test_while_a_distant_lease_lives_nobody_resumes_the_run_on_the_services_machine(
    begun: WorkDesk, folder: ServiceFolder
) -> None:
    begun.renew(RUN, ME, 0)

    with pytest.raises(RunLocked, match="is being written by another process"):
        resume_run(folder.runs / RUN, where=HERE)


def test_a_run_is_let_go_once_its_job_is_put_back(begun: WorkDesk, folder: ServiceFolder) -> None:
    begun.renew(RUN, ME, 0)
    assert is_locked(folder.runs / RUN)
    begun.put_back(RUN, ME, "")

    assert not is_locked(folder.runs / RUN)


def test_a_run_is_let_go_once_its_lease_has_run_out(
    folder: ServiceFolder, queue: JobQueue, made: Path, clock: Ticks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_runs, "_LOOK_SECONDS", 0.01)
    with closing(WorkDesk(folder, queue, small_catalogue, clock)) as desk:
        desk.claim(ME, VERSION)
        for name in ("suite.toml", "plugins.json"):
            put(desk, name, (made / name).read_bytes())
        put(desk, "run.json", info(made, "running"))
        desk.renew(RUN, ME, 0)
        clock.now += LEASE_SECONDS + 1
        while is_locked(folder.runs / RUN):
            pass
        with RunFolder(folder.runs / RUN).locked():
            assert is_locked(folder.runs / RUN)


def test_a_runner_is_refused_while_somebody_writes_to_its_run_on_the_services_machine(
    begun: WorkDesk, folder: ServiceFolder, queue: JobQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_runs, "_PATIENCE_SECONDS", 0.0)
    begun.close()  # as a service does that is started anew
    with (
        closing(WorkDesk(folder, queue, small_catalogue)) as desk,
        RunFolder(folder.runs / RUN).locked(),
        pytest.raises(RunLocked, match=r"^mine is being written by another process$"),
    ):
        append(desk, b"abc")


def test_a_renewal_need_not_wait_until_all_files_of_the_run_are_read(
    begun: WorkDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def list_files(folder: Path) -> list[RunFile]:
        renewing = threading.Thread(target=begun.renew, args=(RUN, ME, 0), daemon=True)
        renewing.start()
        renewing.join(30)
        assert not renewing.is_alive()
        return real_list_files(folder)

    monkeypatch.setattr(work_desk, "list_files", list_files)
    assert {file.path for file in begun.files(RUN, ME)} == {"suite.toml", "plugins.json", "run.json"}


def test_a_run_that_is_larger_than_any_of_a_runner_elsewhere_may_be_is_told_so(
    begun: WorkDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work_desk, "MOST_RUN_BYTES", 1000)

    with pytest.raises(RunTooLarge, match=r"^mine takes [0-9,]+ bytes, and at most 1,000 are allowed$"):
        begun.files(RUN, ME)


def test_a_job_is_finished_only_once_its_run_is(begun: WorkDesk, queue: JobQueue, made: Path) -> None:
    with pytest.raises(RefusedFile, match=r"^mine is not finished by what is here of it: send all of its files first$"):
        begun.end(RUN, ME, JobState.FINISHED, "")
    put(begun, "run.json", info(made, "finished"))
    begun.end(RUN, ME, JobState.FINISHED, "")

    assert job_of(queue).state is JobState.FINISHED
