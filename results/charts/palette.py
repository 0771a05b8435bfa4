"""One look for a strategy all over a report: colours that colour-blind readers tell apart, dashes and markers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f")
"""Okabe and Ito (2008), without the yellow that fades on white, and grey for their black."""

INK = "#1b1d21"
"""Text and lead lines."""

MUTED = "#5f6671"
"""Axis labels and what is of second importance."""

GRID = "#e3e5e9"
"""Grid lines."""

PAPER = "#fefefe"
"""What lies behind a chart."""

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
"""The first comes with the renderer and has the widths of the second: all machines lay a chart out in the same way."""

_DASHES: tuple[tuple[int, ...], ...] = ((1, 0), (6, 3), (2, 2), (8, 3, 2, 3))
_MARKERS = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")

Point: TypeAlias = dict[str, str | float | int | None]
"""One row of a chart's data."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a strategy is drawn."""

    colour: str
    dash: tuple[int, ...]
    """Lengths of ink and gap; (1, 0) is a full line."""
    marker: str


def looks(strategies: Sequence[str]) -> dict[str, Look]:
    """The look of each strategy, by its place in the store's list; 84 places until one comes twice."""
    return {name: _look(place) for place, name in enumerate(strategies)}


def _look(place: int) -> Look:
    return Look(COLOURS[place % len(COLOURS)], _DASHES[place % len(_DASHES)], _MARKERS[place % len(_MARKERS)])
