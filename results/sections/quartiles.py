"""The middle half of the seeds at each step of a curve, and how such curves are best laid out."""

from __future__ import annotations

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
    ascending, known = np.sort(values, axis=1), (~np.isnan(values)).sum(axis=1)
    low, median, high = (_quantile(ascending, known, share) for share in (0.25, 0.5, 0.75))
    is_early = 2 * np.isfinite(values).sum(axis=1) < ran.sum(axis=1)[:, None]
    return np.where(is_early, np.nan, low), np.where(is_early, np.nan, median), np.where(is_early, np.nan, high)


def thinned(line: Quartiles, most: int) -> NDArray[np.intp]:
    """The steps of one strategy's line [steps] that are drawn: all, or `most` even ones and where its ends are extreme.

    So the first step stays, and the last, and the lowest and the highest value that its band has.
    """
    low, _, high = line
    even = np.linspace(0, low.size - 1, min(low.size, most)).round().astype(np.intp)
    known = np.flatnonzero(np.isfinite(low))
    if not known.size:
        return np.unique(even)
    return np.unique([*even, known[low[known].argmin()], known[high[known].argmax()]])


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


def _quantile(ascending: NDArray[np.float64], known: NDArray[np.intp], share: float) -> NDArray[np.float64]:
    """What `np.nanquantile` gives [strategies, steps], of all columns at once: it takes them one by one.

    The values [strategies, seeds, steps] ascend along the seeds, those that are `known` before NaN.
    """
    if not ascending.shape[1]:
        return np.full(known.shape, np.nan)
    place = share * (np.maximum(known, 1) - 1)
    before = np.floor(place).astype(np.intp)
    after = np.minimum(before + 1, np.maximum(known, 1) - 1)
    a, b = (np.take_along_axis(ascending, which[:, None], axis=1)[:, 0] for which in (before, after))
    with np.errstate(invalid="ignore"):  # between infinities there is nothing
        return np.where(place - before < 0.5, a + (b - a) * (place - before), b - (b - a) * (1 - (place - before)))


def _range(quartiles: Sequence[NDArray[np.float64]]) -> tuple[float, float]:
    values = np.concatenate([quartile[np.isfinite(quartile)] for quartile in quartiles])
    return (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
