"""How large a difference between two strategies is: probabilities of being better, with words for their size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .bootstrap import RESAMPLES, Draws, bootstrap_intervals, final_scores, times_drawn, with_room_for_doubt
from .estimate import Estimate
from .ranks import mean_of_known
from .scores import TaskScores

Magnitude: TypeAlias = Literal["negligible", "small", "medium", "large"]

CLIFFS_THRESHOLDS = (0.147, 0.33, 0.474)
"""From here on the size of Cliff's delta is small, medium, large: Romano, Kromrey, Coraggio and Skowronek, Appropriate
statistics for ordinal level data (Florida Association of Institutional Research, 2006)."""

_WORDS: tuple[Magnitude, ...] = ("negligible", "small", "medium", "large")


@dataclass(frozen=True, slots=True)
class TaskEffect:
    """How large the difference between two strategies is on one task, over all pairs of their seeds."""

    task: str
    a12: float
    """The probability that the first ends above the second, ties counted half."""
    delta: float
    """Cliff's delta: positive where the first tends to end above."""

    @property
    def magnitude(self) -> Magnitude:
        """The usual word for the size of Cliff's delta."""
        return cliffs_magnitude(self.delta)


def cliffs_delta(a: ArrayLike, b: ArrayLike) -> float:
    """The share of pairs in which a value of `a` [n] is above one of `b` [m], less the share in which it is below.

    1 where all of a are above all of b, -1 where all are below (Cliff, Dominance statistics, Psychological Bulletin
    114, 1993). NaN values are left out; NaN where no pair is left.
    """
    signs = _signs(np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64))
    return float(mean_of_known(signs.ravel(), axis=0))


def vargha_delaney_a12(a: ArrayLike, b: ArrayLike) -> float:
    """The probability that a value of `a` [n] is above one of `b` [m], ties counted half: (1 + Cliff's delta) / 2."""
    return (1.0 + cliffs_delta(a, b)) / 2.0


def cliffs_magnitude(delta: float) -> Magnitude:
    """The usual word for the size of Cliff's delta, in either direction."""
    return _WORDS[int(np.searchsorted(CLIFFS_THRESHOLDS, abs(delta), side="right"))]


def probability_of_improvement(
    scores: Sequence[TaskScores], a: str, b: str, resamples: int = RESAMPLES, seed: int = 0
) -> Estimate:
    """The probability that a study of strategy a ends above one of b, on a task drawn from these.

    Within a task it is A12 over all pairs of a seed of a and a seed of b; then the mean over the tasks on which both
    ran (Agarwal et al., NeurIPS 2021). The interval is over seeds (`bootstrap_intervals`), and a and b are given the
    same ones; where all pairs agree it is an exact bound (`with_room_for_doubt`). NaN where no task has both.
    """
    finals = final_scores(scores)
    above = [(1.0 + _signs(*pair)) / 2.0 for pair in zip(finals[a], finals[b], strict=True)]

    def probability(draws: Draws) -> NDArray[np.float64]:
        tasks = [_share_above(pairs, draw) for pairs, draw in zip(above, draws, strict=True)]
        return mean_of_known(np.stack(tasks, axis=1), axis=1)

    shared = [count for pairs in above if (count := int((~np.isnan(np.diagonal(pairs))).sum()))]
    found = bootstrap_intervals(probability, [len(task.seeds) for task in scores], resamples, seed)
    return with_room_for_doubt(found, len(shared) * min(shared, default=0)).one()


def task_effects(scores: Sequence[TaskScores], a: str, b: str) -> tuple[TaskEffect, ...]:
    """The effect of taking strategy a in place of b, one for each task on which both ran."""
    finals = final_scores(scores)
    found = (
        TaskEffect(task.task, vargha_delaney_a12(of_a, of_b), cliffs_delta(of_a, of_b))
        for task, of_a, of_b in zip(scores, finals[a], finals[b], strict=True)
    )
    return tuple(effect for effect in found if not np.isnan(effect.delta))


def _signs(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 where a value of a is above one of b, 0 where they tie, -1 where it is below, NaN where one is [n, m]."""
    signs: NDArray[np.float64] = np.greater.outer(a, b) * 1.0 - np.less.outer(a, b)
    signs[np.isnan(a)], signs[:, np.isnan(b)] = np.nan, np.nan
    return signs


def _share_above(pairs: NDArray[np.float64], draw: NDArray[np.intp]) -> NDArray[np.float64]:
    """The mean of the known pairs [seeds, seeds] of the seeds drawn [resamples]; NaN where none is known."""
    drawn = times_drawn(draw, len(pairs))
    known = ~np.isnan(pairs)
    weight, total = (np.sum(drawn @ part * drawn, axis=1) for part in (known * 1.0, np.where(known, pairs, 0.0)))
    share: NDArray[np.float64] = np.divide(total, weight, out=np.full(total.shape, np.nan), where=weight > 0)
    return share
