"""Where a run stands, told from its job, its run.json and its lock."""

from __future__ import annotations

from results.run_info import RunInfo

from ..run_lock import is_locked
from .jobs import JobState, ListedJob, Wish
from .kept_answers import keep_not
from .run_views import STATES, RunState


def state_of(info: RunInfo | None, job: ListedJob | None) -> RunState:
    """Where a run stands: as its job says, unless somebody else has worked on it; `info` is None without a folder."""
    if job is not None and not job.state.is_over:
        return _under_way(job)
    if info is not None and info.state == "finished":
        return "finished"
    if info is not None and is_locked(info.path):
        keep_not()  # a lock that is let go of meanwhile leaves no trace
        return "running"
    if job is None or (info is not None and job.state is JobState.FINISHED):
        return "interrupted"
    return next(state for state in STATES if state == job.state.value)


def _under_way(job: ListedJob) -> RunState:
    if job.state is JobState.QUEUED:
        return "queued"
    wishes: dict[Wish | None, RunState] = {Wish.PAUSE: "pausing", Wish.CANCEL: "cancelling"}
    return wishes.get(job.wish, "running")
