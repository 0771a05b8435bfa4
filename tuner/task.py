"""The contract of a benchmark task: how good is this configuration, and what did it cost?"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from .configuration import Value
from .errors import describe
from .problem import Problem
from .trial import Failure, FailureKind, Measurement, Outcome, Trial

if TYPE_CHECKING:
    from results.exhibits import Exhibit


@dataclass(frozen=True, slots=True)
class TaskCard:
    """What a reader wants to know of a task before running it."""

    summary: str
    """One line: what is trained on what, and which value counts."""
    data: str = ""
    """Which data, how many rows and features, and how they are split."""
    licence: str = ""
    """The data's licence."""
    source: str = ""
    """Paper or URL of the task or its data."""
    cost: str = ""
    """About how long one evaluation at full fidelity takes on one core."""
    extra: str = ""
    """The extra of tuner-bench that installs what the task needs; empty for none."""
    modules: tuple[str, ...] = ()
    """Modules that the task imports and that not every installation has; where one is missing, its studies are
    skipped."""


@dataclass(frozen=True, slots=True)
class Stage:
    """How a trial ended, and what it takes to go on from there."""

    outcome: Outcome
    state: object = None
    """Whatever the task needs to continue the trial; None where it would begin anew."""


class TrialFailed(Exception):
    """Raised by an `evaluate` that knows how its trial failed, and perhaps what it had cost by then."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure)
        self.failure = failure

    def __str__(self) -> str:
        return self.failure.message


class Task(ABC):
    """Measures configurations. A subclass is a frozen dataclass whose fields are its options, with defaults.

    `evaluate` is a deterministic function of the trial (its configuration, fidelity and seeds) and the options.
    """

    card: ClassVar[TaskCard] = TaskCard(summary="")
    places: ClassVar[frozenset[str]] = frozenset({"device"})
    """Options that say where the task computes, not what: they change no seed."""

    @classmethod
    def content_of(cls, options: Mapping[str, Value]) -> str:  # noqa: ARG003  most tasks are what their options say
        """What these options lead to that they do not say, such as the digest of a file: part of the task's seeds.

        Called while a suite is planned. Empty where the options, without those of `places`, say it all.
        """
        return ""

    @property
    @abstractmethod
    def problem(self) -> Problem:
        """What a strategy gets to see."""

    @property
    def best_known(self) -> Mapping[str, float]:
        """The best value known for an objective, by its name; empty where none is known."""
        return {}

    def prepare(self) -> None:  # noqa: B027  most tasks need nothing
        """Load what is expensive (packages, data); called once in each worker, before the first evaluation."""

    @abstractmethod
    def evaluate(self, trial: Trial) -> Measurement:
        """Measure one trial; whatever it raises becomes the trial's failure."""

    def evaluate_batch(self, trials: Sequence[Trial]) -> Sequence[Outcome]:
        """Measure many trials, in order; override where a stacked computation is cheaper.

        Law: agrees with `evaluate` on each trial, whatever else is in the batch.
        """
        return [_evaluate_or_fail(self, trial) for trial in trials]

    def continue_batch(self, trials: Sequence[Trial], states: Sequence[object]) -> Sequence[Stage]:  # noqa: ARG002  most tasks begin anew
        """Measure many trials, in order, each from the state in which the trial that it continues was left.

        Override it where training can go on instead of beginning anew. A state is None for a trial that continues
        none, and where the state was lost or dropped: such a trial begins anew. States stay in the process that made
        them, and must not be changed, since a trial may be continued more than once.

        Law: agrees with `evaluate` on each trial, with its state and without.
        """
        return [Stage(outcome) for outcome in self.evaluate_batch(trials)]

    def continues(self) -> bool:
        """Whether this task can go on with a trial instead of beginning anew."""
        return type(self).continue_batch is not Task.continue_batch

    def explain(self, trial: Trial) -> Sequence[Exhibit]:  # noqa: ARG002  most tasks have nothing to show
        """What this trial's configuration teaches, for the report; a deterministic function of trial and options.

        Called once a task, after the run, on the best trial. It may take as long as some evaluations.
        """
        return ()

    def explains(self) -> bool:
        """Whether this task has something to show."""
        return type(self).explain is not Task.explain

    def stacks(self) -> bool:
        """Whether this task has a batched computation of its own."""
        return type(self).evaluate_batch is not Task.evaluate_batch

    def reports_cost(self) -> bool | None:
        """Whether each measurement says in `seconds` what it has cost; None where that is not known before a trial.

        Called while a suite is planned: on the simulated clock, the studies of a task that says no are skipped.
        """
        return None


def failure_of(error: BaseException) -> Failure:
    """The failure that stands for an exception of a task: the one it carries, or its type and text, on one line."""
    if isinstance(error, TrialFailed):
        return error.failure
    kind = FailureKind.MEMORY if isinstance(error, MemoryError) else FailureKind.ERROR
    return Failure(kind, describe(error))


def _evaluate_or_fail(task: Task, trial: Trial) -> Outcome:
    try:
        return task.evaluate(trial)
    except Exception as error:  # noqa: BLE001  the border where a task's error becomes a result
        return failure_of(error)
