"""What a runner on another machine does about files while the way to the service is bad, or its own disk is."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from answers_under_test import JOURNAL, ME, RUN, Answer, Refusing, Service, connected, short_pauses

from tuner.events import Event, RunStarted, Watcher, WaveStored
from tuner.runners import insistence, service_carrier
from tuner.runners.service_carrier import ServiceCarrier
from tuner.runners.service_files import ServiceFiles
from tuner.runners.shipment import Sent, Shipment
from tuner.server.heartbeat import Dispossessed
from tuner.server.run_files import LARGEST_PIECE
from tuner.server.work_queue import NotDelivered

__all__ = ["short_pauses"]
pytestmark = pytest.mark.usefixtures("short_pauses")


class Gated(Service):
    """Does not answer a piece of a journal before its gate is open."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.gate = threading.Event(), threading.Event()

    def take(self, name: str) -> None:
        super().take(name)
        if name == JOURNAL:
            self.asked.set()
            self.gate.wait(30)


def begin(runs: Path) -> None:
    """A run that has just begun, with a journal of three pieces."""
    (runs / RUN / "journal").mkdir(parents=True)
    for name in ("suite.toml", "plugins.json"):
        (runs / RUN / name).write_text("x")
    (runs / RUN / "run.json").write_text(json.dumps({"state": "running"}))


def started() -> Event:
    event = object.__new__(RunStarted)
    object.__setattr__(event, "trials_before", 0)
    return event


class OneRow:
    """A wave of one trial, as far as it is looked at."""

    rows = property(lambda self: self)
    num_rows = 1


def stored() -> Event:
    event = object.__new__(WaveStored)
    object.__setattr__(event, "wave", OneRow())
    return event


def shipping() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "shipping"]


def carry(service: Answer, runs: Path, act: Callable[[Watcher], object], ending: threading.Event | None = None) -> None:
    """Carry a run that comes to what is done here."""
    with (
        connected(service) as connection,
        ServiceCarrier(connection, runs).carrying(RUN, ME, threading.Event(), ending or threading.Event()) as watch,
    ):
        act(watch)


def lose_while_a_piece_is_sent(service: Gated, runs: Path) -> None:
    """A run whose lease is lost while the first of three pieces is on its way."""

    def act(watch: Watcher) -> None:
        begin(runs)
        watch(started())
        (runs / RUN / JOURNAL).write_bytes(b"j" * 3 * LARGEST_PIECE)
        watch(stored())
        assert service.asked.wait(30)
        raise Dispossessed

    with pytest.raises(Dispossessed):
        carry(service, runs, act)


def test_of_a_run_that_is_lost_no_further_piece_is_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_carrier, "_JOIN_SECONDS", 0.0)
    service = Gated()
    lose_while_a_piece_is_sent(service, tmp_path)
    (late,) = shipping()
    service.gate.set()
    late.join(30)

    assert not late.is_alive()
    assert service.sent.count(JOURNAL) == 1


def test_a_run_that_is_lost_waits_for_the_piece_on_its_way(tmp_path: Path) -> None:
    service = Gated()
    threading.Timer(0.1, service.gate.set).start()
    lose_while_a_piece_is_sent(service, tmp_path)

    assert shipping() == []


def test_trials_are_acknowledged_only_after_all_of_the_files_were_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts: list[int] = []
    answers, passed = iter([Sent.ALL, Sent.PARTLY, Sent.ALL]), threading.Semaphore(0)

    def send(_shipment: Shipment) -> Sent:
        counts.append(carrier.acknowledged())
        passed.release()
        return next(answers, Sent.NOTHING)

    monkeypatch.setattr(service_carrier, "_ALIVE_SECONDS", 30.0)
    monkeypatch.setattr(Shipment, "send", send)
    with connected(Service()) as connection:
        carrier, nothing = ServiceCarrier(connection, tmp_path), threading.Event()
        with carrier.carrying(RUN, ME, nothing, nothing) as watch:
            for event in (started(), stored(), stored(), stored()):
                watch(event)
                assert passed.acquire(timeout=30)

    assert counts[:4] == [0, 0, 0, 2]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), PermissionError(13, "Permission denied")])
def test_what_this_machines_files_are_in_the_way_of_may_be_made_on_another_one(tmp_path: Path, error: OSError) -> None:
    def act(_watch: Watcher) -> None:
        raise error

    with pytest.raises(NotDelivered, match=f"^its runner's machine: .*{error.strerror}$"):
        carry(Service(), tmp_path, act)


def test_a_disk_that_is_full_while_files_are_fetched_is_the_machines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ServiceFiles, "fetch", fail)
    with pytest.raises(NotDelivered, match=r"No space left on device$"):
        carry(Service(), tmp_path, lambda _watch: None)


@pytest.mark.parametrize("status", [408, 429, 500, 503])
@pytest.mark.parametrize("is_ending", [False, True])
def test_a_service_that_takes_no_file_is_not_asked_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int, *, is_ending: bool
) -> None:
    monkeypatch.setattr(insistence, "_ENDING_SECONDS" if is_ending else "_PATIENCE_SECONDS", 0.02)
    ending, service = threading.Event(), Refusing(status)

    def act(watch: Watcher) -> None:
        begin(tmp_path)
        if is_ending:
            ending.set()
        watch(started())

    with pytest.raises(NotDelivered, match=r"^no$"):
        carry(service, tmp_path, act, ending)
    assert len(service.sent) > 4


def test_a_service_that_takes_no_file_any_more_stops_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(insistence, "_PATIENCE_SECONDS", 0.02)
    stop, service = threading.Event(), Refusing(204)
    with connected(service) as connection:
        carrying = ServiceCarrier(connection, tmp_path).carrying(RUN, ME, stop, threading.Event())
        watch = carrying.__enter__()
        begin(tmp_path)
        watch(started())
        service.status = 500
        (tmp_path / RUN / JOURNAL).write_bytes(b"j")
        watch(stored())

        assert stop.wait(30)
        with pytest.raises(NotDelivered, match=r"^no$"):
            carrying.__exit__(None, None, None)
