"""What a runner needs of a queue, wherever that is; and of the way of a run's files, wherever they are kept."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from ..errors import TunerError
from ..events import Event, Watcher
from .jobs import Job, JobState, Wish


class NotDelivered(TunerError):
    """A run whose files could not be brought to where they are kept; the text says why."""


class WorkQueue(Protocol):
    """Jobs with leases. Every method may raise `QueueUnreachable`, and those about one job `LeaseLost`."""

    def claim(self, owner: str, now: float) -> Job | None:
        """Take a job, whose own `owner` is what its lease goes by; None where none waits."""

    def renew(self, run: str, owner: str, now: float, trials: int) -> Wish | None:
        """Say that the runner is alive and how many trials are stored; what is asked of it, if anything."""

    def end(self, run: str, owner: str, state: JobState, message: str = "") -> None:
        """Say how a job ended."""

    def put_back(self, run: str, owner: str, failure: str = "") -> JobState:
        """Let go of a job that is not over."""

    def release(self, owner: str) -> None:
        """Let others have the jobs of a runner that is known to be dead."""


class Carrier(Protocol):
    """Brings the files of a run to where it is made, and back to where they are kept."""

    def carrying(
        self, run: str, owner: str, stop: threading.Event, ending: threading.Event
    ) -> AbstractContextManager[Watcher]:
        """While the run is made: the files are there, and what is stored is brought away; its events are to be told.

        At the end all files are where they are kept, whatever ended it, unless it was `Dispossessed`. Raises
        `LeaseLost` or `NotDelivered`; sets `stop` as soon as nothing more can be delivered, and has little patience
        once `ending` is set.
        """


class NoCarrier:
    """For runs that are made where they are kept."""

    @contextmanager
    def carrying(self, run: str, owner: str, stop: threading.Event, ending: threading.Event) -> Iterator[Watcher]:
        """Nothing is to be done."""
        del run, owner, stop, ending
        yield _ignore


def _ignore(_event: Event) -> None:
    pass
