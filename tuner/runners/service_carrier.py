"""Carries the files of runs between a service and the folder in which they are made."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

from ..client.connection import Connection
from ..errors import TunerError
from ..events import Event, RunStarted, Watcher, WaveStored
from ..server.jobs import QueueUnreachable
from ..server.work_queue import NotDelivered
from .service_files import ServiceFiles
from .shipment import Shipment

_FIRST_PAUSE_SECONDS: Final = 0.1
_LONGEST_PAUSE_SECONDS: Final = 3.0
_ALIVE_SECONDS: Final = 2.0
"""How often is looked for what no event has told of, such as tables."""
_MOST_PASSES: Final = 10
"""Over the files at the end: the second one finds nothing new, unless something is wrong."""
_Found = TypeVar("_Found")


class ServiceCarrier:
    """One run at a time. Nothing of it stays on this machine."""

    def __init__(self, connection: Connection, runs: Path, owner: str) -> None:
        self._connection = connection
        self._runs = runs
        self._owner = owner
        self._journey: _Journey | None = None

    def acknowledged(self) -> int:
        """How many trials of the run at hand the service has on its disk."""
        return 0 if self._journey is None else self._journey.acknowledged

    @contextmanager
    def carrying(self, run: str, stop: threading.Event) -> Iterator[Watcher]:
        """Fetch what there is of a run, send what is new while it is made, and all of it at the end.

        After `Dispossessed`, or anything else that is no `Exception`, nothing more is sent.
        """
        folder, files = self._runs / run, ServiceFiles(self._connection, run, self._owner)
        self._journey = None
        shutil.rmtree(folder, ignore_errors=True)
        try:
            _insist(lambda: files.fetch(folder))
            self._journey = journey = _Journey(Shipment(folder, files), stop)
            try:
                yield journey.watch
            except Exception:
                journey.finish()
                raise
            journey.finish()
        finally:
            if self._journey is not None:
                self._journey.break_off()
            shutil.rmtree(folder, ignore_errors=True)


class _Journey:
    """A thread that sends what is new whenever something was stored."""

    def __init__(self, shipment: Shipment, stop: threading.Event) -> None:
        shipment.take_stock()
        self.acknowledged = 0
        self._shipment = shipment
        self._stop = stop
        self._stored = 0
        self._news = threading.Event()
        self._over = threading.Event()
        self._refusal: TunerError | None = None
        self._thread = threading.Thread(target=self._send_on, name="shipping", daemon=True)

    def watch(self, event: Event) -> None:
        """Take note of what is stored. A run that has just begun is told of before anything is evaluated."""
        if isinstance(event, RunStarted):
            self._stored = self.acknowledged = event.trials_before
            _insist(self._shipment.send)
            self._thread.start()
        elif isinstance(event, WaveStored):
            self._stored += event.wave.rows.num_rows
            self._news.set()

    def finish(self) -> None:
        """Send all that is left, however often it takes."""
        self.break_off()
        if self._thread.ident is not None:
            self._thread.join()
        if self._refusal is not None:
            raise self._refusal
        for _ in range(_MOST_PASSES):
            if not _insist(self._shipment.send):
                self.acknowledged = self._stored
                return
        raise NotDelivered("the files of the run change although nobody writes them any more")

    def break_off(self) -> None:
        """Send nothing more."""
        self._over.set()
        self._news.set()

    def _send_on(self) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while not self._over.is_set():
            self._news.wait(_ALIVE_SECONDS)
            self._news.clear()
            stored = self._stored
            try:
                self._shipment.send()
            except QueueUnreachable:
                self._over.wait(pause)
                self._news.set()
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
            except TunerError as refusal:
                self._refuse(refusal)
                return
            except OSError as error:
                self._refuse(NotDelivered(f"what was stored cannot be read: {error.strerror}"))
                return
            else:
                self.acknowledged, pause = stored, _FIRST_PAUSE_SECONDS

    def _refuse(self, refusal: TunerError) -> None:
        self._refusal = refusal
        self._stop.set()


def _insist(act: Callable[[], _Found]) -> _Found:
    """Do it, again and again while the service is out of reach: the heartbeat says when that has been for too long."""
    pause = _FIRST_PAUSE_SECONDS
    while True:
        try:
            return act()
        except QueueUnreachable:
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
