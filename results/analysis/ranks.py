"""Mean ranks over tasks, as the budget is spent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from .curves import TaskCurves


@dataclass(frozen=True, slots=True)
class MeanRanks:
    """Mean rank of each strategy over tasks and seeds; 1 is best."""

    strategies: tuple[str, ...]
    trials: NDArray[np.float64]
    """Fraction of each task's budget that is spent [t], the last one 1."""
    ranks: NDArray[np.float64]
    """Mean ranks [strategies, t]; NaN where a strategy took part in no task."""


def rank_matrix(final: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks within each block of losses [blocks, strategies]: 1 is the lowest; ties share; NaN is worst, tied."""
    worst_last = np.where(np.isnan(final), np.inf, final)
    ranks: NDArray[np.float64] = rankdata(worst_last, method="average", axis=1)
    return ranks


def mean_rank_curves(store_curves: Sequence[TaskCurves], points: int = 50) -> MeanRanks:
    """Mean ranks at `points` fractions of the budget: within each task and seed, then over seeds, then over tasks.

    A study that did not run is not ranked; one that has found nothing yet shares the last rank.
    """
    strategies = tuple(dict.fromkeys(name for curves in store_curves for name in curves.strategies))
    fractions = np.linspace(1.0 / points, 1.0, points)
    ranks = np.full((len(store_curves), len(strategies), points), np.nan)
    for task, curves in enumerate(store_curves):
        rows = [strategies.index(name) for name in curves.strategies]
        ranks[task, rows] = _mean_ranks_of(curves, fractions)
    return MeanRanks(strategies, fractions, mean_of_known(ranks, axis=0))


def mean_of_known(values: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    """The mean along an axis of what is not NaN; NaN where nothing is known."""
    known = ~np.isnan(values)
    count = known.sum(axis=axis)
    total = np.where(known, values, 0.0).sum(axis=axis)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _mean_ranks_of(curves: TaskCurves, fractions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean ranks over seeds within one task [strategies, t]."""
    spent = np.maximum(np.ceil(fractions * curves.length - 1e-9).astype(np.intp), 1) - 1
    ranks = np.full((len(curves.strategies), len(curves.seeds), fractions.size), np.nan)
    for seed in range(len(curves.seeds)):
        ran = curves.ran[:, seed]
        if ran.any():
            ranks[ran, seed] = rank_matrix(curves.losses[ran, seed][:, spent].T).T
    return mean_of_known(ranks, axis=1)
