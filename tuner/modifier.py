"""The contract of a modifier: a task that wraps another one and changes what is asked of it or what it measures."""

from __future__ import annotations

import dataclasses
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .errors import InvalidOption
from .problem import Problem
from .seeds import derive_seed
from .task import Stage, Task, TaskCard, failure_of
from .trial import Failure, Measurement, Outcome, Trial

if TYPE_CHECKING:
    from results.exhibits import Exhibit


@dataclass(frozen=True)
class Modifier(Task):
    """Passes everything on to the task that it wraps; a subclass changes some of it.

    A subclass is a frozen dataclass whose further fields are its options, with defaults. Most override `problem`,
    `inward` and `outward` only: whole waves then still reach the task's own `evaluate_batch` in one call.
    """

    task: Task
    """The wrapped task, perhaps itself modified."""

    def __post_init__(self) -> None:
        if not isinstance(self.task, Task):
            raise InvalidOption(f"{type(self).__name__} modifies a task, not {self.task!r:.80}")

    @property
    @abstractmethod
    def remark(self) -> str:
        """What is changed, in a few words that stand before the task's summary: "noise of 0.1"."""

    def inward(self, trial: Trial) -> Trial:
        """The trial as the wrapped task sees it."""
        return trial

    def outward(self, trial: Trial, measurement: Measurement) -> Measurement:  # noqa: ARG002  overrides may need it
        """What becomes of the wrapped task's measurement; `trial` is the one from outside."""
        return measurement

    @property
    def card(self) -> TaskCard:  # type: ignore[override]  # an instance's own: it names the wrapped task
        """The wrapped task's card, with the remark before its summary."""
        card = self.task.card
        return dataclasses.replace(card, summary=f"{self.remark}: {card.summary}")

    @property
    def problem(self) -> Problem:
        """The wrapped task's, as it is."""
        return self.task.problem

    @property
    def best_known(self) -> Mapping[str, float]:
        """The wrapped task's, as it is."""
        return self.task.best_known

    def prepare(self) -> None:
        self.task.prepare()

    def evaluate(self, trial: Trial) -> Measurement:
        return self._changed(trial, self.task.evaluate(self.inward(trial)))

    def evaluate_batch(self, trials: Sequence[Trial]) -> Sequence[Outcome]:
        """One call of the wrapped task's, with all trials that `inward` lets through."""
        asked = [self._asked(trial) for trial in trials]
        inner = [one for one in asked if isinstance(one, Trial)]
        told = list(self.task.evaluate_batch(inner)) if inner else []
        _check_count("evaluate_batch", told, inner)
        rest = iter(told)
        outcomes = [one if isinstance(one, Failure) else next(rest) for one in asked]
        return [self._told(trial, outcome) for trial, outcome in zip(trials, outcomes, strict=True)]

    def continue_batch(self, trials: Sequence[Trial], states: Sequence[object]) -> Sequence[Stage]:
        """One call of the wrapped task's, with all trials that `inward` lets through, and their states."""
        asked = [self._asked(trial) for trial in trials]
        inner = [(one, state) for one, state in zip(asked, states, strict=True) if isinstance(one, Trial)]
        told = list(self.task.continue_batch([one for one, _ in inner], [state for _, state in inner]))
        _check_count("continue_batch", told, inner)
        rest = iter(told)
        stages = [Stage(one) if isinstance(one, Failure) else next(rest) for one in asked]
        return [Stage(self._told(t, stage.outcome), stage.state) for t, stage in zip(trials, stages, strict=True)]

    def continues(self) -> bool:
        return self.task.continues()

    def explain(self, trial: Trial) -> Sequence[Exhibit]:
        return self.task.explain(self.inward(trial))

    def explains(self) -> bool:
        return self.task.explains()

    def stacks(self) -> bool:
        return self.task.stacks()

    def reports_cost(self) -> bool | None:
        """What the wrapped task says, unless it is no: a modifier may add a cost."""
        return self.task.reports_cost() or None

    def luck(self, seed: int) -> np.random.Generator:
        """This modifier's own randomness from a trial's seed: no other one of the same task draws the same numbers."""
        return np.random.default_rng(derive_seed(seed, type(self).__name__, self.depth))

    @property
    def depth(self) -> int:
        """How many modifiers stand between this one and the task."""
        return self.task.depth + 1 if isinstance(self.task, Modifier) else 0

    def _asked(self, trial: Trial) -> Trial | Failure:
        try:
            return self.inward(trial)
        except Exception as error:  # noqa: BLE001  the border where one trial's error must not cost the others
            return failure_of(error)

    def _told(self, trial: Trial, outcome: Outcome) -> Outcome:
        if isinstance(outcome, Failure):
            return outcome
        try:
            return self._changed(trial, outcome)
        except Exception as error:  # noqa: BLE001  the same border
            return failure_of(error)

    def _changed(self, trial: Trial, measurement: Measurement) -> Measurement:
        """What is no measurement goes on as it is: the engine says what is wrong with it."""
        return self.outward(trial, measurement) if isinstance(measurement, Measurement) else measurement


def _check_count(method: str, told: Sequence[object], asked: Sequence[object]) -> None:
    if len(told) != len(asked):
        raise ValueError(f"{method} returned {len(told)} outcomes for {len(asked)} trials")


def option_fields(kind: type[Task]) -> list[dataclasses.Field[object]]:
    """The fields that a suite file can set: all that make a task, but not the one that a modifier wraps."""
    if not dataclasses.is_dataclass(kind):
        return []
    wrapped = "task" if issubclass(kind, Modifier) else None
    return [field for field in dataclasses.fields(kind) if field.init and field.name != wrapped]
