"""What a run tells those who watch it, once it is safely stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from results.journal import Wave

from .plan import Plan


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The plan is made and the folder is there; workers are about to start."""

    folder: Path
    plan: Plan
    workers: int
    trials_before: int = 0
    """How many trials an earlier process had stored."""


@dataclass(frozen=True, slots=True)
class RoundBegun:
    """More seeds are needed to tell strategies apart."""

    plan: Plan
    """The studies that are added."""
    open_pairs: int
    """How many pairs of strategies are neither decided nor equivalent."""


@dataclass(frozen=True, slots=True)
class WaveStored:
    """A wave is on disk."""

    wave: Wave


@dataclass(frozen=True, slots=True)
class WorkerLost:
    """A worker died; the engine finds the guilty trial, if there is one, and goes on."""

    shard: int
    reason: str


@dataclass(frozen=True, slots=True)
class WinnersExplained:
    """All trials are stored; what the best of each task teaches is about to be worked out."""

    tasks: int


@dataclass(frozen=True, slots=True)
class StopRequested:
    """What is in flight will be finished and stored, then the run stops."""


@dataclass(frozen=True, slots=True)
class RunSealed:
    """The tables are in place."""

    folder: Path
    is_finished: bool
    """False where the run was stopped, and can be resumed."""
    trials: int
    seconds: float


Event: TypeAlias = RunStarted | RoundBegun | WaveStored | WorkerLost | WinnersExplained | StopRequested | RunSealed
Watcher: TypeAlias = Callable[[Event], None]
"""Called in the process that drives the run, one event after the other."""
