"""Interquartile means of scores, and how they, or any number made of studies, would vary with other seeds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, t

from .estimate import Estimate
from .ranks import mean_of_known
from .scores import TaskScores, with_a_success
from .significance import block_names

RESAMPLES = 2000
LEAST_SEEDS, LEAST_STUDIES = 5, 10
ENOUGH_SEEDS = 50
"""With as many seeds on every task the correction for few seeds is too small to be worth its computation."""

Draws: TypeAlias = Sequence[NDArray[np.intp]]
"""For each task the places of the seeds that were drawn, as many as the task has [resamples, seeds]; one seed less
where the jackknife leaves one out."""

Statistic: TypeAlias = Callable[[Draws], NDArray[np.float64]]
"""What is to be estimated, for each resample [resamples, ...]; NaN where the seeds drawn say nothing."""


@dataclass(frozen=True, slots=True)
class Intervals:
    """Several numbers, each with its 95% interval; their shape is that of what the statistic gives a resample."""

    values: NDArray[np.float64]
    low: NDArray[np.float64]
    """Never above the value; NaN where nothing can vary: no task has a second seed."""
    high: NDArray[np.float64]

    def one(self, *place: int) -> Estimate:
        """The number at this place."""
        return Estimate(float(self.values[place]), float(self.low[place]), float(self.high[place]))


def bootstrap_intervals(
    statistic: Statistic, seeds: Sequence[int], resamples: int = RESAMPLES, seed: int = 0
) -> Intervals:
    """95% intervals of a statistic over other seeds that might have been met; tasks, with so many `seeds`, are fixed.

    The bootstrap is stratified, as Agarwal et al. (NeurIPS 2021) recommend: seeds are drawn within each task. With the
    few seeds that a study of strategies has, the ends of the middle 95% of its draws are too close, for two reasons,
    and each is mended in the way that the literature has for it:

    - Drawing n of n seeds gives a variance that is too small by (n - 1) / n. So for each resample one seed of each
      task, at random, is left out, and n are drawn from the n - 1 others: the bootknife (Hesterberg, Unbiasing the
      bootstrap: bootknife sampling vs. smoothing, Proceedings of the Section on Statistics and the Environment, 2004).
      A resample is as large as what was seen, so a trimmed mean of it trims as many.
    - The spread itself is estimated from few seeds. So the percentiles are those that widen a normal interval to
      Student's: Phi(-t) in place of 2.5%, t the 97.5% quantile (Hesterberg, What teachers should know about the
      bootstrap, The American Statistician 69, 2015). Its degrees of freedom are Satterthwaite's over tasks, from the
      jackknife: (sum of v)^2 / sum of v^2 / (n - 1), where v = (n - 1) / n * sum of squared deviations of the
      statistic, leaving out one seed of the task at a time.

    An interval that would not hold the value is stretched to it: with very few seeds, a middle value may be further out
    than most that are drawn without one of its seeds. A task with a single seed is taken as it is.
    """
    whole: Draws = [np.arange(count)[None] for count in seeds]
    values = statistic(whole)[0]
    if all(count < 2 for count in seeds):
        return Intervals(values, np.full(values.shape, np.nan), np.full(values.shape, np.nan))
    rng = np.random.default_rng(seed)
    drawn = statistic([_bootknife(count, resamples, rng) for count in seeds])
    tail = np.asarray(norm.cdf(-t.ppf(0.975, _freedom(statistic, seeds))))
    low, high = (_quantiles(drawn, share) for share in (tail, 1.0 - tail))
    is_known = ~np.isnan(values)
    np.minimum(low, values, out=low, where=is_known)
    np.maximum(high, values, out=high, where=is_known)
    return Intervals(values, low, high)


def bootstrap_estimate(
    statistic: Statistic, seeds: Sequence[int], resamples: int = RESAMPLES, seed: int = 0
) -> Estimate:
    """The number with the interval that `bootstrap_intervals` gives, where the statistic is one [resamples]."""
    return bootstrap_intervals(statistic, seeds, resamples, seed).one()


def with_room_for_doubt(shares: Intervals, studies: int) -> Intervals:
    """Intervals of shares, mean over tasks; those without any width widened to the exact bound for unanimous studies.

    Where all studies of each task agree, so does every resample, however few they are. But had they disagreed with
    mean probability e, all of `studies` (tasks times seeds) would have agreed with probability (1 - e)^studies at most,
    which is below 2.5% unless e is at most 1 - 0.025^(1 / studies): Clopper and Pearson's bound.
    """
    room = 1.0 - 0.025 ** (1.0 / max(studies, 1))
    is_flat = np.abs(shares.high - shares.low) < 1e-9
    low = np.where(is_flat, np.maximum(shares.low - room, 0.0), shares.low)
    high = np.where(is_flat, np.minimum(shares.high + room, 1.0), shares.high)
    return Intervals(shares.values, low, high)


def has_too_few_seeds(scores: Sequence[TaskScores]) -> bool:
    """Whether intervals of these scores are too narrow: fewer than 5 seeds on some task, or 10 on all together."""
    counts = [len(task.seeds) for task in scores]
    return min(counts) < LEAST_SEEDS or sum(counts) < LEAST_STUDIES


def times_drawn(draw: NDArray[np.intp], seeds: int) -> NDArray[np.float64]:
    """How often each of a task's seeds was drawn, as a share of the draws [resamples, seeds]; rows sum to 1."""
    resamples, count = draw.shape
    cells = draw + seeds * np.arange(resamples)[:, None]
    times = np.bincount(cells.ravel(), minlength=resamples * seeds)
    shares: NDArray[np.float64] = times.reshape(resamples, seeds) / count
    return shares


def final_scores(scores: Sequence[TaskScores]) -> dict[str, tuple[NDArray[np.float64], ...]]:
    """For each strategy the final scores [seeds] of each task, in its order of seeds; NaN where it did not run.

    All are NaN for a strategy none of whose studies found anything: its score would be a convention alone.
    """
    able = with_a_success(scores)
    return {name: tuple(_finals(task, name, able) for task in scores) for name in block_names(scores)}


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


def _bootknife(seeds: int, resamples: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Places of seeds, as many as there are, drawn from all but one, which differs by resample [resamples, seeds]."""
    if seeds == 1:
        return np.zeros((resamples, 1), dtype=np.intp)
    left_out = rng.integers(seeds, size=(resamples, 1), dtype=np.intp)
    drawn = rng.integers(seeds - 1, size=(resamples, seeds), dtype=np.intp)
    return drawn + (drawn >= left_out)


def _freedom(statistic: Statistic, seeds: Sequence[int]) -> NDArray[np.float64]:
    """Satterthwaite's degrees of freedom of each number; at least one."""
    varying = [count for count in seeds if count > 1]
    if min(varying) >= ENOUGH_SEEDS:
        return np.array(min(varying) - 1.0)
    shares = [_share(statistic, seeds, task) for task in range(len(seeds)) if seeds[task] > 1]
    squares = np.sum([share**2 / (count - 1) for share, count in zip(shares, varying, strict=True)], axis=0)
    total: NDArray[np.float64] = np.sum(shares, axis=0) ** 2
    found = np.divide(total, squares, out=np.full(total.shape, np.inf), where=squares > 0)
    freedom: NDArray[np.float64] = np.clip(found, 1.0, sum(varying) - len(varying))
    return freedom


def _share(statistic: Statistic, seeds: Sequence[int], task: int) -> NDArray[np.float64]:
    """The part of the statistic's variance that the seeds of one task account for, by the jackknife."""
    count = seeds[task]
    without = np.array([np.delete(np.arange(count), place) for place in range(count)])
    whole = [np.broadcast_to(np.arange(other), (count, other)) for other in seeds]
    moved = statistic([*whole[:task], without, *whole[task + 1 :]])
    spread = mean_of_known((moved - mean_of_known(moved, axis=0)) ** 2, axis=0)
    share: NDArray[np.float64] = (count - 1) * np.nan_to_num(spread, nan=0.0)
    return share


def _quantiles(drawn: NDArray[np.float64], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of each number the quantile of its own share, over the resamples that say anything."""
    flat = drawn.reshape(len(drawn), -1)
    wanted = np.broadcast_to(shares, drawn.shape[1:]).ravel()
    columns = [column[~np.isnan(column)] for column in flat.T]
    found = [np.quantile(one, q) if one.size else np.nan for one, q in zip(columns, wanted, strict=True)]
    return np.array(found).reshape(drawn.shape[1:])


def _finals(task: TaskScores, name: str, able: Collection[str]) -> NDArray[np.float64]:
    """The final scores of a strategy on a task [seeds]."""
    if name not in able or name not in task.strategies:
        return np.full(len(task.seeds), np.nan)
    finals: NDArray[np.float64] = task.final[task.strategies.index(name)]
    return finals
