"""The leaderboard: one row a strategy, best first.

The score is the interquartile mean (IQM) over all studies, as Agarwal et al. recommend (Deep Reinforcement Learning at
the Edge of the Statistical Precipice, NeurIPS 2021): one lucky or broken study moves it less than a mean, and it
wastes less of the data than a median. Its interval is their stratified bootstrap: seeds are drawn within tasks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..store import Store
from .bootstrap import bootstrap_scores, final_scores, interquartile_mean
from .costs import study_sums
from .curves import TaskCurves, incumbent_curves
from .ranks import mean_rank_curves
from .scores import task_scores


@dataclass(frozen=True, slots=True)
class LeaderboardRow:
    """How one strategy did over all tasks."""

    strategy: str
    score: float
    """Interquartile mean of the final scores of all its studies: 0 is one random trial, 1 the best known."""
    low: float
    high: float
    """Ends of the score's 95% bootstrap interval over seeds: certainty about these tasks, not about others."""
    mean_rank: float
    """Mean rank at the end of the budget, within task and seed; 1 is best."""
    wins: int
    """Tasks on which no strategy has a better median final loss."""
    tasks: int
    """Tasks on which it ran. Scores over different tasks are hard to compare."""
    studies: int
    """Studies that have at least one trial."""
    trials: int
    failures: int
    """Trials that failed."""
    evaluation_seconds: float
    own_seconds: float
    """What the strategy itself took, to propose and to learn."""


def leaderboard(store: Store, resamples: int = 2000, seed: int = 0) -> tuple[LeaderboardRow, ...]:
    """One row a strategy, best score first; one that ran nowhere has the score NaN and comes last."""
    scores, curves = task_scores(store), incumbent_curves(store)
    draws = bootstrap_scores(scores, resamples, seed)
    ranks = mean_rank_curves(curves, points=1)
    rank_of = dict(zip(ranks.strategies, ranks.ranks[:, -1].tolist(), strict=True))
    wins, sums = _wins(curves), study_sums(store)
    rows = []
    for name, finals in final_scores(scores).items():
        low, high = percentile_interval(draws[name])
        mine = sums[store.studies["strategy"] == name]
        row = LeaderboardRow(
            strategy=name,
            score=float(interquartile_mean(np.concatenate(finals))),
            low=low,
            high=high,
            mean_rank=rank_of[name],
            wins=wins[name],
            tasks=sum(not np.isnan(final).all() for final in finals),
            studies=int((mine["trials"] > 0).sum()),
            trials=int(mine["trials"].sum()),
            failures=int(mine["failures"].sum()),
            evaluation_seconds=float(mine["evaluation_seconds"].sum()),
            own_seconds=float(mine["own_seconds"].sum()),
        )
        rows.append(row)
    return tuple(sorted(rows, key=lambda row: (np.isnan(row.score), -row.score)))


def percentile_interval(draws: NDArray[np.float64]) -> tuple[float, float]:
    """The middle 95% of bootstrap draws [resamples]; NaN where none is known."""
    known = draws[~np.isnan(draws)]
    if not known.size:
        return float("nan"), float("nan")
    low, high = np.quantile(known, [0.025, 0.975]).tolist()
    return low, high


def _wins(all_curves: Sequence[TaskCurves]) -> Counter[str]:
    """On how many tasks each strategy's median final loss is lowest, or ties for it."""
    wins: Counter[str] = Counter()
    for curves in all_curves:
        final = np.where(np.isnan(curves.losses[:, :, -1]), np.inf, curves.losses[:, :, -1])
        medians = [np.median(row[ran]) if ran.any() else np.inf for row, ran in zip(final, curves.ran, strict=True)]
        best = min(medians)
        wins.update(name for name, value in zip(curves.strategies, medians, strict=True) if value == best < np.inf)
    return wins
