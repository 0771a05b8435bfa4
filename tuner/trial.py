"""From proposal to result: what a strategy wants, what a task measured, what the study learned."""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from .configuration import Configuration


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a strategy wants to have evaluated."""

    configuration: Configuration
    fidelity: float | None = None
    """At which fidelity; None means the highest."""
    resume: int | None = None
    """The id of an earlier trial of the same study to continue: one that succeeded, of the same configuration and a
    lower fidelity."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A proposal that a study accepted."""

    id: int
    """Position in the study, from 0."""
    proposal: Proposal
    seed: int
    """For the trial's own luck (initial weights, noise): depends on suite, task, seed index and id only. A trial that
    continues another one has that one's, so that it measures what it would have measured in one go."""
    data_seed: int = 0
    """For splits of data: the same for all trials and all strategies of a task and seed index."""
    study: int = 0
    """The study's number in the run: tells the trials of one wave apart."""
    continues_from: float | None = None
    """The fidelity that the trial to continue has reached; None for a trial that starts anew."""

    @property
    def configuration(self) -> Configuration:
        """The proposal's configuration."""
        return self.proposal.configuration


@dataclass(frozen=True, slots=True)
class Measurement:
    """What a task measured for one trial."""

    values: Mapping[str, float]
    """One finite number for each objective (and perhaps more), measured on validation data."""
    held_out: Mapping[str, float] = field(default_factory=dict)
    """Values on data that nothing was chosen by; stored, never shown to a strategy."""
    seconds: float | None = None
    """The trial's cost as the task reckons it, for a continued trial what it adds; None means as measured by the
    engine."""
    extras: Mapping[str, float] = field(default_factory=dict)
    """Anything else worth storing (noise-free value, epochs run); never shown to a strategy."""


class FailureKind(enum.StrEnum):
    """Why a trial has no measurement."""

    ERROR = "error"
    """The task raised."""
    TIMEOUT = "timeout"
    """The trial ran past its time limit."""
    MEMORY = "memory"
    """The trial needed more memory than allowed."""
    CRASH = "crash"
    """The process that ran the trial died."""
    INVALID = "invalid"
    """The task returned something else than a finite number for each objective."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A trial that ended without a measurement; a result like any other."""

    kind: FailureKind
    message: str
    seconds: float | None = None
    """The trial's cost as the task reckons it; None means as measured by the engine."""


Outcome: TypeAlias = Measurement | Failure
"""How a trial ended."""


@dataclass(frozen=True, slots=True)
class TrialResult:
    """What a strategy is told: a trial, how it ended, and its losses."""

    trial: Trial
    outcome: Outcome
    losses: tuple[float, ...] = ()
    """One number for each objective, lower is better; empty for a failure."""

    @property
    def loss(self) -> float:
        """The first objective's loss; infinity for a failure."""
        return self.losses[0] if self.losses else math.inf

    @property
    def is_failure(self) -> bool:
        """Whether the trial ended without a measurement."""
        return not self.losses
