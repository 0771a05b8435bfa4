"""Nemenyi's test for pairs of strategies, as p-values: what the critical difference is at one level, at every level."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import studentized_range

from .ranks import rank_matrix


def nemenyi_p_values(ranks_or_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Two-sided p-values of every pair, for all pairs as one family [strategies, strategies]; 1 on the diagonal.

    On ranks, or on values to be ranked [n blocks, k strategies]. The distance of two mean ranks, divided by
    sqrt(k (k + 1) / (12 n)), is a studentized range of k groups with infinite degrees of freedom (Demsar 2006).
    """
    ranks = rank_matrix(np.asarray(ranks_or_values, dtype=np.float64))
    blocks, strategies = ranks.shape
    means = ranks.mean(axis=0)
    distances = np.abs(means[:, None] - means) / np.sqrt(strategies * (strategies + 1) / (12 * blocks))
    p_values: NDArray[np.float64] = studentized_range.sf(distances, strategies, np.inf)
    np.fill_diagonal(p_values, 1.0)
    return np.minimum(p_values, 1.0)
