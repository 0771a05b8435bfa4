"""One run that the service is to make, where it stands, and what can be wrong about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ..errors import TunerError


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    FINISHED = "finished"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens unless somebody asks for it."""
        return self not in {JobState.QUEUED, JobState.RUNNING}


class Wish(StrEnum):
    """What the runner of a job is asked to do."""

    PAUSE = "pause"
    CANCEL = "cancel"


class KeyReused(TunerError):
    """An idempotency key that came before, with another request."""


class WrongState(TunerError):
    """Something asked of a run that its state does not allow."""


class LeaseLost(TunerError):
    """A job that its runner no longer holds."""


class QueueUnreachable(TunerError):
    """A queue that cannot be asked just now: its file or its service is out of reach."""


class TooManyJobs(TunerError):
    """One job more than may wait."""


@dataclass(frozen=True, slots=True)
class ListedJob:
    """One run that the service is to make, but for its suite's text."""

    number: int
    run: str
    """Name of the run's folder."""
    suite_name: str
    state: JobState
    wish: Wish | None
    message: str
    """Why it failed; else empty."""
    created: float
    """Seconds of the epoch."""
    workers: int | None
    """Worker processes; None for one a core."""
    attempts: int
    """How often it was taken up since it last stored a trial."""
    owner: str | None
    """The runner that holds it."""
    lease_until: float | None
    """Seconds of the epoch."""


@dataclass(frozen=True, slots=True)
class Job(ListedJob):
    """One run that the service is to make."""

    suite: str
    """TOML."""
