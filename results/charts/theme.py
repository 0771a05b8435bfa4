"""The common frame of all charts: fonts, grid, size, and the scales that give a strategy its look."""

from __future__ import annotations

import math
from collections.abc import Sequence

import altair as alt

from ..items import Specification
from .palette import GRID, INK, MUTED, Point, looks

FULL_WIDTH = 440
PANEL_WIDTH = 380
PANEL_HEIGHT = 250

_AXIS: dict[str, object] = {
    "labelColor": MUTED,
    "titleColor": MUTED,
    "labelFontSize": 12,
    "titleFontSize": 12,
    "titleFontWeight": "normal",
    "gridColor": GRID,
    "domain": False,
    "ticks": False,
    "labelPadding": 6,
    "titlePadding": 8,
}


def rows(points: Sequence[Point]) -> alt.InlineData:
    """Points as the data of a chart."""
    return alt.InlineData(values=list(points))


def finish(chart: alt.Chart | alt.LayerChart, width: int, height: int) -> Specification:
    """The specification of a chart of this size in pixels, axes and titles included."""
    fit = alt.AutoSizeParams(type="fit", contains="padding")
    sized = chart.properties(
        width=width,
        height=height,
        autosize=fit,
        padding={"left": 8, "right": 8, "top": 4, "bottom": 4},
        background="transparent",
    )
    framed = sized.configure(font="Arial", aria=False).configure_view(stroke=None).configure_axis(**_AXIS)
    keyed = framed.configure_legend(
        labelColor=MUTED, titleColor=MUTED, titleFontSize=12, titleFontWeight="normal", titleLimit=FULL_WIDTH
    )
    specification: Specification = keyed.configure_text(fontSize=12, color=INK).to_dict()
    return specification


def colour(strategies: Sequence[str]) -> alt.Color:
    """Colour by strategy, without a legend: the page has one for all charts."""
    shown = looks(strategies).values()
    scale = alt.Scale(domain=list(strategies), range=[look.colour for look in shown])
    return alt.Color("strategy:N", scale=scale, legend=None)


def dash(strategies: Sequence[str]) -> alt.StrokeDash:
    """Dash by strategy."""
    shown = looks(strategies).values()
    scale = alt.Scale(domain=list(strategies), range=[list(look.dash) for look in shown])
    return alt.StrokeDash("strategy:N", scale=scale, legend=None)


def marker(strategies: Sequence[str]) -> alt.Shape:
    """Marker by strategy."""
    shown = looks(strategies).values()
    scale = alt.Scale(domain=list(strategies), range=[look.marker for look in shown])
    return alt.Shape("strategy:N", scale=scale, legend=None)


def layered(*charts: alt.Chart, points: Sequence[Point] | None = None) -> alt.LayerChart:
    """Charts on top of each other, the last one in front; `points` is for those that have no data of their own."""
    return alt.LayerChart(layer=list(charts), data=alt.Undefined if points is None else rows(points))


def trial_axis(title: str = "trials") -> alt.X:
    """Trials, or what else is counted, along the bottom, whole numbers only."""
    scale = alt.Scale(domainMin=1, nice=False)
    return alt.X("trial:Q", scale=scale, axis=alt.Axis(title=title, format="d", tickMinStep=1, tickCount=5, grid=False))


def round_values(low: float, high: float) -> list[float]:
    """Three to eight round numbers for a logarithmic axis: powers of ten, or 1, 2, 5 where these are too few."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    step = max(1, (last - first) // 6)
    digits = (1, 2, 5) if high < 300 * low else (1,)
    values = [digit * 10.0**power for power in range(first, last + 1, step) for digit in digits]
    return [value for value in values if low <= value <= high]
