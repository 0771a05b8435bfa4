"""How the rank of a trial depends on one parameter, in the ink of the text: it is no strategy's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import altair as alt

from ..items import Specification
from .palette import INK, MUTED, Point
from .theme import PANEL_WIDTH, finish, layered, round_values

_HEIGHT = 190
_TITLE = "trials that are better"
_SHARES = alt.Scale(domain=[0, 1])
_UP = alt.Axis(title=_TITLE, format="%", values=[0, 0.5, 1])


@dataclass(frozen=True, slots=True)
class ParameterAxis:
    """The range of a parameter, from left to right."""

    name: str
    limits: tuple[float, float] = (0.0, 1.0)
    """Ends of the range of a number."""
    is_logarithmic: bool = False

    def of_numbers(self, field: str) -> alt.X:
        """The axis for a field of numbers."""
        kind: Literal["log", "linear"] = "log" if self.is_logarithmic else "linear"
        scale = alt.Scale(type=kind, domain=list(self.limits), nice=False, zero=False)
        if self.is_logarithmic:
            axis = alt.Axis(title=self.name, values=round_values(*self.limits), format="~g", grid=False)
        else:
            axis = alt.Axis(title=self.name, tickCount=5, grid=False)
        return alt.X(f"{field}:Q", scale=scale, axis=axis)


def dependence_on_number(points: Sequence[Point], axis: ParameterAxis) -> Specification:
    """A line of `mean` over `value`, with a band from `low` to `high`."""
    base = alt.Chart().encode(x=axis.of_numbers("value"))
    up = alt.Y("low:Q", scale=_SHARES, axis=_UP)
    band = base.mark_area(opacity=0.15, color=MUTED).encode(y=up, y2="high:Q")
    line = base.mark_line(strokeWidth=2, color=INK).encode(y=alt.Y("mean:Q", scale=_SHARES))
    return finish(layered(band, line, points=points), PANEL_WIDTH, _HEIGHT)


def dependence_on_choice(points: Sequence[Point], name: str) -> Specification:
    """A dot at `mean` for each `value`, in the order of the points, and a bar from `low` to `high`."""
    order = [str(point["value"]) for point in points]
    axis = alt.Axis(title=name, labelAngle=0, labelLimit=PANEL_WIDTH // (len(order) + 1), labelOverlap=False)
    base = alt.Chart().encode(x=alt.X("value:N", sort=order, axis=axis))
    up = alt.Y("low:Q", scale=_SHARES, axis=_UP)
    bar = base.mark_rule(strokeWidth=6, opacity=0.25, color=MUTED).encode(y=up, y2="high:Q")
    told = [alt.Tooltip("value:N", title=name), alt.Tooltip("mean:Q", title=_TITLE, format=".0%")]
    dot = base.mark_point(filled=True, size=70, opacity=1, color=INK).encode(y="mean:Q", tooltip=told)
    return finish(layered(bar, dot, points=points), PANEL_WIDTH, _HEIGHT)
