"""How many seeds would decide what is still open: by simulation from the differences that are there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from .paired import PairedDifferences, degrees_of_freedom

MOST_SEEDS = 1_000
"""Beyond so many seeds nothing is foretold."""
POWER = 0.8
_SIMULATIONS = 200
_STEPS = 48


def seeds_needed(pair: PairedDifferences, level: float, margin: float, seed: int = 0) -> int | None:
    """The fewest seeds, the same for every task, with which 8 in 10 studies of the pair would end it.

    As if the differences found were all that can happen: in each task seeds are drawn from them anew (their spread
    widened by the root of n / (n - 1), which a sample's own spread lacks), and the pair is ended where the mean differs
    from 0 or is proved smaller than the margin, each at this level. None where that takes more than `MOST_SEEDS`, and
    where no task has two seeds. The answer is as sure as the difference it rests on: with few seeds, not very.
    """
    if not pair.differences:
        return None
    drawn = [_widened(d) for d in pair.differences]
    for most in (min(8 * max(pair.seeds, 4), MOST_SEEDS), MOST_SEEDS):
        sizes = np.unique(np.geomspace(2, most, _STEPS).round().astype(np.intp))
        ended = _share_ended(drawn, sizes, level, margin, np.random.default_rng(seed))
        if (ended >= POWER).any():
            return int(sizes[np.argmax(ended >= POWER)])
    return None


def _widened(differences: NDArray[np.float64]) -> NDArray[np.float64]:
    mean, size = differences.mean(), differences.size
    widened: NDArray[np.float64] = mean + (differences - mean) * np.sqrt(size / (size - 1))
    return widened


def _share_ended(
    differences: list[NDArray[np.float64]],
    sizes: NDArray[np.intp],
    level: float,
    margin: float,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """The share of simulated comparisons that each number of seeds [sizes] would have ended."""
    means = np.zeros((_SIMULATIONS, sizes.size))
    variances = np.zeros((_SIMULATIONS, sizes.size, len(differences)))
    for task, values in enumerate(differences):
        paths = rng.choice(values, size=(_SIMULATIONS, int(sizes[-1])))
        mean = paths.cumsum(axis=1)[:, sizes - 1] / sizes
        square = (paths**2).cumsum(axis=1)[:, sizes - 1]
        variances[:, :, task] = np.maximum(square - sizes * mean**2, 0.0) / (sizes - 1) / sizes
        means += mean / len(differences)
    error = np.sqrt(variances.sum(axis=2)) / len(differences)
    freedom = _freedom(variances, sizes)
    with np.errstate(divide="ignore", invalid="ignore"):
        differ = 2 * student.sf(np.abs(means) / error, freedom) < level
        alike = student.sf((margin - np.abs(means)) / error, freedom) < level
    still = error == 0
    differ = np.where(still, means != 0, differ)
    drawn = len(differences) * sizes
    alike = np.where(still, (np.abs(means) < margin) & ((1 - margin) ** drawn < level), alike)
    differ &= 2.0 ** (1.0 - drawn) < level  # below, flipped signs cannot tell, however they fall
    share: NDArray[np.float64] = (differ | alike).mean(axis=0)
    return share


def _freedom(variances: NDArray[np.float64], sizes: NDArray[np.intp]) -> NDArray[np.float64]:
    """Degrees of freedom [simulations, sizes], every task with as many seeds."""
    of_one = degrees_of_freedom(variances, np.full(variances.shape[-1], 2))
    freedom: NDArray[np.float64] = of_one * (sizes - 1)
    return freedom
