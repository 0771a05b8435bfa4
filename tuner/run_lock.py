"""The lock of a run's folder: its writer holds it, and whoever only looks at it holds it for an instant."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import Final

_PATIENCE_SECONDS: Final = 0.2
"""Longer than anybody looks."""
_PAUSE_SECONDS: Final = 0.01


def is_locked(run: str | Path) -> bool:
    """Whether a process writes to the run in this folder."""
    try:
        lock = os.open(f"{run}/.lock", os.O_RDONLY | os.O_NONBLOCK)  # whatever somebody has put there
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(lock)
    return False


def take_lock(lock: int, seconds: float = _PATIENCE_SECONDS) -> bool:
    """Hold an open `.lock` as the run's writer; False where somebody else does all the time."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(_PAUSE_SECONDS)
        else:
            return True
