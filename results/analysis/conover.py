"""Conover's test for pairs of strategies, after Friedman's has told that they differ (Conover 1999, section 5.8)."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from .ranks import rank_matrix
from .significance import LEAST_BLOCKS, Friedman, holm


def conover_fits(test: Friedman) -> bool:
    """Whether there is a case for the test: three strategies that differ as a whole, and enough blocks to say so.

    Conover derives it under the condition that Friedman's test rejects, in the form of Iman and Davenport. Where all
    blocks agree its p-value is 0 however few they are; so it is not for fewer than `LEAST_BLOCKS`.
    """
    return test.strategies > 2 and test.blocks >= LEAST_BLOCKS and test.iman_davenport_p < 0.05


def conover_p_values(ranks_or_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Two-sided p-values of every pair [strategies, strategies], not adjusted; 1 on the diagonal.

    On ranks, or on values to be ranked [n blocks, k strategies]. With R the sums of ranks, the distance of two of them
    is divided by the root of 2 (n * sum of all ranks squared - sum of R squared) / ((n - 1) (k - 1)), and is Student's
    t with (n - 1) (k - 1) degrees of freedom. Ties are corrected for. Where all blocks agree it is infinite.
    """
    ranks = rank_matrix(np.asarray(ranks_or_values, dtype=np.float64))
    blocks, strategies = ranks.shape
    sums, freedom = ranks.sum(axis=0), (blocks - 1) * (strategies - 1)
    spread = max(blocks * float((ranks**2).sum()) - float((sums**2).sum()), 0.0)
    gaps = np.abs(sums[:, None] - sums)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(gaps > 0, gaps / np.sqrt(2 * spread / freedom), 0.0)
    p_values: NDArray[np.float64] = np.minimum(2 * student.sf(t, freedom), 1.0)
    return p_values


def holm_of_matrix(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """A symmetric matrix of the p-values of all pairs [k, k], adjusted by Holm as one family; 1 on the diagonal."""
    adjusted = np.ones_like(p_values)
    pairs = np.array(list(combinations(range(len(p_values)), 2)), dtype=np.intp).reshape(-1, 2).T
    adjusted[pairs[0], pairs[1]] = adjusted[pairs[1], pairs[0]] = holm(p_values[pairs[0], pairs[1]])
    return adjusted
