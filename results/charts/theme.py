"""The common frame of all charts: fonts, grid, size, and the scales that give a strategy its look."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence

import altair as alt

from ..items import Specification
from .palette import FONT, GRID, INK, MUTED, Point, looks

FULL_WIDTH = 440
PANEL_WIDTH = 380
PANEL_HEIGHT = 250
_ENDS = {"low": "95% from", "high": "to"}


class _Rows(str):
    """The name of some points, which it carries, so that Altair does not copy and check each of them at every step."""

    __slots__ = ("points",)

    points: list[Point]

    @classmethod
    def of(cls, points: Sequence[Point]) -> _Rows:
        """The name, made of what is in the points, as Altair makes it."""
        digest = hashlib.sha256(json.dumps(list(points), sort_keys=True).encode()).hexdigest()
        name = cls(f"data-{digest[:32]}")
        name.points = list(points)
        return name


def rows(points: Sequence[Point]) -> alt.NamedData:
    """Points as the data of a chart, to be told in full once it is finished."""
    return alt.NamedData(name=_Rows.of(points))


def finish(chart: alt.Chart | alt.LayerChart, width: int, height: int) -> Specification:
    """The specification of a chart of this size in pixels, axes and titles included."""
    sized = chart.properties(
        width=width,
        height=height,
        autosize=alt.AutoSizeParams(type="fit", contains="padding"),
        padding={"left": 8, "right": 8, "top": 4, "bottom": 4},
        background="transparent",
        config=_config(),
    )
    declared: Specification = sized.to_dict()
    return {**declared, "datasets": {str(name): name.points for name in _names(declared)}}


def _config() -> alt.Config:
    return alt.Config(
        font=FONT,
        aria=False,
        view=alt.ViewConfig(stroke=None),
        axis=alt.AxisConfig(
            labelColor=MUTED,
            titleColor=MUTED,
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
            gridColor=GRID,
            domain=False,
            ticks=False,
            labelPadding=6,
            labelFlush=False,
            labelSeparation=6,
            titlePadding=8,
        ),
        axisX=alt.AxisConfig(labelPadding=10),
        legend=alt.LegendConfig(
            labelColor=MUTED, titleColor=MUTED, titleFontSize=12, titleFontWeight="normal", titleLimit=FULL_WIDTH
        ),
        text=alt.MarkConfig(fontSize=12, color=INK),
    )


def _names(part: object) -> Iterator[_Rows]:
    """All data that a specification names."""
    if isinstance(part, _Rows):
        yield part
    elif isinstance(part, Mapping):
        for inner in part.values():
            yield from _names(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _names(inner)


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


def telling(chart: alt.Chart, title: str, value: str, number_format: str) -> alt.Chart:
    """The chart, whose marks tell a `strategy`, its value, and the 95% interval from `low` to `high` where it is known.

    Numbers are written as d3-format has it.
    """
    ends = {f"{end}_told": f"isValid(datum.{end}) ? format(datum.{end}, '{number_format}') : ''" for end in _ENDS}
    told = [alt.Tooltip("strategy:N"), alt.Tooltip(f"{value}:Q", title=title, format=number_format)]
    told += [alt.Tooltip(f"{end}_told:N", title=name) for end, name in _ENDS.items()]
    found: alt.Chart = chart.transform_calculate(**ends).encode(tooltip=told)
    return found


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
