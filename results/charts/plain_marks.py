"""The marks of the charts that are drawn straight from a table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Literal, TypeAlias

import altair as alt
from altair.utils.schemapi import UndefinedType

from ..items import Specification
from .palette import COLOURS, INK, PAPER, Point, looks
from .plot import Channel, Rows
from .theme import FULL_WIDTH, finish, layered, round_values, rows

_HEIGHT = 300
_SQUARE = 380
_BAR = 24
"""Height of a horizontal bar with the gap to the next one."""
_FEW = 16
"""Rows of a line that are marked one by one."""

Over: TypeAlias = Sequence[tuple[Rows, bool]]
"""The rows of each overlay, and whether they are a path."""
_Edges: TypeAlias = dict[float, tuple[float, float]]
"""Where the cell of each number begins and ends."""


def draw_lines(shown: Rows, over: Over, *, steps: bool) -> Specification:
    """A line a series."""
    kind: Literal["step-after", "linear"] = "step-after" if steps else "linear"
    line = _based(shown).mark_line(strokeWidth=2, interpolate=kind).encode(*_plane(shown, over), *_told_apart(shown))
    if len(shown.points) <= _FEW * max(1, len(_series(shown))):
        dots = _based(shown).mark_point(filled=True, size=30, opacity=1)
        return _finished([line, dots.encode(*_plane(shown, over), _colour(shown, is_line=True))], over, shown)
    return _finished([line], over, shown)


def draw_points(shown: Rows, over: Over) -> Specification:
    """A point a row, see-through where there are many."""
    opacity = 0.9 if len(shown.points) < 200 else 0.55
    dots = _based(shown).mark_point(filled=True, size=36, opacity=opacity).encode(*_plane(shown, over), _colour(shown))
    if _series(shown):
        dots = dots.encode(_marker(shown))
    return _finished([dots], over, shown)


def draw_bars(shown: Rows, *, horizontal: bool) -> Specification:
    """A bar a row, from zero; on a logarithmic axis from the power of ten below the shortest."""
    length, names = shown.channels["y"], shown.channels["x"]
    base = _floor(shown) if length.is_log else 0
    numbers = _numbers(shown.points, "y")
    along = _position("x" if horizontal else "y", "y", length, numbers, is_from_zero=not length.is_log)
    across = _position("y" if horizontal else "x", "x", names, [], is_name=True)
    end = alt.X2Datum(base) if horizontal else alt.Y2Datum(base)
    offset = _beside(shown, alt.YOffset if horizontal else alt.XOffset)
    drawn = _based(shown).mark_bar().encode(along, end, across, _colour(shown), *offset)
    many = len(shown.points) if _series(shown) else len(names.names or ())
    return finish(drawn, FULL_WIDTH, 70 + max(2, many) * _BAR if horizontal else _HEIGHT)


def draw_intervals(shown: Rows) -> Specification:
    """A point a row, with a rule from `low` to `high` where both are known."""
    x, y = shown.channels["x"], shown.channels["y"]
    numbers = [*_numbers(shown.points, "x"), *_numbers(shown.points, "low"), *_numbers(shown.points, "high")]
    base = _based(shown).encode(_position("y", "y", y, [], is_name=True), _colour(shown), *_beside(shown, alt.YOffset))
    certain = base.transform_filter("isValid(datum.low) && isValid(datum.high)")
    rule = certain.mark_rule(strokeWidth=2).encode(_position("x", "low", x, numbers), alt.X2("high:Q"))
    dot = base.mark_point(filled=True, size=80, opacity=1).encode(_position("x", "x", x, numbers))
    many = len(shown.points) if _series(shown) else len(y.names or ())
    return finish(layered(rule, dot), FULL_WIDTH, 70 + max(2, many) * _BAR)


def draw_heatmap(shown: Rows, over: Over) -> Specification:
    """Cells that meet half-way between their numbers, coloured from dark blue over green to yellow."""
    value = shown.channels["value"]
    scale = alt.Scale(type="log" if value.is_log else "linear", scheme="viridis", nice=False)
    key = alt.Legend(
        title=value.title,
        titleLimit=FULL_WIDTH,
        orient="top",
        type="symbol",
        symbolType="square",
        symbolSize=140,
        labelFontSize=12,
        values=_named(value, _numbers(shown.points, "value")),
        format=".5~g",
    )
    fill, edge = alt.Color("value:Q", scale=scale, legend=key), alt.Stroke("value:Q", scale=scale, legend=None)
    edges = {axis: _edges(shown, axis) for axis in ("x", "y")}
    cells = alt.Chart(rows([_with_edges(point, edges) for point in shown.points])).mark_rect(strokeWidth=0.7)
    drawn = cells.encode(*_cells("x", shown, edges), *_cells("y", shown, edges), fill, edge)
    return _finished([drawn], over, shown, height=_SQUARE)


def _based(shown: Rows) -> alt.Chart:
    return alt.Chart(rows(shown.points))


def _finished(layers: list[alt.Chart], over: Over, shown: Rows, height: int = _HEIGHT) -> Specification:
    drawn = [*layers, *(layer for laid, is_path in over for layer in _overlay(laid, shown, over, is_path=is_path))]
    return finish(layered(*drawn), FULL_WIDTH, height)


def _overlay(laid: Rows, shown: Rows, over: Over, *, is_path: bool) -> list[alt.Chart]:
    """In the ink of the text, with a rim of paper, so that it is seen on any colour."""
    points = [{**point, "place": place} for place, point in enumerate(laid.points)]
    base = alt.Chart(rows(points)).encode(*_plane(shown, over))
    layers = []
    if is_path:
        path = base.encode(order="place:Q")
        layers = [path.mark_line(stroke=PAPER, strokeWidth=4), path.mark_line(stroke=INK, strokeWidth=1.6)]
        first, last = (alt.Chart(rows(end)).encode(*_plane(shown, over)) for end in (points[:1], points[-1:]))
        layers.append(first.mark_point(shape="circle", size=90, opacity=1, fill=PAPER, stroke=INK, strokeWidth=2))
        layers.append(last.mark_point(shape="diamond", size=130, opacity=1, fill=INK, stroke=PAPER, strokeWidth=1.5))
    else:
        layers.append(base.mark_point(shape="circle", size=70, opacity=1, fill=INK, stroke=PAPER, strokeWidth=1.5))
    if "label" in laid.channels:
        text = base.transform_filter("isValid(datum.label)").encode(text="label:N")
        for align, offset, test in _sides(shown, over):
            side = text.transform_filter(test)
            layers.append(side.mark_text(align=align, dx=offset, dy=-9, stroke=PAPER, strokeWidth=3, fill=PAPER))
            layers.append(side.mark_text(align=align, dx=offset, dy=-9, fill=INK))
    return layers


def _sides(shown: Rows, over: Over) -> list[tuple[Literal["left", "right"], int, str]]:
    """Labels stand on the right of their points, in the right third of the chart on the left: none is cut off."""
    numbers = [number for part in (shown, *(laid for laid, _ in over)) for number in _numbers(part.points, "x")]
    if not numbers:
        return [("left", 9, "true")]
    low, high = min(numbers), max(numbers)
    border = low * (high / low) ** (2 / 3) if shown.channels["x"].is_log else low + (high - low) * 2 / 3
    return [("left", 9, f"datum.x <= {border!r}"), ("right", -9, f"datum.x > {border!r}")]


def _plane(shown: Rows, over: Over) -> list[alt.X | alt.Y]:
    """Both axes of a chart, the same for all its layers."""
    every = [shown, *(laid for laid, _ in over)]
    is_tight = "value" in shown.channels
    numbers = {role: [number for part in every for number in _numbers(part.points, role)] for role in ("x", "y")}
    return [_position(role, role, shown.channels[role], numbers[role], is_tight=is_tight) for role in ("x", "y")]


def _position(
    axis: str,
    field: str,
    channel: Channel,
    numbers: Sequence[float],
    *,
    is_name: bool = False,
    is_from_zero: bool = False,
    is_tight: bool = False,
) -> alt.X | alt.Y:
    """A field along an axis; `numbers` is all that is shown there, `is_tight` ends the axis with them, without grid."""
    build = alt.X if axis == "x" else alt.Y
    if is_name or channel.names is not None:
        names = list(channel.names or ())
        angle = -40 if axis == "x" and sum(map(len, names)) > 44 else 0
        ticks = alt.Axis(title=channel.title, titleLimit=FULL_WIDTH, labelLimit=150, labelAngle=angle, grid=False)
        return build(f"{field}:N", sort=names, axis=ticks)
    ticks = alt.Axis(
        title=channel.title,
        titleLimit=FULL_WIDTH,
        values=_round(channel, numbers),
        format=".5~g" if channel.is_log else alt.Undefined,
        tickCount=alt.Undefined if channel.is_log else 5,
        grid=False if is_tight else alt.Undefined,
    )
    kind: Literal["log", "linear"] = "log" if channel.is_log else "linear"
    is_nice = not (channel.is_log or is_tight)
    return build(f"{field}:Q", scale=alt.Scale(type=kind, zero=is_from_zero, nice=is_nice), axis=ticks)


def _round(channel: Channel, numbers: Sequence[float]) -> list[float] | UndefinedType:
    """The values named on a logarithmic scale; on a linear one the renderer finds them."""
    return round_values(min(numbers), max(numbers)) if channel.is_log and numbers else alt.Undefined


def _named(channel: Channel, numbers: Sequence[float]) -> list[float] | UndefinedType:
    """The values in the key of a logarithmic map: round ones, and both ends where no round one is near them."""
    if not (channel.is_log and numbers):
        return alt.Undefined
    low, high = min(numbers), max(numbers)
    inner = [value for value in round_values(low, high) if low * 1.3 < value < high / 1.3]
    ends = [float(f"{end:.2g}") for end in (low, high)]
    return [ends[0], *inner, ends[1]] if ends[0] < ends[1] else ends[:1]


def _numbers(points: Sequence[Point], role: str) -> list[float]:
    return [value for point in points if isinstance(value := point.get(role), float)]


def _floor(shown: Rows) -> float:
    """Where bars on a logarithmic axis begin."""
    return float(10.0 ** math.floor(math.log10(min(_numbers(shown.points, "y"), default=1.0) * 0.999)))


def _series(shown: Rows) -> tuple[str, ...]:
    return (shown.channels["series"].names or ()) if "series" in shown.channels else ()


def _colour(shown: Rows, *, is_line: bool = False) -> alt.Color | alt.ColorValue:
    names = _series(shown)
    if not names:
        return alt.ColorValue(COLOURS[0])
    scale = alt.Scale(domain=list(names), range=[look.colour for look in looks(names).values()])
    return alt.Color("series:N", scale=scale, legend=_key(shown, is_line=is_line))


def _marker(shown: Rows) -> alt.Shape:
    names = _series(shown)
    scale = alt.Scale(domain=list(names), range=[look.marker for look in looks(names).values()])
    return alt.Shape("series:N", scale=scale, legend=_key(shown))


def _told_apart(shown: Rows) -> list[alt.Color | alt.ColorValue | alt.StrokeDash]:
    names = _series(shown)
    if not names:
        return [_colour(shown)]
    scale = alt.Scale(domain=list(names), range=[list(look.dash) for look in looks(names).values()])
    return [_colour(shown, is_line=True), alt.StrokeDash("series:N", scale=scale, legend=_key(shown, is_line=True))]


def _beside(shown: Rows, offset: type[alt.XOffset | alt.YOffset]) -> list[alt.XOffset | alt.YOffset]:
    """What puts the series of one name side by side."""
    return [offset("series:N", sort=list(_series(shown)))] if _series(shown) else []


def _key(shown: Rows, *, is_line: bool = False) -> alt.Legend:
    longest = max(map(len, _series(shown)), default=1)
    columns = max(1, min(6, 62 // (longest + 6)))
    title = shown.channels["series"].title
    return alt.Legend(
        title=title,
        titleLimit=FULL_WIDTH,
        orient="top",
        columns=columns,
        labelFontSize=12,
        labelLimit=300,
        symbolType="stroke" if is_line else alt.Undefined,
        symbolStrokeWidth=2 if is_line else alt.Undefined,
        symbolSize=200 if is_line else alt.Undefined,
    )


def _cells(axis: str, shown: Rows, edges: Mapping[str, _Edges]) -> list[alt.X | alt.Y | alt.X2 | alt.Y2]:
    """The ends of a cell along an axis of numbers; its band along an axis of names."""
    channel = shown.channels[axis]
    if channel.names is not None:
        return [_position(axis, axis, channel, [])]
    ends = [end for cell in edges[axis].values() for end in cell]
    along = _position(axis, f"{axis}_from", channel, ends, is_tight=True)
    return [along, (alt.X2 if axis == "x" else alt.Y2)(f"{axis}_to:Q")]


def _with_edges(point: Point, edges: Mapping[str, _Edges]) -> Point:
    found: Point = {}
    for axis in edges:
        value = point[axis]
        if isinstance(value, float):
            found[f"{axis}_from"], found[f"{axis}_to"] = edges[axis][value]
    return point | found


def _edges(shown: Rows, axis: str) -> _Edges:
    """Where the cell of each number begins and ends: half-way to its neighbours, as far again at the border."""
    is_log = shown.channels[axis].is_log
    values = sorted(set(_numbers(shown.points, axis)))
    middles = [(a * b) ** 0.5 if is_log else (a + b) / 2 for a, b in pairwise(values)]
    if not middles:
        return {value: (value / 2, value * 2) if is_log else (value - 0.5, value + 0.5) for value in values}
    first = values[0] ** 2 / middles[0] if is_log else 2 * values[0] - middles[0]
    last = values[-1] ** 2 / middles[-1] if is_log else 2 * values[-1] - middles[-1]
    return dict(zip(values, pairwise([first, *middles, last]), strict=True))
