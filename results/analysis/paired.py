"""Two strategies on the same tasks with the same seeds: their difference, and whether it is more than luck.

The tasks are what they are, and what varies is the luck of the seeds: what these tests say holds on these tasks. With d
the differences of the two strategies' final scores on one task [seeds], the estimate is the mean over tasks of the mean
of d, its standard error the root of the sum over tasks of var(d) / n, divided by the number of tasks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from .bootstrap import final_scores
from .scores import TaskScores

_FLIPS = 9_999
_EXACT_UP_TO = 13
"""With so many differences or fewer, all ways to flip their signs are gone through."""
_ENOUGH_HITS = 20
"""A share of random flips that rests on fewer of them is left to Student's t."""


@dataclass(frozen=True, slots=True)
class PairedDifferences:
    """The differences a - b of final scores, task by task."""

    a: str
    b: str
    tasks: tuple[str, ...]
    """Tasks on which both ran with two seeds or more: with one, nothing tells what is luck."""
    differences: tuple[NDArray[np.float64], ...]
    """For each of the tasks, over the seeds that both ran with [seeds]."""

    @property
    def seeds(self) -> int:
        """The fewest seeds of any task; 0 without a task."""
        return min((d.size for d in self.differences), default=0)

    @property
    def mean(self) -> float:
        """Mean over tasks of the mean over seeds; NaN without a task."""
        return float(np.mean([d.mean() for d in self.differences])) if self.differences else float("nan")

    @property
    def standard_error(self) -> float:
        """Of the mean, as the seeds vary; NaN without a task."""
        return float(np.sqrt(self._variances().sum())) if self.differences else float("nan")

    @property
    def freedom(self) -> float:
        """Degrees of freedom of the standard error (Welch 1947, Satterthwaite 1946); infinite where nothing varies."""
        parts = self._variances()
        sizes = np.array([d.size for d in self.differences])
        return float(degrees_of_freedom(parts, sizes))

    def interval(self, level: float = 0.05) -> tuple[float, float]:
        """The interval of the mean with coverage 1 - level, by Student's t; NaN without a task."""
        half = float(student.ppf(1 - level / 2, self.freedom)) * self.standard_error if self.differences else np.nan
        return self.mean - half, self.mean + half

    def _variances(self) -> NDArray[np.float64]:
        """What each task adds to the variance of the mean [tasks]."""
        return np.array([d.var(ddof=1) / d.size for d in self.differences]) / len(self.differences) ** 2


def paired_differences(scores: Sequence[TaskScores], a: str, b: str) -> PairedDifferences:
    """The differences of the final scores of a and b, wherever both ran; none for one that never found anything."""
    finals = final_scores(scores)
    pairs = [
        (task.task, (in_a - in_b)[~np.isnan(in_a - in_b)])
        for task, in_a, in_b in zip(scores, finals.get(a, ()), finals.get(b, ()), strict=False)
    ]
    known = [(task, differences) for task, differences in pairs if differences.size > 1]
    return PairedDifferences(a, b, tuple(task for task, _ in known), tuple(d for _, d in known))


def degrees_of_freedom(variances: NDArray[np.float64], sizes: NDArray[np.int_]) -> NDArray[np.float64]:
    """Of a sum of means whose variances [..., tasks] were estimated from samples of these sizes [tasks]."""
    total = variances.sum(axis=-1)
    spread = (variances**2 / (sizes - 1)).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(spread > 0, total**2 / spread, np.inf)


def sign_flip_p(pair: PairedDifferences, seed: int = 0) -> float:
    """Two-sided p-value of the hypothesis that the mean difference is 0; 1 where there is nothing to test.

    Where the two do not differ, a difference is as likely as its negative. So the signs of all differences are flipped
    in all ways, or in 9,999 random ones, and the p-value is the share of them (the data as they are included) whose
    studentised mean is at least as far from 0. Exact for symmetric differences at every sample size, and valid for
    others as seeds grow (Janssen 1997, Studentized permutation tests for non-i.i.d. hypotheses). Random flips cannot
    show a share below one in ten thousand, which many pairs would need: where fewer than 20 of them reach so far,
    Student's t says how unlikely it is, though no less than flipping all signs the one way or the other.
    """
    if not pair.differences or not any(d.any() for d in pair.differences):
        return 1.0
    sizes = np.array([d.size for d in pair.differences])
    flips = _flips(int(sizes.sum()), seed)
    sums = np.column_stack([part @ d for part, d in zip(_split(flips, sizes), pair.differences, strict=True)])
    squares = np.array([float((d**2).sum()) for d in pair.differences])
    means = sums / sizes
    variances = np.maximum(squares - sizes * means**2, 0.0) / (sizes - 1) / sizes
    errors, totals = np.sqrt(variances.sum(axis=1)), np.abs(means.sum(axis=1))
    tiny = 1e-9 * float(np.sqrt(squares.sum()))
    totals[totals < tiny] = 0.0
    statistics = totals / np.maximum(errors, tiny)
    hits = int((statistics >= statistics[0] * (1 - 1e-9)).sum())
    if sizes.sum() <= _EXACT_UP_TO or hits >= _ENOUGH_HITS:
        return hits / len(statistics)
    tail = 2 * float(student.sf(statistics[0], pair.freedom))
    return min(max(tail, least_p(int(sizes.sum()))), _ENOUGH_HITS / len(statistics))


def least_p(differences: int) -> float:
    """The smallest p-value that flipping the signs of so many differences can give."""
    return float(2.0 ** (1 - differences))


def equivalence_p(pair: PairedDifferences, margin: float) -> float:
    """P-value of the hypothesis that the mean difference is as large as the margin or larger, either way.

    Two one-sided tests by Student's t, of which the larger p-value counts (Schuirmann 1987); 1 without a task. Where
    the seeds of each task do not differ at all, t would be certain after two of them. But had some seeds differed by
    the whole way from a typical random trial to the best known value, a share as large as the margin of them would do;
    and that none of n seeds is among them has probability (1 - margin)^n.
    """
    if not pair.differences:
        return 1.0
    room, error = margin - abs(pair.mean), pair.standard_error
    if error == 0:
        return float((1 - margin) ** sum(d.size for d in pair.differences)) if room > 0 else 1.0
    return float(student.sf(room / error, pair.freedom))


@lru_cache(maxsize=1)
def _flips(count: int, seed: int) -> NDArray[np.float64]:
    """Signs [flips, count], the first row of which flips none; kept, since all pairs mostly have as many seeds."""
    if count <= _EXACT_UP_TO:
        bits = np.arange(2**count)[:, None] >> np.arange(count)
        flips = np.where(bits & 1, -1.0, 1.0)
    else:
        flips = np.ones((1 + _FLIPS, count))
        drawn = np.random.default_rng(seed).integers(2, size=(_FLIPS, count), dtype=np.int8)
        np.negative(flips[1:], out=flips[1:], where=drawn.astype(np.bool_))
    flips.setflags(write=False)
    return flips


def _split(flips: NDArray[np.float64], sizes: NDArray[np.int_]) -> list[NDArray[np.float64]]:
    return np.split(flips, np.cumsum(sizes)[:-1], axis=1)
