"""The leaderboard: one row a strategy, best first.

The score is the interquartile mean (IQM) over all studies, as Agarwal et al. recommend (Deep Reinforcement Learning at
the Edge of the Statistical Precipice, NeurIPS 2021): one lucky or broken study moves it less than a mean, and it
wastes less of the data than a median. Its interval is a stratified bootstrap: seeds are drawn within tasks, and it is
widened where they are few (`results.analysis.bootstrap`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..remembering import once_a_store
from ..store import Store
from .aggregates import aggregates
from .costs import study_sums
from .curves import TaskCurves, incumbent_curves
from .ranks import mean_rank_curves
from .scores import task_scores


@dataclass(frozen=True, slots=True)
class LeaderboardRow:
    """How one strategy did over all tasks."""

    strategy: str
    score: float
    """Interquartile mean of the final scores of all its studies: 0 is one random trial, 1 the best known. A study that
    found nothing counts as 0; NaN where none found anything."""
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


@once_a_store
def leaderboard(store: Store, resamples: int = 2000, seed: int = 0) -> tuple[LeaderboardRow, ...]:
    """One row a strategy, best score first; at the end those that found nothing, or ran nowhere, with the score NaN."""
    scores, curves = task_scores(store), incumbent_curves(store)
    ranks = mean_rank_curves(curves, points=1)
    rank_of = dict(zip(ranks.strategies, ranks.ranks[:, -1].tolist(), strict=True))
    wins, tasks, sums = _wins(curves), _tasks(curves), study_sums(store)
    rows = []
    for found in aggregates(scores, resamples, seed):
        name = found.strategy
        mine = sums[store.studies["strategy"] == name]
        row = LeaderboardRow(
            strategy=name,
            score=found.iqm.value,
            low=found.iqm.low,
            high=found.iqm.high,
            mean_rank=rank_of[name],
            wins=wins[name],
            tasks=tasks[name],
            studies=int((mine["trials"] > 0).sum()),
            trials=int(mine["trials"].sum()),
            failures=int(mine["failures"].sum()),
            evaluation_seconds=float(mine["evaluation_seconds"].sum()),
            own_seconds=float(mine["own_seconds"].sum()),
        )
        rows.append(row)
    return tuple(sorted(rows, key=lambda row: (np.isnan(row.score), -np.nan_to_num(row.score), -row.tasks)))


def _tasks(all_curves: Sequence[TaskCurves]) -> Counter[str]:
    """On how many tasks each strategy ran."""
    return Counter(
        name for curves in all_curves for name, ran in zip(curves.strategies, curves.ran, strict=True) if ran.any()
    )


def _wins(all_curves: Sequence[TaskCurves]) -> Counter[str]:
    """On how many tasks each strategy's median final loss is lowest, or ties for it."""
    wins: Counter[str] = Counter()
    for curves in all_curves:
        final = np.where(np.isnan(curves.losses[:, :, -1]), np.inf, curves.losses[:, :, -1])
        medians = [np.median(row[ran]) if ran.any() else np.inf for row, ran in zip(final, curves.ran, strict=True)]
        best = min(medians)
        wins.update(name for name, value in zip(curves.strategies, medians, strict=True) if value == best < np.inf)
    return wins
