"""A run that is made on another machine is the run that would have been made here, whatever happens on the way."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx2
import pandas as pd
import pytest
from distant_under_test import NAME, distant, ended, holder, job_of, submit
from runs_under_test import HERE, decisions, one_wave_at_a_time, suite, undisturbed
from served_under_test import Served, served

from results.records import DECISIONS
from results.store import Store, open_store
from tuner import run_suite
from tuner.errors import ClusterUnavailable
from tuner.events import Event, WaveStored
from tuner.run_folder import RunFolder
from tuner.runners import insistence
from tuner.server import heartbeat, runner
from tuner.server.heartbeat import Dispossessed, Heartbeat
from tuner.server.jobs import MOST_ATTEMPTS, JobQueue, JobState
from tuner.server.runner import Runner
from tuner.server.service_folder import ServiceFolder
from tuner.suite import Suite

__all__ = ["one_wave_at_a_time", "served"]


@pytest.fixture(autouse=True)
def quick_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the report.html of a run quickly: nobody looks at it here."""

    def write_quickly(_store: Store, path: Path) -> Path:
        path.write_text("<!doctype html>")
        return path

    monkeypatch.setattr(runner, "write_page", write_quickly)


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    return tmp_path / "scratch"


def on_wave(monkeypatch: pytest.MonkeyPatch, number: int, act: Callable[[Heartbeat], object]) -> None:
    """Do something, once, when that many waves of a run have been stored where it is made."""
    real = Heartbeat.watch
    seen: list[Event] = []

    def watch(self: Heartbeat, event: Event) -> None:
        real(self, event)
        if isinstance(event, WaveStored):
            seen.append(event)
            if len(seen) == number:
                act(self)

    monkeypatch.setattr(Heartbeat, "watch", watch)


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)


def is_as_if_undisturbed(served: Served, described: Suite | None = None) -> None:
    found = decisions(open_store(served.runs / NAME))
    pd.testing.assert_frame_equal(found, undisturbed(served.runs.parent, described or suite()), check_exact=True)


def shipped(served: Served) -> int:
    """How many trials are in the journal that the service has."""
    folder = RunFolder(served.runs / NAME)
    return sum(wave.rows.num_rows for wave in folder.read_waves()) if folder.path.is_dir() else 0


def test_a_job_becomes_the_run_that_would_have_been_made_here(served: Served, scratch: Path) -> None:
    submit(served)
    with distant(served, scratch) as far:
        assert far.runner.work_off()

    assert ended(served) == (JobState.FINISHED, "")
    is_as_if_undisturbed(served)
    here = run_suite(suite(), out=served.runs / "here", where=HERE).paths[0]
    assert names(served.runs / NAME) == {*names(here), "report.html"}
    assert list(scratch.iterdir()) == []


def names(path: Path) -> set[str]:
    return {str(file.relative_to(path)) for file in path.rglob("*")}


def test_what_a_suite_wants_beside_trials_comes_along(served: Served, scratch: Path) -> None:
    submit(served, described=suite(record=True, tasks=["branin", {"name": "branin", "label": "again"}]))
    with distant(served, scratch) as far:
        assert far.runner.work_off()

    assert ended(served) == (JobState.FINISHED, "")
    assert {"tables/00-branin.toml", "tables/01-again.parquet"} <= names(served.runs / NAME)


def test_page_progress_and_report_are_those_of_a_run_that_is_made_here(
    served: Served, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit(served)
    told: list[tuple[str, int, int]] = []

    def look(_beating: Heartbeat) -> None:
        until(lambda: shipped(served) == 6)
        progress = served.service.progress(NAME)
        told.append((progress.summary.state, progress.summary.trials, progress.summary.studies))

    on_wave(monkeypatch, 3, look)
    with distant(served, scratch) as far:
        far.runner.work_off()

    assert told == [("running", 6, 4)]
    assert served.service.summary(NAME).state == "finished"
    assert served.service.report_html([NAME]).startswith(b"<!doctype html>")
    assert served.client().run(NAME).summary.trials == 20


def test_a_trial_counts_for_the_service_once_the_service_has_it(
    served: Served, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit(served)
    cut = Cut()
    counts: list[tuple[int, int]] = []

    def look(_beating: Heartbeat) -> None:
        until(lambda: far.carrier.acknowledged() == 6)
        cut.is_cut = True

    def look_again(_beating: Heartbeat) -> None:
        counts.append((far.carrier.acknowledged(), shipped(served)))
        cut.is_cut = False

    on_wave(monkeypatch, 3, look)
    on_wave(monkeypatch, 5, look_again)
    with distant(served, scratch, transport=cut) as far:
        far.runner.work_off()

    assert counts == [(6, 6)]
    assert ended(served) == (JobState.FINISHED, "")


class Cut(httpx2.HTTPTransport):
    """A line that can be cut."""

    is_cut = False

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if self.is_cut:
            raise httpx2.ConnectError("the line is cut")
        return super().handle_request(request)


class Shaky(httpx2.HTTPTransport):
    """A line on which two requests of three fail: one is lost, and of one the answer."""

    count = 0

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self.count += 1
        if request.url.path.endswith("claim"):
            return super().handle_request(request)
        if self.count % 3 == 0:
            raise httpx2.ConnectError("lost on the way")
        answer = super().handle_request(request)
        if self.count % 3 == 1:
            answer.read()
            raise httpx2.ReadError("the answer was lost")
        return answer


def test_on_a_line_that_loses_requests_and_answers_nothing_is_lost_or_doubled(
    served: Served, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(insistence, "_LONGEST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(insistence, "_FIRST_PAUSE_SECONDS", 0.01)
    submit(served)
    with distant(served, scratch, transport=Shaky()) as far:
        assert far.runner.work_off()

    assert ended(served) == (JobState.FINISHED, "")
    is_as_if_undisturbed(served)


def test_a_service_that_is_started_anew_is_waited_for(
    served: Served, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit(served)

    def restart(_beating: Heartbeat) -> None:
        until(lambda: shipped(served) == 6)
        served.crash()
        threading.Timer(0.3, served.start).start()

    on_wave(monkeypatch, 3, restart)
    with distant(served, scratch) as far:
        assert far.runner.work_off()

    assert ended(served) == (JobState.FINISHED, "")
    is_as_if_undisturbed(served)


@pytest.mark.parametrize("next_one", ["far", "here"])
def test_after_a_cut_another_runner_goes_on_with_what_the_service_has(
    served: Served, scratch: Path, monkeypatch: pytest.MonkeyPatch, next_one: str
) -> None:
    monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(heartbeat, "LEASE_SECONDS", 0.1)
    submit(served)
    cut = Cut()
    before: list[pd.DataFrame] = []

    def lose(_beating: Heartbeat) -> None:
        until(lambda: shipped(served) == 10)
        before.append(stored(served))
        cut.is_cut = True
        threading.Event().wait(30)  # until the signal comes

    on_wave(monkeypatch, 5, lose)
    with distant(served, scratch, transport=cut) as far, pytest.raises(Dispossessed):
        far.runner.work_off()
    assert list(scratch.iterdir()) == []
    assert (job_of(served).state, shipped(served)) == (JobState.RUNNING, 10)

    served.queue.release(holder(served))
    if next_one == "far":
        with distant(served, scratch, "farther") as farther:
            assert farther.runner.work_off()
    else:
        assert Runner(served.settings.folder, served.queue, "here", HERE).work_off()
    assert ended(served) == (JobState.FINISHED, "")
    is_as_if_undisturbed(served)
    found = open_store(served.runs / NAME).trials
    kept = found.merge(before[0], on=["study", "trial", "started", "worker"])
    assert len(kept) == 10  # those that the service had were not evaluated again


def stored(served: Served) -> pd.DataFrame:
    waves = RunFolder(served.runs / NAME).read_waves()
    found: pd.DataFrame = pd.concat([wave.rows.to_pandas() for wave in waves])
    return found[["study", "trial", "started", "worker"]]


@pytest.mark.parametrize("wish", ["pause", "cancel"])
def test_a_run_is_stopped_on_request_and_goes_on_elsewhere(
    served: Served, scratch: Path, monkeypatch: pytest.MonkeyPatch, wish: str
) -> None:
    def act(beating: Heartbeat) -> None:
        getattr(served.queue, wish)(NAME)
        beating.renew(time.time())

    submit(served)
    on_wave(monkeypatch, 4, act)
    with distant(served, scratch) as far:
        assert far.runner.work_off()
        assert ended(served)[0] is (JobState.PAUSED if wish == "pause" else JobState.CANCELLED)
        assert len(open_store(served.runs / NAME).trials) == shipped(served) == 8
        served.queue.resume(NAME)
        assert far.runner.work_off()

    assert ended(served) == (JobState.FINISHED, "")
    is_as_if_undisturbed(served)


def test_a_run_that_was_begun_here_goes_on_elsewhere(
    served: Served, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit(served)
    on_wave(monkeypatch, 3, lambda _beating: signal.raise_signal(signal.SIGTERM))
    Runner(served.settings.folder, served.queue, "here", HERE).work_off()
    assert (job_of(served).state, shipped(served)) == (JobState.QUEUED, 6)
    with distant(served, scratch) as far:
        assert far.runner.work_off()

    assert ended(served) == (JobState.FINISHED, "")
    is_as_if_undisturbed(served)


def test_a_runner_whose_job_another_one_has_taken_throws_its_run_away(
    served: Served, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(_beating: Heartbeat) -> None:
        until(lambda: shipped(served) == 6)
        owner = holder(served)
        served.queue.release(owner)
        while served.queue.claim("other", 1.0) is None:  # a beat may come between the two
            served.queue.release(owner)
        threading.Event().wait(30)  # until the signal comes

    monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 0.05)
    submit(served)
    on_wave(monkeypatch, 3, lose)
    with distant(served, scratch) as far, pytest.raises(Dispossessed):
        far.runner.work_off()

    assert (job_of(served).owner, shipped(served)) == ("other", 6)
    assert not (served.runs / NAME / "trials.parquet").exists()
    assert list(scratch.iterdir()) == []


def test_a_suite_that_cannot_be_run_has_failed_with_one_line(served: Served, scratch: Path) -> None:
    submit(served, described=suite(strategies=["randon"]))
    with distant(served, scratch) as far:
        assert far.runner.work_off()

    what, message = ended(served)
    assert what is JobState.FAILED
    assert message.startswith("no strategy called 'randon'; did you mean 'random'?")


def test_a_failure_names_no_folder_of_the_runners_machine(
    served: Served, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise ClusterUnavailable(f"{scratch}/{NAME} is on no cluster")

    monkeypatch.setattr(runner, "run_suite", fail)
    submit(served)
    with distant(served, scratch) as far, pytest.raises(ClusterUnavailable):
        far.runner.work(lambda: True)

    assert ended(served) == (JobState.QUEUED, f"{NAME} is on no cluster")
    assert job_of(served).attempts == 1


def test_a_runner_whose_disk_is_full_leaves_the_job_to_others_with_all_that_was_stored(
    served: Served, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(_beating: Heartbeat) -> None:
        raise OSError(28, "No space left on device")

    on_wave(monkeypatch, 3, fill)
    submit(served)
    with distant(served, scratch) as far:
        assert far.runner.work_off()
    assert ended(served) == (JobState.QUEUED, "its runner's machine: [Errno 28] No space left on device")
    assert (job_of(served).attempts, shipped(served)) == (1, 6)

    assert Runner(served.settings.folder, served.queue, "here", HERE).work_off()
    is_as_if_undisturbed(served)


def test_a_run_that_the_service_refuses_is_given_up_with_the_reason(served: Served, scratch: Path) -> None:
    (served.runs / NAME).mkdir()
    (served.runs / NAME / "letter").write_text("dear")
    submit(served)
    with distant(served, scratch) as far:
        for _ in range(MOST_ATTEMPTS + 1):
            assert far.runner.work_off()

    told = "given up after 5 attempts without a single new trial: mine is there already, and is no run"
    assert ended(served) == (JobState.FAILED, told)
    assert names(served.runs / NAME) == {"letter"}


def test_a_run_that_outgrows_what_it_may_take_is_stopped(
    served: Served, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuner.server.work_desk.MOST_RUN_BYTES", 30_000)
    submit(served)
    with distant(served, scratch) as far:
        assert far.runner.work_off()

    what, message = ended(served)
    assert what is JobState.QUEUED
    assert message.startswith("mine takes ")
    assert message.endswith("and at most 30,000 are allowed")


def test_what_the_service_does_not_answer_is_told_once_and_tried_again(
    served: Served, scratch: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut, pauses = Cut(), []
    cut.is_cut = True
    submit(served)
    with distant(served, scratch, transport=cut) as far:
        far.runner.poll_seconds = 0.001

        def wait(seconds: float) -> bool:
            pauses.append(seconds)
            cut.is_cut = len(pauses) < 4
            return False

        monkeypatch.setattr(far.runner.ending, "wait", wait)
        far.runner.work(lambda: job_of(served).state is not JobState.FINISHED)

    assert pauses[:4] == [0.002, 0.004, 0.008, 0.016]
    assert [record.getMessage() for record in caplog.records if "cannot be reached" in record.getMessage()] == [
        f"{served.url} cannot be reached: the line is cut; it is tried again until it can be"
    ]


@pytest.fixture
def six(served: Served) -> list[str]:
    runs = [f"run-{number}" for number in range(6)]
    for number, run in enumerate(runs):
        submit(served, run, suite(seed=number))
    return runs


def test_local_and_distant_runners_share_one_queue(served: Served, scratch: Path, six: list[str]) -> None:
    local = Runner(ServiceFolder(served.runs), JobQueue(served.settings.folder.database), "here", HERE)
    with distant(served, scratch / "a", "a") as first, distant(served, scratch / "b", "b") as second:
        for one in (first.runner, local, second.runner) * 2:
            assert one.work_off()
        assert not first.runner.work_off()

    for number, run in enumerate(six):
        assert ended(served, run) == (JobState.FINISHED, "")
        expected = run_suite(suite(seed=number), out=scratch / run, where=HERE).trials[list(DECISIONS)]
        found = open_store(served.runs / run).trials[list(DECISIONS)]
        pd.testing.assert_frame_equal(found.assign(run=""), expected.assign(run=""), check_exact=True)
