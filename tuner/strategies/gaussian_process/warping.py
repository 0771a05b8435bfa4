"""Losses of any size, brought to a scale on which a Gaussian process can model them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .encoding import FloatArray

LARGEST_LOSS = 1e100
"""Losses beyond plus or minus this count as this, so that their squares stay finite."""

_FARTHEST = 1e4
_LEAST_UNIT = 1e-200
_LEAST_SHARE = 1e-2
_PATIENCE = 5
_LEAST_GAIN = 1e-3


@dataclass(frozen=True)
class Warped:
    """Values in the order of the losses, and whether the best has stopped to become better."""

    values: FloatArray
    """Of mean 0 and variance 1, or all 0; [n]."""
    has_stalled: bool
    """Whether the last five losses brought less than a thousandth of the unit."""


def warp(losses: FloatArray, startup: int) -> Warped:
    """Values for losses [n] in the order of trials, of which some are finite; infinite ones count as the worst.

    Above the median a loss counts by the logarithm of its distance, in units of the distance from best to median:
    how bad a bad trial is matters little, and would drown the differences between good ones. The unit shrinks as
    good trials gather round the best, down to a hundredth of what it was for the first `startup` ones.
    """
    known = np.clip(losses[np.isfinite(losses)], -LARGEST_LOSS, LARGEST_LOSS)
    best, middle = float(known.min()), float(np.median(known))
    widest = float(np.median(known[:startup])) - best or float(known.max()) - best
    unit = max(middle - best, _LEAST_SHARE * widest, _LEAST_UNIT)
    filled = np.where(np.isfinite(losses), np.clip(losses, -LARGEST_LOSS, LARGEST_LOSS), known.max())
    away = np.minimum((filled - middle) / unit, _FARTHEST)
    values = np.where(away > 0.0, np.log1p(np.maximum(away, 0.0)), away)
    values -= values.mean()
    spread = float(values.std())
    earlier = known[:-_PATIENCE]
    has_stalled = bool(len(earlier) and earlier.min() - best <= _LEAST_GAIN * unit)
    return Warped(values / spread if spread > 0.0 else values, has_stalled)
