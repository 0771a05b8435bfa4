"""Interquartile means of scores, and how they would vary with other seeds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .scores import TaskScores
from .significance import block_names


def final_scores(scores: Sequence[TaskScores]) -> dict[str, tuple[NDArray[np.float64], ...]]:
    """For each strategy the final scores [seeds] of each task, in its order of seeds; NaN where it did not run."""
    return {
        name: tuple(
            task.final[task.strategies.index(name)] if name in task.strategies else np.full(len(task.seeds), np.nan)
            for task in scores
        )
        for name in block_names(scores)
    }


def interquartile_mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean of the middle half along the last axis [..., n], NaN left out; NaN where nothing is left.

    As many are cut off each end as a quarter of them, rounded down: all stay where there are fewer than four.
    """
    known = (~np.isnan(values)).sum(axis=-1)
    cut = known // 4
    place = np.arange(values.shape[-1])
    middle = (place >= cut[..., None]) & (place < (known - cut)[..., None])
    total = np.where(middle, np.sort(values, axis=-1), 0.0).sum(axis=-1)
    return np.where(known > 0, total / np.maximum(known - 2 * cut, 1), np.nan)


def bootstrap_scores(scores: Sequence[TaskScores], resamples: int, seed: int) -> dict[str, NDArray[np.float64]]:
    """For each strategy the interquartile means [resamples] over other seeds that it might have met.

    Seeds are drawn anew within each task, as many as it has, and the same ones for all strategies: a difference
    between two strategies varies as their paired runs do. NaN where no task has a second seed.
    """
    if all(len(task.seeds) == 1 for task in scores):
        return {name: np.full(resamples, np.nan) for name in block_names(scores)}
    rng = np.random.default_rng(seed)
    drawn = [rng.integers(len(task.seeds), size=(resamples, len(task.seeds))) for task in scores]
    return {
        name: interquartile_mean(np.hstack([final[draw] for final, draw in zip(finals, drawn, strict=True)]))
        for name, finals in final_scores(scores).items()
    }
