"""Tells the queue that a job's runner is alive, and the runner what is asked of it meanwhile."""

from __future__ import annotations

import logging
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from ..events import Event, RunStarted, StopRequested, WaveStored
from .jobs import LEASE_SECONDS, Job, LeaseLost, QueueUnreachable
from .work_queue import WorkQueue

BEAT_SECONDS: Final = 2.0
_LOG: Final = logging.getLogger(__name__)


class Dispossessed(KeyboardInterrupt):
    """Raised in the main thread, wherever that is, when another runner has taken the job: nothing may be written."""


class Heartbeat:
    """A thread that renews the lease of one job; and the watcher of its run, which counts what is stored."""

    def __init__(self, queue: WorkQueue, job: Job, owner: str, stop: threading.Event, ending: threading.Event) -> None:
        self._queue = queue
        self._job = job
        self._owner = owner
        self._stop = stop
        self._ending = ending
        self._over = threading.Event()
        self._trials = 0

    def watch(self, event: Event) -> None:
        """Take note of what happens in the run."""
        if isinstance(event, RunStarted):
            self._trials = event.trials_before
        elif isinstance(event, WaveStored):
            self._trials += event.wave.rows.num_rows
        elif isinstance(event, StopRequested):  # by a signal, so the whole runner is meant
            self._ending.set()

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Renew every `BEAT_SECONDS`, and once more at the end; raises `Dispossessed`."""
        with _raising_on_signal():
            thread = threading.Thread(target=self._beat, daemon=True)
            thread.start()
            try:
                yield
            finally:
                self._over.set()
                thread.join()

    def _beat(self) -> None:
        last, is_reported = time.monotonic(), False
        while True:
            is_last = self._over.wait(BEAT_SECONDS)
            try:
                self.renew(time.time())
                last, is_reported = time.monotonic(), False
            except LeaseLost as error:
                _give_up(str(error), self._stop)
                return
            except (QueueUnreachable, sqlite3.Error) as error:
                if not is_reported:
                    _LOG.warning(
                        "the lease of %s is not renewed just now, and it is tried again: %s", self._job.run, error
                    )
                    is_reported = True
                if time.monotonic() - last > LEASE_SECONDS:
                    _give_up(str(error), self._stop)
                    return
            if is_last:
                return

    def renew(self, now: float) -> None:
        """Renew once, and let the run stop where that is asked for; raises `LeaseLost`."""
        if self._queue.renew(self._job.run, self._owner, now, self._trials) is not None:
            self._stop.set()


def _give_up(reason: str, stop: threading.Event) -> None:
    _LOG.error("left the run alone: %s", reason)
    stop.set()
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)


@contextmanager
def _raising_on_signal() -> Iterator[None]:
    def leave(_number: int, _frame: object) -> None:
        raise Dispossessed

    before = signal.signal(signal.SIGUSR1, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGUSR1, before)
