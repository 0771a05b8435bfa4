"""For how long a runner goes on asking a service that is out of reach, and when it stops."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final, TypeVar

from ..server.jobs import LEASE_SECONDS, QueueUnreachable
from ..server.work_queue import NotDelivered

_FIRST_PAUSE_SECONDS: Final = 0.1
_LONGEST_PAUSE_SECONDS: Final = 3.0
_PATIENCE_SECONDS: Final = LEASE_SECONDS
"""For one request."""
_ENDING_SECONDS: Final = 5.0
"""The same once the runner is to end: enough for a service that is being started anew."""
_Found = TypeVar("_Found")


class BrokenOff(Exception):
    """Raised between two requests once nothing more is to be sent."""


class Insistence:
    """Insists on the requests about one run, each until it is answered, it has lasted too long, or it is broken off."""

    def __init__(self, ending: threading.Event) -> None:
        self._ending = ending
        self.over = threading.Event()
        """Set once nothing more is to be sent."""

    def until_answered(self, ask: Callable[[], _Found]) -> _Found:
        """What it answers; raises `BrokenOff`, or `NotDelivered` where the service stays out of reach."""
        began, pause = time.monotonic(), _FIRST_PAUSE_SECONDS
        while not self.over.is_set():
            try:
                return ask()
            except QueueUnreachable as error:
                if time.monotonic() - began > (_ENDING_SECONDS if self._ending.is_set() else _PATIENCE_SECONDS):
                    raise NotDelivered(str(error)) from None
            self.over.wait(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
        raise BrokenOff
