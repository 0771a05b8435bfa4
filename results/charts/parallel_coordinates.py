"""Trials as lines through all of their parameters."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from ..items import Specification
from .palette import GRID, Point
from .theme import FULL_WIDTH, PANEL_HEIGHT, colour, finish, rows

_LETTER = 8
"""Pixels that a letter of a label takes, generously."""


def parallel_coordinates(
    points: Sequence[Point], strategies: Sequence[str], parameters: Sequence[str]
) -> Specification:
    """A line for each `trial` of a `strategy`, at `place` (0 to 1) of each `parameter`; None breaks it."""
    room = FULL_WIDTH // max(len(parameters), 1)
    tilt = -30 if max(map(len, parameters), default=0) * _LETTER > room else 0
    across = alt.Axis(title=None, labelAngle=tilt, labelLimit=160 if tilt else room, grid=True, gridColor=GRID)
    up = alt.Axis(title="place in the range", values=[0, 0.5, 1], format="%", grid=False)
    lines = (
        alt.Chart(rows(points))
        .mark_line(strokeWidth=1.2, opacity=0.45, tooltip=None)
        .encode(
            x=alt.X("parameter:N", sort=list(parameters), scale=alt.Scale(type="point", padding=0.25), axis=across),
            y=alt.Y("place:Q", scale=alt.Scale(domain=[0, 1]), axis=up),
            color=colour(strategies),
            detail="trial:N",
        )
    )
    return finish(lines, FULL_WIDTH, PANEL_HEIGHT)
