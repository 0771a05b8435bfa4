"""The locks of runs that are made on other machines: held here for as long as their runners' leases last."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from ..errors import RunLocked
from .jobs import DISTANT, JobQueue, JobState
from .service_folder import ServiceFolder

_LOOK_SECONDS: Final = 1.0
"""Less than what a runner on this machine waits for a lock."""
_PATIENCE_SECONDS: Final = 5.0
"""Whoever only looks at a lock holds it for an instant."""


@dataclass(slots=True)
class _Held:
    turn: threading.Lock = field(default_factory=threading.Lock)
    handle: int | None = None
    """Of the locked file."""


class HeldRuns:
    """For each run one request at a time, with the run locked against everybody else on this machine."""

    def __init__(self, folder: ServiceFolder, queue: JobQueue, clock: Callable[[], float]) -> None:
        self._folder = folder
        self._queue = queue
        self._clock = clock
        self._guard = threading.Lock()
        self._runs: dict[str, _Held] = {}
        self._closed = threading.Event()
        self._watching: threading.Thread | None = None

    @contextmanager
    def holding(self, run: str, owner: str) -> Iterator[None]:
        """Keep everybody else out until the block ends, and on; raises `LeaseLost`, or `RunLocked`.

        That the lease is this owner's is looked up last, so that what the block writes comes before whatever the next
        owner reads.
        """
        self._queue.check(run, owner)
        with self._of(run).turn:
            self._lock(run)
            self._queue.check(run, owner)
            yield

    def let_go(self, run: str) -> None:
        """Let others have the run."""
        held = self._of(run)
        with held.turn:
            self._unlock(held)

    def close(self) -> None:
        """Let go of all runs."""
        self._closed.set()
        for run in list(self._runs):
            self.let_go(run)

    def _of(self, run: str) -> _Held:
        with self._guard:
            return self._runs.setdefault(run, _Held())

    def _lock(self, run: str) -> None:
        held, folder = self._of(run), self._folder.runs / run
        if held.handle is not None or not (folder / "run.json").is_file():
            return
        handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    os.close(handle)
                    raise RunLocked(f"{run} is being written by another process") from None
                time.sleep(0.02)
            else:
                held.handle = handle
                self._watch()
                return

    def _unlock(self, held: _Held) -> None:
        if held.handle is not None:
            os.close(held.handle)
            held.handle = None

    def _watch(self) -> None:
        with self._guard:
            if self._watching is None:
                self._watching = threading.Thread(target=self._let_go_of_lost, name="held runs", daemon=True)
                self._watching.start()

    def _let_go_of_lost(self) -> None:
        while not self._closed.wait(_LOOK_SECONDS):
            for run in [run for run, held in list(self._runs.items()) if held.handle is not None]:
                with suppress(sqlite3.Error):  # the next look will tell
                    if not self._is_live(run):
                        self.let_go(run)

    def _is_live(self, run: str) -> bool:
        job = self._queue.listed(run)
        if job is None or job.state is not JobState.RUNNING or job.owner is None or job.lease_until is None:
            return False
        return job.owner.startswith(DISTANT) and job.lease_until >= self._clock()
