"""The middle half of the seeds at each step of a curve, and how such curves are best laid out."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Quartiles: TypeAlias = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
"""Lower quartile, median and upper quartile [strategies, steps]."""

_MAGNITUDES = 50.0
"""A logarithmic scale from this ratio of the largest to the smallest value on."""


def quartiles_of(values: NDArray[np.float64], ran: NDArray[np.bool_]) -> Quartiles:
    """Those of the seeds [strategies, seeds, steps] that have had a success; `ran` says which ran [strategies, seeds].

    NaN until half of the seeds have had one, since the lucky few would flatter the strategy.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # all seeds NaN: so is their quantile
        low, median, high = np.nanquantile(values, [0.25, 0.5, 0.75], axis=1)
    is_early = 2 * np.isfinite(values).sum(axis=1) < ran.sum(axis=1)[:, None]
    return np.where(is_early, np.nan, low), np.where(is_early, np.nan, median), np.where(is_early, np.nan, high)


def spans_magnitudes(quartiles: Sequence[NDArray[np.float64]]) -> bool:
    """Whether a logarithmic scale shows these values better."""
    low, high = _range(quartiles)
    return low > 0 and high / low > _MAGNITUDES


def limits_of(quartiles: Sequence[NDArray[np.float64]]) -> tuple[float, float] | None:
    """The range after a tenth of the budget, if the values before would squeeze it into less than half of the chart."""
    if spans_magnitudes(quartiles):
        return None
    low, high = _range(quartiles)
    late_low, late_high = _range([quartile[:, quartile.shape[1] // 10 :] for quartile in quartiles])
    is_squeezed = 0 < late_high - late_low < (high - low) / 2
    return (late_low, late_high) if is_squeezed else None


def _range(quartiles: Sequence[NDArray[np.float64]]) -> tuple[float, float]:
    values = np.concatenate([quartile[np.isfinite(quartile)] for quartile in quartiles])
    return (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
