"""Losses that a model can square."""

from __future__ import annotations

from typing import Final

LARGEST_LOSS: Final = 1e100
"""Losses beyond plus or minus this are told as this, so that their squares stay finite in a model."""


def bounded(loss: float) -> float:
    """The loss as a model is told it."""
    return min(max(loss, -LARGEST_LOSS), LARGEST_LOSS)
