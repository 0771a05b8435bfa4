"""What the service says of runs: in a list, on their own, and before they begin."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal, get_args

from pydantic import ConfigDict

_DOCUMENTED = ConfigDict(use_attribute_docstrings=True)

RunState = Literal[
    "queued", "running", "pausing", "cancelling", "paused", "cancelled", "interrupted", "finished", "failed"
]
"""Where a run stands. `interrupted` is a run that was made otherwise and stopped before its end."""
STATES: tuple[RunState, ...] = get_args(RunState)
UNDER_WAY: frozenset[RunState] = frozenset({"queued", "running", "pausing", "cancelling"})
"""The states in which more is to come without anybody's doing."""


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run in a list."""

    __pydantic_config__: ClassVar[ConfigDict] = _DOCUMENTED

    name: str
    suite: str
    state: RunState
    created: datetime
    """UTC."""
    finished: datetime | None
    """UTC; None until every study has ended."""
    trials: int
    """How many are stored."""
    expected: int | None
    """How many there will be at most; None where some budget counts none, or while the run waits."""
    failures: int
    """How many of the trials failed."""
    studies: int
    """How many there are, those that were skipped among them; 0 while the run waits."""
    studies_done: int
    """How many of them have ended or were skipped."""
    workers: int | None
    """Worker processes; None for one a core."""
    leader: str | None
    """Label of the strategy that is ahead on most tasks, by the median over seeds of the best value so far; None
    where none is, or there is nothing to compare."""
    message: str
    """Why it failed; else empty."""
    is_broken: bool = False
    """Whether its files cannot be read; the message then says why."""

    @property
    def is_under_way(self) -> bool:
        """Whether more is to come without anybody's doing."""
        return self.state in UNDER_WAY


@dataclass(frozen=True, slots=True)
class StudyView:
    """One strategy on one task with one seed, as far as it is stored."""

    __pydantic_config__: ClassVar[ConfigDict] = _DOCUMENTED

    number: int
    task: str
    strategy: str
    seed: int
    status: str
    """planned, finished, failed, skipped or stopped."""
    message: str | None
    """Why it failed or was skipped."""
    trials: int
    failures: int
    budget_trials: int | None
    """None where only work or seconds are limited."""
    best: float | None
    """The best value of the first objective; None before the first success."""
    objective: str
    goal: str
    """`minimize` or `maximize`."""


@dataclass(frozen=True, slots=True)
class MachineView:
    """The machine that ran it."""

    system: str
    cpu: str
    cores: int
    memory_gb: float


@dataclass(frozen=True, slots=True)
class RunDetail:
    """All that is known of one run, but for its trials."""

    __pydantic_config__: ClassVar[ConfigDict] = _DOCUMENTED

    summary: RunSummary
    tasks: list[str]
    """Labels, in the order of the plan; empty while the run waits."""
    strategies: list[str]
    """Labels, likewise."""
    studies: list[StudyView]
    versions: dict[str, str]
    """Of each distribution that took part."""
    python: str
    machine: MachineView | None
    """None while the run waits."""
    wall_seconds: float
    """How long it was worked on."""
    suite_toml: str
    """The suite as it is run."""
    is_sealed: bool
    """Whether tables of its trials are there: reports and exports are made from those."""
    is_here: bool
    """Whether it was run through this service, and so can be paused and cancelled."""


@dataclass(frozen=True, slots=True)
class ProgressCell:
    """The studies of one strategy on one task, taken together."""

    __pydantic_config__: ClassVar[ConfigDict] = _DOCUMENTED

    task: str
    strategy: str
    trials: int
    expected: int | None
    failures: int
    studies: int
    studies_done: int
    best: float | None
    """The best value of all of its studies."""
    objective: str
    goal: str


@dataclass(frozen=True, slots=True)
class FailureView:
    """A trial that failed."""

    __pydantic_config__: ClassVar[ConfigDict] = _DOCUMENTED

    study: int
    trial: int
    task: str
    strategy: str
    seed: int
    kind: str
    """error, timeout, memory, crash or invalid."""
    message: str
    configuration: str
    """JSON."""


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far a run is: the summary, its studies by task and strategy, and the latest failures."""

    __pydantic_config__: ClassVar[ConfigDict] = _DOCUMENTED

    summary: RunSummary
    cells: list[ProgressCell]
    failures: list[FailureView]
    """The latest ones, newest last, at most 20."""


@dataclass(frozen=True, slots=True)
class CurveView:
    """How a strategy came along on a task."""

    __pydantic_config__: ClassVar[ConfigDict] = _DOCUMENTED

    strategy: str
    points: list[tuple[int, float]]
    """A number of trials, and the median over seeds of the best value after it."""


@dataclass(frozen=True, slots=True)
class BinnedRun:
    """A run that was deleted."""

    __pydantic_config__: ClassVar[ConfigDict] = _DOCUMENTED

    name: str
    """What it is called in the bin: as before, or with a number where that was taken."""
    run: str
    """What it was called, and will be once it is restored."""
    suite: str
    deleted: datetime | None
    """UTC; null where that cannot be told."""
    size_bytes: int


@dataclass(frozen=True, slots=True)
class SkippedPair:
    """A strategy that cannot work on a task."""

    __pydantic_config__: ClassVar[ConfigDict] = _DOCUMENTED

    task: str
    strategy: str
    studies: int
    """How many studies are left out for it."""
    reason: str


@dataclass(frozen=True, slots=True)
class TaskOutlook:
    """What one task of a suite comes to."""

    __pydantic_config__: ClassVar[ConfigDict] = _DOCUMENTED

    task: str
    studies: int
    trials: int | None
    """At most; None where its budget counts none."""
    expected_seconds: float | None
    """Of evaluation, one trial after the other; None where nobody knows."""
    told_by: str
    """Where that comes from: earlier runs here, or what the task's card says of one evaluation; empty for nothing."""


@dataclass(frozen=True, slots=True)
class PlanPreview:
    """What a suite comes to, before it is run."""

    __pydantic_config__: ClassVar[ConfigDict] = _DOCUMENTED

    suite: str
    suite_toml: str
    """The suite as it would be run: starting points from earlier runs written out."""
    studies: int
    """Those that are skipped left out."""
    trials: int | None
    """At most; None where some budget counts none."""
    skipped: list[SkippedPair]
    expected_seconds: float | None
    """Of evaluation, one trial after the other, on all tasks; None where that of some task is not known."""
    told_by: str
    """Where that comes from, in a sentence; empty for nothing."""
    tasks: list[TaskOutlook] = field(default_factory=list)
