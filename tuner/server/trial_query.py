"""Which trials of a run are asked for, and what is said of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final, Literal, get_args

from pydantic import ConfigDict, JsonValue

from ..errors import InvalidOption, TunerError, suggest

_DOCUMENTED = ConfigDict(use_attribute_docstrings=True)

MOST_ROWS: Final = 500
"""The most trials on one page."""
TrialColumn = Literal[
    "study",
    "trial",
    "task",
    "strategy",
    "seed",
    "status",
    "value",
    "fidelity",
    "work",
    "seconds",
    "ask_seconds",
    "tell_seconds",
    "started",
    "finished",
]
"""What trials can be sorted by."""
SORTABLE: tuple[TrialColumn, ...] = get_args(TrialColumn)
STATUSES: Final = ("ok", "error", "timeout", "memory", "crash", "invalid")
"""How a trial can end; `failed` stands for all but the first."""


class UnknownTrial(TunerError):
    """A trial that a run does not have."""


@dataclass(frozen=True, slots=True)
class TrialQuery:
    """Which trials, in which order; None leaves a column as it is."""

    study: int | None = None
    task: str | None = None
    strategy: str | None = None
    status: str | None = None
    """One of `STATUSES`, or `failed`."""
    seed: int | None = None
    text: str = ""
    """What the configuration, as JSON, or the failure's message contains, in whatever case."""
    sort: TrialColumn | None = None
    """None: by study and trial."""
    descending: bool = False
    """Missing values come last either way."""
    offset: int = 0
    limit: int = 50

    def __post_init__(self) -> None:
        if self.sort is not None and self.sort not in SORTABLE:
            raise InvalidOption(f"trials cannot be sorted by {self.sort!r:.80}{suggest(str(self.sort), SORTABLE)}")
        if self.status not in {None, "failed", *STATUSES}:
            raise InvalidOption(f"no status {self.status!r:.80}{suggest(str(self.status), ('failed', *STATUSES))}")
        if self.offset < 0 or not 1 <= self.limit <= MOST_ROWS:
            raise InvalidOption(
                f"a page begins at 0 or later and has 1 to {MOST_ROWS} trials, not {self.limit} from {self.offset}"
            )


@dataclass(frozen=True, slots=True)
class TrialRow:
    """A trial in a table."""

    __pydantic_config__: ClassVar[ConfigDict] = _DOCUMENTED

    study: int
    trial: int
    task: str
    strategy: str
    seed: int
    status: str
    """ok, error, timeout, memory, crash or invalid."""
    message: str | None
    """Why it failed."""
    value: float | None
    """The first objective as measured; None for a failure."""
    configuration: dict[str, JsonValue]
    fidelity: float | None
    work: float
    """Full evaluations."""
    seconds: float
    """What the evaluation cost."""
    started: datetime
    finished: datetime


@dataclass(frozen=True, slots=True)
class TrialDetail:
    """All that is stored of a trial."""

    __pydantic_config__: ClassVar[ConfigDict] = _DOCUMENTED

    row: TrialRow
    values: dict[str, float | None]
    """All measured values."""
    held_out: dict[str, float | None]
    """Values on data that no strategy saw."""
    extras: dict[str, float | None]
    losses: list[float | None]
    resumed_from: int | None
    """The trial of the same study that this one continues."""
    trial_seed: int
    data_seed: int
    reports_cost: bool
    """Whether the task itself reckoned the seconds; if not they were measured."""
    ask_seconds: float
    tell_seconds: float
    worker: str
    known_results: int | None
    """How many results the strategy knew of when it proposed the trial."""
    command: str
    """What shows the trial again on the command line; run it where the service's folder of runs is `runs`."""
    exhibits: list[JsonValue]
    """What the run stored of what this configuration teaches, as items of a report; mostly empty."""
