"""The recorded evaluations in memory: arrays by configuration, fidelity and replicate."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from results.table_file import TableDescription
from tuner.configuration import Configuration
from tuner.problem import Fidelity, Objective, Problem
from tuner.space import SearchSpace
from tuner.trial import Failure, FailureKind, Measurement, Outcome, Trial

if TYPE_CHECKING:
    from numpy.typing import NDArray

FAILED = "failed when it was recorded"


@dataclass(frozen=True, eq=False)
class Evaluations:
    """C configurations at F fidelities, with up to R replicates of each."""

    description: TableDescription
    space: SearchSpace
    configurations: Sequence[Configuration]
    """Those recorded [C], in the order of the file."""
    levels: Sequence[float]
    """The fidelities recorded [F], ascending; a single 0 where the table has none."""
    rows: NDArray[np.int32]
    """Row of the file [C, F, R], -1 where there is none; the replicates that a configuration has come first."""
    numbers: dict[str, NDArray[np.float64]]
    """The measured columns and the cost, each [rows of the file]."""
    kinds: Sequence[FailureKind] | None
    """Why each row failed, if it did; None where the table does not say."""

    @cached_property
    def problem(self) -> Problem:
        """What a strategy gets to see."""
        told = self.description
        objectives = tuple(Objective(name, goal) for name, goal in told.objectives.items())
        offered = told.fidelity
        fidelity = None if offered is None else Fidelity(offered.column, offered.low, offered.high)
        return Problem(self.space, objectives, fidelity)

    @cached_property
    def is_failure(self) -> NDArray[np.bool_]:
        """Whether each row of the file is a failed evaluation: one of its objectives is missing."""
        missing = [np.isnan(self.numbers[name]) for name in self.description.objectives]
        found: NDArray[np.bool_] = np.logical_or.reduce(missing)
        return found

    @cached_property
    def counts(self) -> NDArray[np.int32]:
        """How many replicates there are [C, F]."""
        found: NDArray[np.int32] = (self.rows >= 0).sum(axis=2, dtype=np.int32)
        return found

    @property
    def is_complete(self) -> bool:
        """Whether every configuration of the space is recorded at every fidelity."""
        return len(self.configurations) == count_of(self.space) and bool(self.counts.all())

    @cached_property
    def best(self) -> dict[str, float]:
        """The best value of each objective at the highest fidelity; empty where all failed there."""
        rows = self.rows[:, self.level_of(None)].ravel()
        rows = rows[rows >= 0]
        rows = rows[~self.is_failure[rows]]
        if not rows.size:
            return {}
        pick = {"minimize": np.min, "maximize": np.max}
        return {n: float(pick[goal](self.numbers[n][rows])) for n, goal in self.description.objectives.items()}

    def level_of(self, fidelity: float | None) -> int:
        """The highest recorded fidelity that is not above this one; None asks for the highest offered."""
        offered = self.description.fidelity
        asked = fidelity if fidelity is not None else offered.high if offered else 0.0
        return max(0, bisect.bisect_right(self.levels, asked) - 1)

    def outcome(self, configuration: int, trial: Trial) -> Outcome:
        """What was recorded of a configuration at the trial's fidelity, which it is to have been recorded at.

        The seed chooses among the replicates that the configuration has anywhere; where the chosen one is missing it
        is the next one there, after the last the first. A continued trial costs what the same replicate adds, or all
        of it where that was not recorded before or each fidelity was begun anew. No array is made here: trials on a
        simulated clock come one by one.
        """
        chosen = trial.seed % self._choices.item(configuration)
        row = self._filled.item(configuration, self.level_of(trial.proposal.fidelity), chosen)
        before = -1
        if trial.continues_from is not None:
            before = self.rows.item(configuration, self.level_of(trial.continues_from), self._places.item(row))
        cost = self._cost(row, before)
        if self.is_failure.item(row):
            return self._failure(row, cost)
        values = {name: column.item(row) for name, column in self._values}
        return Measurement(values, {name: column.item(row) for name, column in self._held_out}, cost)

    def _cost(self, row: int, before: int) -> float | None:
        if self.description.cost is None:
            return None
        costs = self.numbers[self.description.cost]
        if before < 0 or self.description.anew:
            return costs.item(row)
        return max(0.0, costs.item(row) - costs.item(before))

    def _failure(self, row: int, seconds: float | None) -> Failure:
        return Failure(FailureKind.ERROR if self.kinds is None else self.kinds[row], FAILED, seconds)

    @cached_property
    def _choices(self) -> NDArray[np.int64]:
        """How many replicates each configuration has anywhere [C]."""
        found: NDArray[np.int64] = (self.rows >= 0).any(axis=1).sum(axis=1)
        return found

    @cached_property
    def _filled(self) -> NDArray[np.int32]:
        """The rows [C, F, R], each missing replicate's from the next one of its configuration at its fidelity."""
        found = self.rows
        for step in range(1, self.rows.shape[2]):
            following = (np.arange(self.rows.shape[2]) + step) % self._choices[:, None]
            found = np.where(found < 0, np.take_along_axis(self.rows, following[:, None, :], axis=2), found)
        return found

    @cached_property
    def _places(self) -> NDArray[np.int64]:
        """Which of its configuration's replicates each row of the file is."""
        _, _, place = np.nonzero(self.rows >= 0)
        found = np.empty(len(place), dtype=np.int64)
        found[self.rows[self.rows >= 0]] = place
        return found

    @cached_property
    def _values(self) -> list[tuple[str, NDArray[np.float64]]]:
        return [(name, self.numbers[name]) for name in (*self.description.objectives, *self.description.values)]

    @cached_property
    def _held_out(self) -> list[tuple[str, NDArray[np.float64]]]:
        return [(name, self.numbers[column]) for name, column in self.description.held_out.items()]


def count_of(space: SearchSpace) -> float:
    """How many configurations a space has; infinity where a parameter is a Float."""
    counts = {name: parameter.count for name, parameter in space.parameters.items()}
    if not space.conditions or np.isinf(list(counts.values())).any():
        return float(np.prod(list(counts.values())))
    return float(sum(1 for _ in space.grid({name: int(count) for name, count in counts.items()})))
