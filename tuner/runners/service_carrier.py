"""Carries the files of runs between a service and the folder in which they are made."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ..client.connection import Connection
from ..errors import TunerError, one_line
from ..events import Event, RunStarted, Watcher, WaveStored
from ..server.work_queue import NotDelivered
from .insistence import BrokenOff, Insistence
from .service_files import ServiceFiles
from .shipment import Sent, Shipment

_ALIVE_SECONDS: Final = 2.0
"""How often is looked for what no event has told of, such as tables."""
_JOIN_SECONDS: Final = 5.0
"""How long a run that is over waits for the request on its way; what is later than that is nobody's any more."""
_MOST_PASSES: Final = 10
"""Over the files at the end: the second one finds nothing new, unless something is wrong."""


class ServiceCarrier:
    """One run at a time. Nothing of it stays on this machine."""

    def __init__(self, connection: Connection, runs: Path) -> None:
        self._connection = connection
        self._runs = runs
        self._journey: _Journey | None = None

    def acknowledged(self) -> int:
        """How many trials of the run at hand the service has on its disk."""
        return 0 if self._journey is None else self._journey.acknowledged

    @contextmanager
    def carrying(self, run: str, owner: str, stop: threading.Event, ending: threading.Event) -> Iterator[Watcher]:
        """Fetch what there is of a run, send what is new while it is made, and all of it at the end.

        After `Dispossessed`, or anything else that is no `Exception`, nothing more is sent.
        """
        folder, insistence = self._runs / run, Insistence(ending)
        self._journey = None
        shutil.rmtree(folder, ignore_errors=True)
        try:
            with _blaming_the_machine():
                files = ServiceFiles(self._connection, run, owner, insistence)
                files.fetch(folder)
                self._journey = journey = _Journey(Shipment(folder, files), insistence, stop)
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


@contextmanager
def _blaming_the_machine() -> Iterator[None]:
    """Where this machine's files are in the way, such as on a full disk, another one may make the run."""
    try:
        yield
    except OSError as error:
        raise NotDelivered(one_line(f"its runner's machine: {error}")) from error


class _Journey:
    """A thread that sends what is new whenever something was stored."""

    def __init__(self, shipment: Shipment, insistence: Insistence, stop: threading.Event) -> None:
        shipment.take_stock()
        self.acknowledged = 0
        self._shipment = shipment
        self._insistence = insistence
        self._stop = stop
        self._stored = 0
        self._news = threading.Event()
        self._refusal: TunerError | None = None
        self._thread = threading.Thread(target=self._send_on, name="shipping", daemon=True)

    def watch(self, event: Event) -> None:
        """Take note of what is stored. A run that has just begun is told of before anything is evaluated."""
        if isinstance(event, RunStarted):
            self._stored = self.acknowledged = event.trials_before
            self._shipment.send()
            self._thread.start()
        elif isinstance(event, WaveStored):
            self._stored += event.wave.rows.num_rows
            self._news.set()

    def finish(self) -> None:
        """Send all that is left, however often it takes."""
        self._halt()
        if self._thread.ident is not None:
            self._thread.join()
        if self._refusal is not None:
            raise self._refusal
        self._insistence.over.clear()
        for _ in range(_MOST_PASSES):
            if self._shipment.send() is Sent.NOTHING:
                self.acknowledged = self._stored
                return
        raise NotDelivered("the files of the run change although nobody writes them any more")

    def break_off(self) -> None:
        """Send nothing more; on return nothing is on its way, unless an answer is late."""
        self._halt()
        if self._thread.ident is not None:
            self._thread.join(_JOIN_SECONDS)

    def _halt(self) -> None:
        self._insistence.over.set()
        self._news.set()

    def _send_on(self) -> None:
        while not self._insistence.over.is_set():
            self._news.wait(_ALIVE_SECONDS)
            self._news.clear()
            stored = self._stored
            try:
                if self._shipment.send() is not Sent.PARTLY:
                    self.acknowledged = stored
            except BrokenOff:
                return
            except TunerError as refusal:
                self._refuse(refusal)
                return
            except OSError as error:
                self._refuse(NotDelivered(f"what was stored cannot be read: {error.strerror}"))
                return

    def _refuse(self, refusal: TunerError) -> None:
        self._refusal = refusal
        self._stop.set()
