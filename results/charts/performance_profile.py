"""Performance profiles: the share of studies that end above each score."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from ..items import Specification
from .palette import Point
from .theme import FULL_WIDTH, colour, dash, finish, layered

_HEIGHT = 320


def performance_profile(points: Sequence[Point], strategies: Sequence[str]) -> Specification:
    """Falling steps of `share` over `score` for each `strategy`, with a band from `low` to `high` where it is known."""
    title = "score (0 one random trial, 1 best known)"
    across = alt.X(
        "score:Q",
        scale=alt.Scale(zero=False, nice=False),
        axis=alt.Axis(title=title, tickCount=6),
    )
    base = alt.Chart().encode(x=across, color=colour(strategies))
    share = alt.Axis(title="studies that end above the score", format="%", tickCount=5)
    scale = alt.Scale(domain=[0, 1])
    opacity = 0.13 if len(strategies) < 6 else 0.07
    certain = base.transform_filter("isValid(datum.low) && isValid(datum.high)")
    band = certain.mark_area(opacity=opacity, interpolate="step-after").encode(
        y=alt.Y("low:Q", scale=scale, axis=share), y2="high:Q"
    )
    line = base.mark_line(strokeWidth=2, interpolate="step-after").encode(
        y=alt.Y("share:Q", scale=scale), strokeDash=dash(strategies)
    )
    return finish(layered(band, line, points=points), FULL_WIDTH, _HEIGHT)
