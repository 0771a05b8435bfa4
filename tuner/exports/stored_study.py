"""A stored study and its trials, as exports read them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..configuration import Value
from ..problem import Objective
from ..space import SearchSpace

if TYPE_CHECKING:
    from results.store import Store

_FACTS = (
    *("run", "suite", "task_name", "task_options", "modifiers", "strategy_name", "strategy_options"),
    "strategy_version",
)


@dataclass(frozen=True, slots=True)
class StoredTrial:
    """One row of `trials.parquet`."""

    number: int
    configuration: Mapping[str, Value]
    fidelity: float | None
    """What it was evaluated at; None where the task has no fidelity."""
    is_full: bool
    """Whether that was the highest."""
    continues: int | None
    """The trial that this one goes on from."""
    seed: int
    status: str
    message: str | None
    measured: Mapping[str, float]
    """All validation values; empty for a failure."""
    held_out: Mapping[str, float]
    extras: Mapping[str, float]
    work: float
    seconds: float
    started: datetime
    finished: datetime

    @property
    def is_ok(self) -> bool:
        """Whether it measured anything."""
        return self.status == "ok"

    @property
    def step(self) -> int | None:
        """The fidelity, where it is a whole number."""
        return int(self.fidelity) if self.fidelity is not None and self.fidelity.is_integer() else None

    def values_of(self, objectives: Sequence[Objective]) -> dict[str, float]:
        """The objectives' values by name, as measured; none for a failure."""
        return {objective.name: self.measured[objective.name] for objective in objectives} if self.is_ok else {}

    def further_numbers(self, objectives: Sequence[Objective]) -> dict[str, float]:
        """The finite numbers besides the objectives, by names that no two share.

        `seconds`, `work` and `fidelity`, as `trial.seconds` and so on where an objective is called that; what else
        was measured as `values.NAME`, `held_out.NAME` and `extras.NAME`.
        """
        names = {objective.name for objective in objectives}
        own = {"seconds": self.seconds, "work": self.work, "fidelity": self.fidelity}
        found = {f"trial.{name}" if name in names else name: number for name, number in own.items()}
        found |= {f"values.{name}": number for name, number in self.measured.items() if name not in names}
        found |= {f"held_out.{name}": number for name, number in self.held_out.items()}
        found |= {f"extras.{name}": number for name, number in self.extras.items()}
        return {name: float(number) for name, number in found.items() if number is not None and math.isfinite(number)}


@dataclass(frozen=True, slots=True)
class StoredStudy:
    """One row of `studies.parquet`, with its trials."""

    task: str
    strategy: str
    seed: int
    facts: Mapping[str, str]
    """What else tells the study: run, suite, names, options and versions, by the names of the stored columns."""
    status: str
    message: str | None
    objectives: tuple[Objective, ...]
    space: SearchSpace
    trials: tuple[StoredTrial, ...]
    """At least one, in order."""

    @property
    def name(self) -> str:
        """Its task, strategy and seed: no label has a slash, so no two studies of a run are called the same."""
        return f"{self.task}/{self.strategy}/{self.seed}"

    def incumbents(self) -> list[float | None]:
        """The best value of the first objective after each trial, as measured; None until there is one.

        A failure, and a trial below the highest fidelity, leaves the incumbent as it was.
        """
        objective = self.objectives[0]
        best: float | None = None
        curve = []
        for trial in self.trials:
            value = trial.measured[objective.name] if trial.is_ok and trial.is_full else None
            if value is not None and (best is None or objective.loss(value) < objective.loss(best)):
                best = value
            curve.append(best)
        return curve


def stored_studies(store: Store) -> list[StoredStudy]:
    """The studies of a store of one run that have trials, in the order of the plan."""
    studies = store.studies[store.studies["trials"] > 0]
    trials = {int(str(number)): frame for number, frame in store.trials.groupby("study", sort=False)}
    rows = [row for row in studies.to_dict("records") if int(row["study"]) in trials]
    return [_study(row, trials[int(row["study"])]) for row in rows]


def without_trials(store: Store) -> list[str]:
    """A line for each strategy and task that have studies without trials."""
    rows = store.studies[store.studies["trials"] == 0].to_dict("records")
    return list(dict.fromkeys(map(_line, rows)))


def unique_names(names: Iterable[str]) -> list[str]:
    """The names, each with a number where an earlier one is the same."""
    taken: dict[str, None] = {}
    for name in names:
        free = next(one for one in (name, *(f"{name}-{n}" for n in range(2, len(taken) + 3))) if one not in taken)
        taken[free] = None
    return list(taken)


def _line(row: Mapping[Any, Any]) -> str:
    told = f"{row['strategy']} on {row['task']}: {row['status']}"
    message = _text(row["message"])
    return told if message is None else f"{told}, {message}"


def _study(row: Mapping[Any, Any], trials: pd.DataFrame) -> StoredStudy:
    high = _number(row["fidelity_high"])
    return StoredStudy(
        task=str(row["task"]),
        strategy=str(row["strategy"]),
        seed=int(row["seed"]),
        facts={fact: str(row[fact]) for fact in _FACTS},
        status=str(row["status"]),
        message=_text(row["message"]),
        objectives=tuple(Objective(name, goal) for name, goal in zip(row["objectives"], row["goals"], strict=True)),
        space=SearchSpace.from_json(row["space"]),
        trials=tuple(_trial(trial, high) for trial in trials.to_dict("records")),
    )


def _trial(row: Mapping[Any, Any], high: float | None) -> StoredTrial:
    asked = _number(row["fidelity"])
    fidelity = high if asked is None else asked
    continues = _number(row["resumed_from"])
    return StoredTrial(
        number=int(row["trial"]),
        configuration=json.loads(row["configuration"]),
        fidelity=fidelity,
        is_full=fidelity is None or high is None or fidelity >= high,
        continues=None if continues is None else int(continues),
        seed=int(row["trial_seed"]),
        status=str(row["status"]),
        message=_text(row["message"]),
        measured=row["values"] or {},
        held_out=row["held_out"] or {},
        extras=row["extras"] or {},
        work=float(row["work"]),
        seconds=float(row["seconds"]),
        started=row["started"].to_pydatetime(),
        finished=row["finished"].to_pydatetime(),
    )


def _number(value: float | None) -> float | None:
    """The stored number; pandas has NaN for null in some columns."""
    return None if value is None or math.isnan(value) else float(value)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
