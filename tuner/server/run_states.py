"""Where a run stands, told from its job, its run.json and its lock."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from results.run_info import RunInfo

from .jobs import JobState, ListedJob, Wish
from .run_views import STATES, RunState


def state_of(info: RunInfo | None, job: ListedJob | None) -> RunState:
    """Where a run stands: as its job says, unless somebody else has worked on it; `info` is None without a folder."""
    if job is not None and not job.state.is_over:
        return _under_way(job)
    if info is not None and info.state == "finished":
        return "finished"
    if info is not None and is_locked(info.path):
        return "running"
    if job is None or (info is not None and job.state is JobState.FINISHED):
        return "interrupted"
    return next(state for state in STATES if state == job.state.value)


def is_locked(path: str | Path) -> bool:
    """Whether a process writes to the run in this folder."""
    try:
        lock = os.open(f"{path}/.lock", os.O_RDONLY)
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


def _under_way(job: ListedJob) -> RunState:
    if job.state is JobState.QUEUED:
        return "queued"
    wishes: dict[Wish | None, RunState] = {Wish.PAUSE: "pausing", Wish.CANCEL: "cancelling"}
    return wishes.get(job.wish, "running")
