"""Fronts of two objectives, as stairs."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from ..items import Specification
from .palette import Point
from .theme import PANEL_HEIGHT, PANEL_WIDTH, colour, dash, finish, layered, marker


def fronts(points: Sequence[Point], strategies: Sequence[str], titles: tuple[str, str]) -> Specification:
    """Stairs through `x` and `y` in the order of `place`, for each `strategy`; a marker where `corner` is 1."""
    across = alt.X("x:Q", scale=alt.Scale(zero=False), axis=alt.Axis(title=titles[0], tickCount=5))
    up = alt.Y("y:Q", scale=alt.Scale(zero=False), axis=alt.Axis(title=titles[1], tickCount=5))
    base = alt.Chart().encode(x=across, y=up, color=colour(strategies))
    stairs = base.mark_line(strokeWidth=1.6, interpolate="step-after").encode(
        order="place:Q", strokeDash=dash(strategies)
    )
    corners = base.transform_filter("datum.corner == 1").mark_point(filled=True, size=26, opacity=1)
    return finish(layered(stairs, corners.encode(shape=marker(strategies)), points=points), PANEL_WIDTH, PANEL_HEIGHT)
