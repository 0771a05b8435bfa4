"""Which part of a parameter's range each strategy searched, one strategy below the other."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from ..items import Specification
from .dependence import ParameterAxis
from .palette import Point
from .theme import PANEL_WIDTH, colour, finish, layered, marker

_ROW = 22


def searched_regions(points: Sequence[Point], strategies: Sequence[str], axis: ParameterAxis) -> Specification:
    """A bar from `low` to `high` for each `strategy`, and its marker at `median`."""
    order = [str(point["strategy"]) for point in points]
    shown = (("median", "median"), ("low", "middle half from"), ("high", "to"))
    told = [alt.Tooltip("strategy:N"), *(alt.Tooltip(f"{f}:Q", title=name, format=".3~g") for f, name in shown)]
    down = alt.Y("strategy:N", sort=order, axis=alt.Axis(title=None, labelLimit=140))
    base = alt.Chart().encode(y=down, color=colour(strategies), tooltip=told)
    bar = base.mark_bar(height=7, opacity=0.45).encode(x=axis.of_numbers("low"), x2="high:Q")
    dot = base.mark_point(filled=True, size=60, opacity=1).encode(x="median:Q", shape=marker(strategies))
    return finish(layered(bar, dot, points=points), PANEL_WIDTH, 60 + _ROW * len(points))
