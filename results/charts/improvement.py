"""How likely one strategy is to end above each of the others, beside the line of a toss-up."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from ..items import Specification
from .palette import MUTED, Point
from .theme import FULL_WIDTH, colour, finish, layered, marker, rows, telling

_ROW = 30


def probabilities_of_improvement(points: Sequence[Point], strategies: Sequence[str], leader: str) -> Specification:
    """A marker at `probability` for each `strategy`, in the order of the points, and a bar from `low` to `high`."""
    order = [str(point["strategy"]) for point in points]
    down = alt.Y("strategy:N", sort=order, axis=alt.Axis(title=None, labelLimit=200))
    title = f"probability that {leader} ends above it"
    axis = alt.Axis(title=title, titleLimit=FULL_WIDTH, format="%", values=[0, 0.25, 0.5, 0.75, 1])
    across = alt.X("low:Q", scale=alt.Scale(domain=[0, 1]), axis=axis)
    toss_up = alt.Chart(rows([{"at": 0.5}])).mark_rule(color=MUTED, strokeWidth=1, strokeDash=[4, 3], tooltip=None)
    base = telling(alt.Chart(rows(points)).encode(y=down, color=colour(strategies)), title, "probability", ".0%")
    certain = base.transform_filter("isValid(datum.low) && isValid(datum.high)")
    bar = certain.mark_rule(strokeWidth=2).encode(x=across, x2="high:Q")
    dot = base.mark_point(filled=True, size=90, opacity=1).encode(x="probability:Q", shape=marker(strategies))
    return finish(layered(toss_up.encode(x="at:Q"), bar, dot), FULL_WIDTH, 60 + _ROW * len(points))
