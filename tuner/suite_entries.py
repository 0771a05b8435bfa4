"""What a suite file holds below its top level: budgets, tasks, modifiers, strategies."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from .configuration import Value
from .problem import Budget

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._+()=,-]{0,79}$")]


def _option(value: object) -> object:
    if isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise ValueError("an option is a string, a finite number, true or false")


Whole = Annotated[int, Field(strict=True)]
Options = dict[str, Annotated[Value, BeforeValidator(_option)]]


class Door(BaseModel):
    """A table of a suite file: frozen, and without keys that nobody knows."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


Seconds = Annotated[float, Field(gt=0, le=1e8)]
"""A time limit that a timer can be set to."""


class BudgetEntry(Door):
    """What each study may spend; at least one of the three. The first one spent ends the study."""

    trials: Annotated[Whole, Field(ge=1, le=10**9)] | None = None
    """Number of trials, failed ones included."""
    work: Annotated[float, Field(gt=0)] | None = None
    """Full evaluations."""
    seconds: Annotated[float, Field(gt=0)] | None = None
    """Seconds of evaluation. Measured time differs from run to run, and so will the results."""

    @model_validator(mode="after")
    def _has_a_limit(self) -> BudgetEntry:
        if self.trials is None and self.work is None and self.seconds is None:
            raise ValueError("needs at least one of trials, work, seconds")
        return self

    def to_budget(self) -> Budget:
        """The budget as strategies see it."""
        return Budget(self.trials, self.work, self.seconds)


class StrategyEntry(Door):
    """A strategy in a suite."""

    name: str
    """A known name, `package.module:Class` or `./file.py:Class`."""
    label: Name | None = None
    """How the report calls it; default: its name, and its options if another entry has the same name."""
    options: Options = {}


class ModifierEntry(Door):
    """A modifier of a task in a suite."""

    name: str
    """A known name, `package.module:Class` or `./file.py:Class`."""
    options: Options = {}


class TransferEntry(Door):
    """Where starting points come from."""

    run: str
    """The folder of a finished run; when a new run begins, the configurations go into its own suite."""
    count: Annotated[Whole, Field(ge=1, le=1000)] = 1
    """How many: the best distinct configurations of all its studies on the task."""
    task: str | None = None
    """The task's label there; default: its label here."""


class DecidingEntry(Door):
    """When a suite that stops once its pairs are decided does so."""

    pairs: tuple[tuple[str, str], ...] = ()
    """Labels of the strategies to be told apart; none stands for all pairs."""
    max_seeds: Annotated[Whole, Field(ge=2, le=100_000)] | None = None
    """The most seeds of a task; default: four times as many as the suite begins with."""
    margin: Annotated[float, Field(gt=0, le=1)] = 0.01
    """The difference of normalised scores below which two strategies are equivalent in practice."""


def named(value: object) -> object:
    """The table that a mere name stands for."""
    return {"name": value} if isinstance(value, str) else value


class TaskEntry(Door):
    """A task in a suite."""

    name: str
    """A known name, `package.module:Class` or `./file.py:Class`."""
    label: Name | None = None
    """How the report calls it; default: its name, its options if there are any, and its modifiers."""
    options: Options = {}
    modifiers: tuple[Annotated[ModifierEntry, BeforeValidator(named)], ...] = ()
    """What changes it, from left to right: the first one is nearest to the task."""
    starting_points: tuple[Options, ...] = ()
    """Configurations that are the first trials of every study, before its strategy is asked."""
    transfer: TransferEntry | None = None
    """More starting points: the best configurations of an earlier run."""
    budget: BudgetEntry | None = None
    """For this task, in place of the suite's."""
    trial_seconds: Seconds | None = None
    """For this task, in place of the suite's."""
