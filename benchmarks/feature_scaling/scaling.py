"""Scalers as changes of coordinates: what is subtracted from each feature, and what it is divided by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Scaling:
    """Turns features x into (x - location) / spread; both [d]."""

    location: Floats
    spread: Floats

    def apply(self, rows: Floats) -> Floats:
        """The scaled rows with a last column of ones, which the intercept multiplies: [n, d] becomes [n, d + 1]."""
        return np.column_stack([(rows - self.location) / self.spread, np.ones(len(rows))])

    def to_standard(self, standard: Scaling) -> Floats:
        """The matrix [d + 1, d + 1] that takes weights of these coordinates to those of `standard`, intercept last."""
        matrix = np.diag(np.append(standard.spread / self.spread, 1.0))
        matrix[-1, :-1] = (standard.location - self.location) / self.spread
        return matrix


def fit(scaler: str, rows: Floats, *, centre: bool) -> Scaling:
    """The scaling of a name, fitted on rows [n, d]; features that do not vary are divided by 1.

    With `centre` the median (for `robust`) or the mean is subtracted; without, nothing is, but by `min-max` the least
    value.
    """
    spread = _SPREADS[scaler](rows)
    if centre:
        location = np.median(rows, axis=0) if scaler == "robust" else rows.mean(axis=0)
    else:
        location = rows.min(axis=0) if scaler == "min-max" else np.zeros(rows.shape[1])
    return Scaling(location, np.where(spread == 0, 1.0, spread))


def _quartile_range(rows: Floats) -> Floats:
    low, high = np.percentile(rows, [25, 75], axis=0)
    return np.asarray(high - low)


_SPREADS: Final[Mapping[str, Callable[[Floats], Floats]]] = {
    "none": lambda rows: np.ones(rows.shape[1]),
    "standard": lambda rows: rows.std(axis=0),
    "min-max": lambda rows: np.ptp(rows, axis=0),
    "robust": _quartile_range,
    "max-abs": lambda rows: np.abs(rows).max(axis=0),
}
SCALERS: Final = tuple(_SPREADS)
"""The names that `fit` knows."""
