"""How much sooner than random search a strategy gets as far, and how sure that is.

Intervals are over the strategy's seeds, by `bootstrap_intervals` of the inverse, which is 0 where no study reaches the
target. The targets are held fixed, though they rest on random search's trials, which are luck as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .bootstrap import RESAMPLES, Draws, bootstrap_estimate
from .estimate import Estimate
from .run_length import TaskRunLengths, expected_run_length


@dataclass(frozen=True, slots=True)
class SpeedUp:
    """How soon one strategy reaches what random search is expected to reach within its budget."""

    strategy: str
    share: Estimate
    """Expected run length over that of random search, median over tasks: 0.2 is five times as fast. Infinite
    where on half of the tasks or more no study reached it, and an end of the interval likewise."""
    tasks: int
    """On how many it ran."""
    without: tuple[str, ...]
    """On which of them none of its studies reached it."""
    unreached: int
    """How many of its studies did not."""
    studies: int


@dataclass(frozen=True, slots=True)
class _Runs:
    """The studies of one strategy on one task, as far as one target is concerned."""

    task: str
    steps: NDArray[np.float64]
    """Run lengths, in units of what the target takes random search where they are shares [n]."""
    reached: NDArray[np.bool_]

    @property
    def expected(self) -> float:
        return float(expected_run_length(self.steps, self.reached))


def expected_estimate(
    run: TaskRunLengths, strategy: str, place: int, resamples: int = RESAMPLES, seed: int = 0
) -> Estimate:
    """A strategy's expected run length to one of the targets, with its interval; NaN where it did not run."""
    mine = _runs_of(run, strategy, place, unit=1.0)
    return _nothing() if mine is None else _median([mine], resamples, seed)


def speed_ups(
    runs: Sequence[TaskRunLengths], strategies: Sequence[str], resamples: int = RESAMPLES, seed: int = 0
) -> tuple[SpeedUp, ...]:
    """One for each strategy that ran, fastest first.

    Tasks are left out on which random search is not expected to reach anything within its budget.
    """
    told = [(run, place) for run in runs if (place := run.place(run.budget)) is not None]
    found = []
    for name in strategies:
        tried = (_runs_of(run, name, place, unit=run.random_trials(place)) for run, place in told)
        if mine := [one for one in tried if one is not None]:
            found.append(_speed_up(name, mine, _median(mine, resamples, seed)))
    return tuple(sorted(found, key=lambda one: one.share.value))


def _runs_of(run: TaskRunLengths, strategy: str, place: int, unit: float) -> _Runs | None:
    """The studies that ran; None without one."""
    if strategy not in run.strategies:
        return None
    row = run.strategies.index(strategy)
    steps, reached = run.steps[row, :, place], run.reached[row, :, place]
    ran = ~np.isnan(steps)
    return _Runs(run.task, steps[ran] / unit, reached[ran]) if ran.any() else None


def _median(runs: Sequence[_Runs], resamples: int, seed: int) -> Estimate:
    """The median over tasks of the expected run length."""

    def inverse(draws: Draws) -> NDArray[np.float64]:
        expected = [expected_run_length(r.steps[draw], r.reached[draw]) for r, draw in zip(runs, draws, strict=True)]
        found: NDArray[np.float64] = 1.0 / np.median(expected, axis=0)
        return found

    found = bootstrap_estimate(inverse, [one.steps.size for one in runs], resamples, seed)
    return Estimate(float(np.median([one.expected for one in runs])), _inverted(found.high), _inverted(found.low))


def _inverted(value: float) -> float:
    return 1.0 / value if value else float("inf")


def _speed_up(name: str, runs: Sequence[_Runs], share: Estimate) -> SpeedUp:
    without = tuple(one.task for one in runs if np.isinf(one.expected))
    unreached = sum(int((~one.reached).sum()) for one in runs)
    return SpeedUp(name, share, len(runs), without, unreached, sum(one.steps.size for one in runs))


def _nothing() -> Estimate:
    return Estimate(float("nan"), float("nan"), float("nan"))
