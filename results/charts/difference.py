"""Differences one below the other, with their intervals, beside the band that is of no practical use."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from ..items import Specification
from .palette import GRID, MUTED, Point
from .theme import FULL_WIDTH, colour, finish, layered, marker, rows, telling

_ROW = 30
_TITLE = "difference of normalised scores"


def differences_with_intervals(points: Sequence[Point], strategies: Sequence[str], *, margin: float) -> Specification:
    """A marker at `difference` for each `strategy`, in the order of the points, and a bar from `low` to `high`.

    Behind them lie 0 as a line and the margin to both sides of it as a band.
    """
    order = [str(point["strategy"]) for point in points]
    down = alt.Y("strategy:N", sort=order, axis=alt.Axis(title=None, labelLimit=200))
    band = alt.Chart(rows([{"from": -margin, "to": margin}])).mark_rect(color=GRID, opacity=0.8, tooltip=None)
    zero = alt.Chart(rows([{"at": 0.0}])).mark_rule(color=MUTED, strokeWidth=1, tooltip=None).encode(x="at:Q")
    base = alt.Chart(rows(points)).encode(y=down, color=colour(strategies))
    base = telling(base, _TITLE, "difference", ".3f")
    axis = alt.Axis(title=_TITLE, tickCount=6)
    bar = base.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q", axis=axis), x2="high:Q")
    dot = base.mark_point(filled=True, size=90, opacity=1).encode(x="difference:Q", shape=marker(strategies))
    chart = layered(band.encode(x="from:Q", x2="to:Q"), zero, bar, dot)
    return finish(chart, FULL_WIDTH, 60 + _ROW * len(points))
