"""The locks of runs that are made on other machines: held here for as long as their runners' leases last."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from ..errors import RunLocked
from ..run_lock import take_lock
from .jobs import DISTANT, JobQueue, JobState, QueueUnreachable
from .service_folder import ServiceFolder

_LOOK_SECONDS: Final = 1.0
"""Less than what a runner on this machine waits for a lock."""
_PATIENCE_SECONDS: Final = 5.0
"""Whoever only looks at a lock holds it for an instant."""


class HeldElsewhere(RunLocked):
    """A run that somebody on the service's machine writes to, although a runner elsewhere has its job."""


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
    def holding(self, run: str, owner: str, *, is_last: bool = False) -> Iterator[None]:
        """Keep everybody else out until the block ends, and on; raises `LeaseLost`, or `HeldElsewhere`.

        That the lease is this owner's is looked up last, so that what the block writes comes before whatever the next
        owner reads. After the last block the run is let go, unless it raises.
        """
        self._queue.check(run, owner)
        with self._turn(run) as held:
            self._lock(run, held)
            self._queue.check(run, owner)
            yield
            if is_last:
                self._forget(run, held)

    @contextmanager
    def leaving(self, run: str, owner: str) -> Iterator[None]:
        """The last of its owner's turns where nothing is written in it, so that others may hold the run meanwhile."""
        self._queue.check(run, owner)
        with self._turn(run) as held:
            yield
            self._forget(run, held)

    def close(self) -> None:
        """Let go of all runs."""
        self._closed.set()
        for run in self._known():
            with self._turn(run) as held:
                self._forget(run, held)

    @contextmanager
    def _turn(self, run: str) -> Iterator[_Held]:
        """Wait for the run's turn; what was forgotten while it was waited for is no longer the run's."""
        while True:
            with self._guard:
                held = self._runs.setdefault(run, _Held())
            with held.turn:
                if self._runs.get(run) is held:
                    self._watch()
                    yield held
                    return

    def _forget(self, run: str, held: _Held) -> None:
        """Let others have the run. In its turn."""
        if held.handle is not None:
            os.close(held.handle)
            held.handle = None
        with self._guard:
            self._runs.pop(run, None)

    def _known(self) -> list[str]:
        with self._guard:
            return list(self._runs)

    def _lock(self, run: str, held: _Held) -> None:
        folder = self._folder.runs / run
        if held.handle is not None or not (folder / "run.json").is_file():
            return
        handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        if not take_lock(handle, _PATIENCE_SECONDS):
            os.close(handle)
            raise HeldElsewhere(f"{run} is being written by another process")
        held.handle = handle

    def _watch(self) -> None:
        with self._guard:
            if self._watching is None:
                self._watching = threading.Thread(target=self._let_go_of_lost, name="held runs", daemon=True)
                self._watching.start()

    def _let_go_of_lost(self) -> None:
        while not self._closed.wait(_LOOK_SECONDS):
            for run in self._known():
                with suppress(sqlite3.Error, QueueUnreachable):  # the next look will tell
                    self._let_go_if_lost(run)

    def _let_go_if_lost(self, run: str) -> None:
        """Looked up in its turn, so that nobody who has claimed it meanwhile loses what they hold."""
        if self._is_live(run):
            return
        with self._turn(run) as held:
            if not self._is_live(run):
                self._forget(run, held)

    def _is_live(self, run: str) -> bool:
        job = self._queue.listed(run)
        if job is None or job.state is not JobState.RUNNING or job.owner is None or job.lease_until is None:
            return False
        return job.owner.startswith(DISTANT) and job.lease_until >= self._clock()
