"""Scores of a strategy over all tasks, each as one number with an interval: mean, median, IQM and optimality gap.

They are the four of Agarwal et al., Deep Reinforcement Learning at the Edge of the Statistical Precipice, NeurIPS 2021.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .bootstrap import (
    RESAMPLES,
    Draws,
    bootstrap_estimate,
    bootstrap_intervals,
    final_scores,
    interquartile_mean,
    times_drawn,
)
from .estimate import Estimate
from .scores import TaskScores


@dataclass(frozen=True, slots=True)
class Aggregate:
    """How one strategy did over the tasks on which it ran. All numbers are NaN for one that found nothing."""

    strategy: str
    mean: Estimate
    """Mean over tasks of the mean final score over seeds."""
    median: Estimate
    """Median over tasks of the same means."""
    iqm: Estimate
    """Interquartile mean of the final scores of all studies, as in the leaderboard."""
    optimality_gap: Estimate
    """Mean over tasks and seeds of how much a final score is short of 1, nothing where it is above: lower is better."""
    tasks: int
    """Tasks on which it ran; numbers over different tasks are hard to compare."""


def aggregates(scores: Sequence[TaskScores], resamples: int = RESAMPLES, seed: int = 0) -> tuple[Aggregate, ...]:
    """One a strategy, highest IQM first; at the end those that found nothing. Intervals: `bootstrap_intervals`."""
    found = [_aggregate(name, finals, resamples, seed) for name, finals in final_scores(scores).items()]
    return tuple(sorted(found, key=lambda one: (np.isnan(one.iqm.value), -np.nan_to_num(one.iqm.value), -one.tasks)))


def iqm_gap(scores: Sequence[TaskScores], a: str, b: str, resamples: int = RESAMPLES, seed: int = 0) -> Estimate:
    """How far the IQM of strategy a is above that of b; both meet the same seeds, so their shared luck cancels."""
    finals = final_scores(scores)

    def gap(draws: Draws) -> NDArray[np.float64]:
        of_a, of_b = (interquartile_mean(_drawn(finals[name], draws)) for name in (a, b))
        return of_a - of_b

    return bootstrap_estimate(gap, [len(task.seeds) for task in scores], resamples, seed)


def _aggregate(name: str, finals: Sequence[NDArray[np.float64]], resamples: int, seed: int) -> Aggregate:
    ran = [known for final in finals if (known := final[~np.isnan(final)]).size]
    if not ran:
        nothing = Estimate(np.nan, np.nan, np.nan)
        return Aggregate(name, nothing, nothing, nothing, nothing, tasks=0)

    short = [np.maximum(1.0 - final, 0.0) for final in ran]

    def four(draws: Draws) -> NDArray[np.float64]:
        shares = [times_drawn(draw, final.size) for draw, final in zip(draws, ran, strict=True)]
        means = np.stack([share @ final for share, final in zip(shares, ran, strict=True)], axis=1)
        gaps = np.stack([share @ missing for share, missing in zip(shares, short, strict=True)], axis=1)
        iqm = interquartile_mean(_drawn(ran, draws))
        return np.stack([means.mean(axis=1), np.median(means, axis=1), iqm, gaps.mean(axis=1)], axis=1)

    found = bootstrap_intervals(four, [final.size for final in ran], resamples, seed)
    mean, median, iqm, gap = (found.one(place) for place in range(4))
    return Aggregate(name, mean, median, iqm, gap, len(ran))


def _drawn(finals: Sequence[NDArray[np.float64]], draws: Draws) -> NDArray[np.float64]:
    """The scores of the studies drawn on all tasks together [resamples, n]."""
    return np.hstack([final[draw] for final, draw in zip(finals, draws, strict=True)])
