"""Hypothesis tests: is the difference between strategies more than luck?

The unit of independence is the task: seeds are nested in it, and more seeds make a task's result surer but no more
tasks. So the primary tests have one block a task (`task_blocks`). With fewer than `LEAST_BLOCKS` tasks no difference
can reach the 5% level; then tests over seeds (`seed_blocks`) still tell strategies apart on one given task.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2, f, rankdata, studentized_range, wilcoxon

from ..errors import NothingToCompare
from .cliques import cliques
from .ranks import rank_matrix
from .scores import TaskScores

__all__ = [
    "LEAST_BLOCKS",
    "Friedman",
    "Pair",
    "block_names",
    "cliques",
    "friedman",
    "friedman_from_mean_ranks",
    "as_one_family",
    "holm",
    "nemenyi_critical_difference",
    "pairwise_wilcoxon",
    "seed_blocks",
    "task_blocks",
]

LEAST_BLOCKS = 6
"""With fewer, even unanimity is no evidence at 5%: a two-sided Wilcoxon p-value is at least 2 / 2**blocks."""


@dataclass(frozen=True, slots=True)
class Friedman:
    """The Friedman test: do all strategies rank alike?"""

    statistic: float
    """Chi-squared with strategies - 1 degrees of freedom."""
    p_value: float
    iman_davenport: float
    """The F statistic made of it, which is less conservative (Iman and Davenport 1980)."""
    iman_davenport_p: float
    blocks: int
    strategies: int


@dataclass(frozen=True, slots=True)
class Pair:
    """Two strategies compared over blocks: a against b."""

    a: str
    b: str
    p_value: float
    """Two-sided Wilcoxon signed-rank; 1 where the two never differ."""
    p_holm: float
    """The same, adjusted for the number of pairs (Holm 1979)."""
    median_difference: float
    """Median over blocks of a's value - b's value; NaN without a block."""
    wins: int
    """Blocks in which a has the higher value."""
    ties: int
    losses: int
    blocks: int
    """Blocks in which both took part."""
    effect: float
    """Matched-pairs rank-biserial correlation, in [-1, 1]: 1 where a is higher in every block."""


def friedman(ranks_or_values: NDArray[np.float64]) -> Friedman:
    """The test on ranks, or on values to be ranked [blocks, strategies]; ties are corrected for."""
    ranks = rank_matrix(np.asarray(ranks_or_values, dtype=np.float64))
    blocks, strategies = ranks.shape
    _check_enough(strategies, blocks, least_blocks=2)
    middle = (strategies + 1) / 2
    total = float(((ranks - middle) ** 2).sum())
    between = float(((ranks.mean(axis=0) - middle) ** 2).sum())
    statistic = blocks**2 * (strategies - 1) * between / total if total > 0 else 0.0
    return _friedman(statistic, blocks, strategies)


def friedman_from_mean_ranks(mean_ranks: ArrayLike, blocks: int) -> Friedman:
    """The test on mean ranks [strategies], as a paper prints them; ties are not corrected for."""
    means = np.asarray(mean_ranks, dtype=np.float64)
    _check_enough(means.size, blocks, least_blocks=2)
    k = means.size
    statistic = 12 * blocks / (k * (k + 1)) * (float((means**2).sum()) - k * (k + 1) ** 2 / 4)
    return _friedman(statistic, blocks, k)


def nemenyi_critical_difference(strategies: int, blocks: int, alpha: float = 0.05) -> float:
    """How far apart two mean ranks must be to differ at level `alpha` (Demsar 2006, equation for CD)."""
    _check_enough(strategies, blocks, least_blocks=1)
    quantile = float(studentized_range.ppf(1 - alpha, strategies, np.inf)) / float(np.sqrt(2))
    return float(quantile * np.sqrt(strategies * (strategies + 1) / (6 * blocks)))


def pairwise_wilcoxon(values: NDArray[np.float64], names: Sequence[str]) -> tuple[Pair, ...]:
    """Every pair of strategies, on values [blocks, strategies] of which higher is better.

    A block with a NaN is left out of the pairs that it concerns. A block in which the two tie speaks for neither: its
    rank is split between them, as Demsar (2006) recommends, not dropped, which would overstate the rest.
    """
    pairs = [_compared(values[:, [i, j]], names[i], names[j]) for i, j in combinations(range(len(names)), 2)]
    return as_one_family(pairs)


def as_one_family(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    """The pairs as one family of tests: `p_holm` adjusted for all of them."""
    family = tuple(pairs)
    adjusted = holm([pair.p_value for pair in family])
    return tuple(replace(pair, p_holm=float(p)) for pair, p in zip(family, adjusted, strict=True))


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """The p-values [n], adjusted by Holm's step-down procedure."""
    raw = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(raw, kind="stable")
    adjusted = np.empty_like(raw)
    adjusted[order] = np.minimum(np.maximum.accumulate(raw[order] * np.arange(raw.size, 0, -1)), 1.0)
    return adjusted


def block_names(scores: Sequence[TaskScores]) -> tuple[str, ...]:
    """The strategies of the columns of `task_blocks`: all that any task knows, in order of appearance."""
    return tuple(dict.fromkeys(name for task in scores for name in task.strategies))


def task_blocks(scores: Sequence[TaskScores]) -> NDArray[np.float64]:
    """One block a task: medians over seeds of the final scores [tasks, strategies], columns as `block_names` says.

    NaN where a strategy did not run on the task.
    """
    names = block_names(scores)
    blocks = np.full((len(scores), len(names)), np.nan)
    for row, task in enumerate(scores):
        for name, final in zip(task.strategies, task.final, strict=True):
            known = final[~np.isnan(final)]
            blocks[row, names.index(name)] = np.median(known) if known.size else np.nan
    return blocks


def seed_blocks(scores: TaskScores) -> NDArray[np.float64]:
    """One block a seed, for claims about this one task: the final scores [seeds, strategies]."""
    return scores.final.T


def _check_enough(strategies: int, blocks: int, *, least_blocks: int) -> None:
    if strategies < 2 or blocks < least_blocks:
        raise NothingToCompare(
            f"a test needs at least 2 strategies and {least_blocks} blocks, not {strategies} and {blocks}"
        )


def _friedman(statistic: float, blocks: int, strategies: int) -> Friedman:
    freedom = strategies - 1
    rest = blocks * freedom - statistic
    ratio = (blocks - 1) * statistic / rest if rest > 1e-9 * statistic else float("inf")
    return Friedman(
        statistic=statistic,
        p_value=float(chi2.sf(statistic, freedom)),
        iman_davenport=ratio,
        iman_davenport_p=float(f.sf(ratio, freedom, freedom * (blocks - 1))),
        blocks=blocks,
        strategies=strategies,
    )


def _compared(values: NDArray[np.float64], a: str, b: str) -> Pair:
    """One pair on values [blocks, 2], its p-value not yet adjusted."""
    both = values[~np.isnan(values).any(axis=1)]
    difference = both[:, 0] - both[:, 1]
    p_value = _wilcoxon_p(difference)
    return Pair(
        a=a,
        b=b,
        p_value=p_value,
        p_holm=p_value,
        median_difference=float(np.median(difference)) if difference.size else float("nan"),
        wins=int((difference > 0).sum()),
        ties=int((difference == 0).sum()),
        losses=int((difference < 0).sum()),
        blocks=int(difference.size),
        effect=_rank_biserial(difference),
    )


def _wilcoxon_p(difference: NDArray[np.float64]) -> float:
    if not difference.any():
        return 1.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return float(wilcoxon(difference, zero_method="zsplit").pvalue)


def _rank_biserial(difference: NDArray[np.float64]) -> float:
    ranks = rankdata(np.abs(difference))
    return float((np.sign(difference) * ranks).sum() / ranks.sum()) if difference.any() else 0.0
