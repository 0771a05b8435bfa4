"""Fronts of two objectives, as stairs, and how they vary, as bands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import altair as alt

from ..items import Specification
from .palette import Point
from .theme import PANEL_HEIGHT, PANEL_WIDTH, colour, dash, finish, layered, marker, rows


def fronts(
    points: Sequence[Point],
    strategies: Sequence[str],
    titles: tuple[str, str],
    *,
    bands: Sequence[Point] = (),
    is_reversed: bool = False,
) -> Specification:
    """Stairs through `x` and `y` in the order of `place`, for each `strategy`; a marker where `corner` is 1.

    Bands lie from `low` to `high` at each `x` and as far as the next one, or the one before where `is_reversed`.
    """
    across = alt.X("x:Q", scale=alt.Scale(zero=False), axis=alt.Axis(title=titles[0], tickCount=5))
    up = alt.Y("y:Q", scale=alt.Scale(zero=False), axis=alt.Axis(title=titles[1], tickCount=5))
    base = alt.Chart().encode(x=across, y=up, color=colour(strategies))
    stairs = base.mark_line(strokeWidth=1.6, interpolate="step-after").encode(
        order="place:Q", strokeDash=dash(strategies)
    )
    corners = base.transform_filter("datum.corner == 1").mark_point(filled=True, size=26, opacity=1)
    told = ["strategy:N", *(alt.Tooltip(f"{field}:Q", title=name) for field, name in zip("xy", titles, strict=True))]
    corners = corners.encode(shape=marker(strategies), tooltip=told)
    layers = [*([_bands(bands, strategies, is_reversed=is_reversed)] if bands else []), stairs, corners]
    return finish(layered(*layers, points=points), PANEL_WIDTH, PANEL_HEIGHT)


def _bands(bands: Sequence[Point], strategies: Sequence[str], *, is_reversed: bool) -> alt.Chart:
    opacity = 0.13 if len(strategies) < 6 else 0.07
    step: Literal["step-before", "step-after"] = "step-before" if is_reversed else "step-after"
    area = alt.Chart(rows(bands)).mark_area(opacity=opacity, interpolate=step, tooltip=None)
    drawn: alt.Chart = area.encode(x="x:Q", y="low:Q", y2="high:Q", color=colour(strategies))
    return drawn
