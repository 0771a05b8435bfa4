"""How many of the targets have been reached, over the trials that it took."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from ..items import Specification
from .palette import Point
from .theme import FULL_WIDTH, colour, dash, finish, round_values, rows


def targets_reached(points: Sequence[Point], strategies: Sequence[str], *, along: str) -> Specification:
    """Steps of the `share` reached for each `strategy` over `trial`, which is laid out by its logarithm."""
    last = max((int(point["trial"] or 1) for point in points), default=1)
    ticks = alt.Axis(title=along, values=round_values(1.0, float(max(last, 2))), format="~g", grid=False)
    share = alt.Axis(title="share of targets reached", format="%", tickCount=5)
    told = [alt.Tooltip("strategy:N"), alt.Tooltip("trial:Q", title=along), alt.Tooltip("share:Q", format=".1%")]
    line = (
        alt.Chart(rows(points))
        .mark_line(strokeWidth=2, interpolate="step-after")
        .encode(
            x=alt.X("trial:Q", scale=alt.Scale(type="log", nice=False), axis=ticks),
            y=alt.Y("share:Q", scale=alt.Scale(domain=[0, 1]), axis=share),
            color=colour(strategies),
            strokeDash=dash(strategies),
            tooltip=told,
        )
    )
    return finish(line, FULL_WIDTH, 300)
