"""Performance profiles: how many studies of a strategy end above a score, for every score at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .bootstrap import RESAMPLES, Draws, Intervals, bootstrap_intervals, final_scores, times_drawn, with_room_for_doubt
from .scores import TaskScores


@dataclass(frozen=True, slots=True)
class Profiles:
    """One falling curve a strategy."""

    strategies: tuple[str, ...]
    thresholds: NDArray[np.float64]
    """Scores, rising [t]."""
    shares: NDArray[np.float64]
    """Share of the strategy's studies with a final score above the threshold [strategies, t]; NaN for a strategy that
    found nothing."""
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    """Ends of the 95% interval at each threshold by itself [strategies, t]; NaN where no task has a second seed."""


def performance_profiles(
    scores: Sequence[TaskScores],
    thresholds: ArrayLike | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Profiles:
    """The run-score distributions of Agarwal et al. (NeurIPS 2021): all tasks on which a strategy ran weigh the same.

    A study counts where its final score is above the threshold, not at it. Where all studies of a task are on one side,
    and so on all tasks, the interval is an exact bound (`with_room_for_doubt`). That may be wider than where one study
    disagrees, so ends that would rise with the threshold are widened until they fall, as the curve does. By default the
    thresholds are those of `usual_thresholds`.
    """
    levels = usual_thresholds(scores) if thresholds is None else np.asarray(thresholds, dtype=np.float64)
    finals = final_scores(scores)
    found = [_profile(of_tasks, levels, resamples, seed) for of_tasks in finals.values()]
    shares, low, high = (
        np.array([getattr(one, name) for one in found]).reshape(len(found), levels.size)
        for name in ("values", "low", "high")
    )
    falling_low = np.minimum.accumulate(low, axis=1)
    falling_high = np.maximum.accumulate(high[:, ::-1], axis=1)[:, ::-1]
    return Profiles(tuple(finals), levels, shares, falling_low, falling_high)


def usual_thresholds(scores: Sequence[TaskScores], points: int = 101) -> NDArray[np.float64]:
    """Evenly spaced scores [points] from the one that 95% of all studies reach to the highest; 0 to 1 without any.

    Below that a few bad studies would squeeze all others into a corner of the chart.
    """
    known = np.concatenate([np.empty(0), *(final for finals in final_scores(scores).values() for final in finals)])
    known = known[~np.isnan(known)]
    low, high = (np.quantile(known, 0.05, method="lower"), known.max()) if known.size else (0.0, 1.0)
    return np.linspace(low, high, points)


def _profile(
    finals: Sequence[NDArray[np.float64]], levels: NDArray[np.float64], resamples: int, seed: int
) -> Intervals:
    """Shares with intervals [t] of one strategy."""
    ran = [known for final in finals if (known := final[~np.isnan(final)]).size]
    if not ran:
        nothing = np.full(levels.shape, np.nan)
        return Intervals(nothing, nothing, nothing)
    above = [np.greater.outer(final, levels) * 1.0 for final in ran]

    def shares(draws: Draws) -> NDArray[np.float64]:
        tasks = [times_drawn(draw, len(part)) @ part for draw, part in zip(draws, above, strict=True)]
        mean: NDArray[np.float64] = sum(tasks[1:], start=tasks[0]) / len(tasks)
        return mean

    seeds = [final.size for final in ran]
    return with_room_for_doubt(bootstrap_intervals(shares, seeds, resamples, seed), len(seeds) * min(seeds))
