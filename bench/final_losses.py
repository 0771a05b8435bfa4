"""What the studies of a run ended with, by task, strategy and seed, and how one strategy compares with others."""
# ruff: noqa: INP001  part of a folder of scripts

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import wilcoxon

from results import Store
from results.analysis.curves import incumbent_curves
from results.analysis.ranks import rank_matrix
from results.analysis.scores import task_scores
from results.analysis.significance import Friedman, friedman

RESAMPLES: Final = 4000


@dataclass(frozen=True)
class FinalLosses:
    """The lowest losses after all trials; a study that did not run, or not to its end, is NaN."""

    tasks: tuple[str, ...]
    strategies: tuple[str, ...]
    losses: NDArray[np.float64]
    """[tasks, strategies, seeds]; infinite where no trial succeeded."""
    scores: NDArray[np.float64]
    """The same as scores, of which higher is better: 0 is one random trial, 1 the best known."""
    best: NDArray[np.float64]
    """The lowest loss that is known of each task, or that any study found [tasks]."""

    @property
    def regrets(self) -> NDArray[np.float64]:
        """How far above the best each study ended [tasks, strategies, seeds]."""
        return self.losses - self.best[:, None, None]

    def of(self, *names: str) -> FinalLosses:
        """Of these strategies the pairs of task and seed that all of them ran; NaN for the others."""
        rows = [self.strategies.index(name) for name in names]
        missing = np.isnan(self.losses[:, rows]).any(axis=1, keepdims=True)
        losses, scores = (np.where(missing, np.nan, part[:, rows]) for part in (self.losses, self.scores))
        return FinalLosses(self.tasks, names, losses, scores, self.best)

    def pairs(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values [tasks, strategies, seeds] as a block for each pair of task and seed that all ran [n, strategies]."""
        rows = values.transpose(0, 2, 1).reshape(-1, len(self.strategies))
        found: NDArray[np.float64] = rows[~np.isnan(rows).any(axis=1)]
        return found

    def medians(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values as a block for each task that all ran: medians over its seeds [n, strategies]."""
        ran = ~np.isnan(values).all(axis=(1, 2))
        return np.array([np.nanmedian(task, axis=1) for task in values[ran]]).reshape(-1, len(self.strategies))


def final_losses(store: Store) -> FinalLosses:
    """Those of all studies that were not stopped before their end."""
    curves, scores = incumbent_curves(store), task_scores(store)
    seeds = sorted({seed for task in curves for seed in task.seeds})
    shape = (len(curves), len(store.strategies), len(seeds))
    losses, gained = np.full(shape, np.nan), np.full(shape, np.nan)
    ended = store.studies[store.studies["status"].isin(["finished", "failed"])]
    done = {*zip(ended["task"], ended["strategy"], ended["seed"], strict=True)}
    for place, (task, score) in enumerate(zip(curves, scores, strict=True)):
        for row, strategy in enumerate(task.strategies):
            for column, seed in enumerate(task.seeds):
                if (task.task, strategy, seed) in done and task.ran[row, column]:
                    at = place, store.strategies.index(strategy), seeds.index(seed)
                    losses[at] = np.nan_to_num(task.losses[row, column, -1], nan=np.inf)
                    gained[at] = score.final[row, column]
    lowest = [min(score.one, float(np.nanmin(losses[place]))) for place, score in enumerate(scores)]
    return FinalLosses(store.tasks, store.strategies, losses, gained, np.array(lowest))


@dataclass(frozen=True, slots=True)
class Ranking:
    """Mean ranks over blocks, 1 is best, and whether they differ by more than luck."""

    ranks: dict[str, float]
    blocks: int
    test: Friedman


def ranking(final: FinalLosses, blocks: Literal["pairs", "medians"]) -> Ranking:
    """Over pairs of task and seed, or over tasks by their medians; only what all strategies ran."""
    losses = getattr(final, blocks)(final.losses)
    ranks = rank_matrix(losses)
    return Ranking(dict(zip(final.strategies, ranks.mean(axis=0).tolist(), strict=True)), len(losses), friedman(losses))


@dataclass(frozen=True, slots=True)
class Blocks:
    """One strategy against another over blocks, by their scores."""

    wins: int
    ties: int
    losses: int
    p_value: float
    """One-sided Wilcoxon signed-rank: how likely so good a result is where the strategy is no better."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate, and the ends of its 95% bootstrap interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Contest:
    """One strategy against another, where both ran."""

    other: str
    tasks: Blocks
    pairs: Blocks
    superiority: Interval
    """The probability that it ends lower on the same task and seed; ties count half."""
    gain: Interval
    """By how much its score is higher, on average."""


def contest(final: FinalLosses, name: str, other: str) -> Contest:
    """Tests over tasks and over pairs; intervals draw tasks anew, then seeds within each, the same for both."""
    both = final.of(name, other)
    ours, theirs = both.losses[:, 0], both.losses[:, 1]
    better = np.where(np.isnan(ours), np.nan, (ours < theirs) + 0.5 * (ours == theirs))
    gains = both.scores[:, 0] - both.scores[:, 1]
    tasks, pairs = both.medians(both.scores), both.pairs(both.scores)
    return Contest(other, _blocks(tasks), _blocks(pairs), _interval(better), _interval(gains))


def _blocks(scores: NDArray[np.float64]) -> Blocks:
    """Scores [blocks, 2]."""
    gains = scores[:, 0] - scores[:, 1]
    p_value = float(wilcoxon(gains, zero_method="zsplit", alternative="greater").pvalue) if gains.any() else 1.0
    return Blocks(int((gains > 0).sum()), int((gains == 0).sum()), int((gains < 0).sum()), p_value)


def _interval(values: NDArray[np.float64], seed: int = 0) -> Interval:
    """The mean over tasks of the means over seeds of values [tasks, seeds]."""
    rng = np.random.default_rng(seed)
    known = [row[~np.isnan(row)] for row in values if not np.isnan(row).all()]
    drawn = np.array([_resampled_means(row, rng) for row in known])
    tasks = rng.integers(len(known), size=(len(known), RESAMPLES))
    low, high = np.quantile(np.take_along_axis(drawn, tasks, axis=0).mean(axis=0), [0.025, 0.975]).tolist()
    return Interval(float(np.mean([row.mean() for row in known])), low, high)


def _resampled_means(values: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    means: NDArray[np.float64] = values[rng.integers(values.size, size=(RESAMPLES, values.size))].mean(axis=1)
    return means


def best_ranked(ranks: Ranking, names: Sequence[str]) -> str:
    """Of these strategies the one with the lowest mean rank."""
    return min(names, key=lambda name: ranks.ranks[name])
