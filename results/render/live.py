"""A compiled chart made ready for the page's script: it follows a reader's choice, can be moved and read off."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import TypeAlias

from .compiled import Vega
from .drawing import page_colour

Live: TypeAlias = dict[str, object]
"""`vega`: the chart, with signals `hidden_strategies`, `hidden_tasks` (lists of names), and `zoom_x` and `zoom_y` (null
or what the axis shall span) where it can be moved; `follow`: what a line reads as at each x; `zoom`: the axes."""

_Node: TypeAlias = dict[str, object]

_CONTINUOUS = {"linear", "log", "pow", "sqrt", "symlog"}
_PLAIN_NAME = re.compile(r"\w+")
_PAPER_ONLY = {"$schema", "background"}


def make_live(compiled: Vega, strategies: Collection[str], tasks: Collection[str]) -> Live:
    """The chart for the script; the colours of the palette become those of the page, whichever they are just then."""
    vega = {name: part if name == "data" else _painted(part) for name, part in compiled.items()}
    vega = {name: part for name, part in vega.items() if name not in _PAPER_ONLY}
    choices: Mapping[str, AbstractSet[object]] = {"hidden_strategies": set(strategies), "hidden_tasks": set(tasks)}
    vega["data"] = [_choosable(source, choices) for source in _nodes(vega.get("data"))]
    follow = _follow(vega)
    zoom = _zoomable(vega) if follow or _lines(vega) else []
    signals = [*({"name": name, "value": []} for name in choices), *({"name": f"zoom_{axis}"} for axis in zoom)]
    vega["signals"] = [*_nodes(vega.get("signals")), *signals]
    if zoom:
        _let_move(vega, zoom)
    vega["data"] = [_packed(source) for source in _nodes(vega["data"])]
    live: Live = {"vega": vega, "zoom": zoom}
    return live if follow is None else {**live, "follow": follow}


def _painted(part: object) -> object:
    if isinstance(part, str):
        return page_colour(part)
    if isinstance(part, Mapping):
        return {name: value if name == "scheme" else _painted(value) for name, value in part.items()}
    return [_painted(value) for value in part] if isinstance(part, list) else part


def _nodes(part: object) -> list[_Node]:
    return [node for node in part if isinstance(node, dict)] if isinstance(part, list) else []


def _node(part: object, *path: str) -> _Node:
    for name in path:
        part = part.get(name) if isinstance(part, dict) else None
    return part if isinstance(part, dict) else {}


def _choosable(source: _Node, choices: Mapping[str, AbstractSet[object]]) -> _Node:
    """The data without the rows of what is hidden: a field that holds nothing but strategies, or tasks, names them."""
    rows = _nodes(source.get("values"))
    filters = [
        {"type": "filter", "expr": f"indexof({signal}, datum['{field}']) < 0"}
        for field in dict.fromkeys(name for row in rows for name in row if _PLAIN_NAME.fullmatch(name))
        for signal, names in choices.items()
        if names >= {_hashable(row[field]) for row in rows if row.get(field) is not None}
    ]
    return {**source, "transform": [*filters, *_nodes(source.get("transform"))]} if filters else source


def _hashable(value: object) -> object:
    return value if isinstance(value, str) else None


def _packed(source: _Node) -> _Node:
    """The data with its field names written once, as `{"fields": [...], "rows": [[...], ...]}`, where rows agree."""
    rows = _nodes(source.get("values"))
    fields = list(rows[0]) if rows else []
    if not fields or any(list(row) != fields for row in rows):
        return source
    return {**source, "values": {"fields": fields, "rows": [list(row.values()) for row in rows]}}


def _lines(vega: Vega) -> list[tuple[_Node, _Node]]:
    """The lines of the chart, each with where it has its rows from: a facet for each series, or the data itself."""
    return [(mark, source) for mark, source in _marks(vega) if mark.get("type") == "line"]


def _marks(vega: Vega) -> Iterator[tuple[_Node, _Node]]:
    for mark in _nodes(vega.get("marks")):
        facet = _node(mark, "from", "facet")
        inner = _nodes(mark.get("marks")) if facet else [mark]
        yield from ((part, facet or _node(part, "from")) for part in inner)


def _follow(vega: Vega) -> Live | None:
    """Which fields to read off at an x, for the first line that runs from left to right."""
    for line, source in _lines(vega):
        x, y = _field(line, "x"), _field(line, "y")
        if x and y and _node(line, "sort").get("field") == "x" and isinstance(source.get("data"), str):
            band = next((mark for mark, _ in _marks(vega) if mark.get("type") == "area" and _field(mark, "x") == x), {})
            groups = source.get("groupby")
            found = {
                "data": source["data"],
                "x": x,
                "y": y,
                "low": _field(band, "y"),
                "high": _field(band, "y2"),
                "series": groups[0] if isinstance(groups, list) else None,
                "steps": _node(line, "encode", "update", "interpolate").get("value") == "step-after",
                "title": _axis(vega, "x").get("title"),
                "format": _axis(vega, "x").get("format"),
                "value_format": _axis(vega, "y").get("format"),
            }
            return {name: value for name, value in found.items() if value}
    return None


def _field(mark: _Node, channel: str) -> str | None:
    field = _node(mark, "encode", "update", channel).get("field")
    return field if isinstance(field, str) and _PLAIN_NAME.fullmatch(field) else None


def _axis(vega: Vega, scale: str) -> _Node:
    titled = (axis for axis in _nodes(vega.get("axes")) if axis.get("scale") == scale and "title" in axis)
    return next(titled, {})


def _zoomable(vega: Vega) -> list[str]:
    """The axes of numbers, where both are."""
    kinds = {scale.get("name"): scale.get("type") for scale in _nodes(vega.get("scales"))}
    return ["x", "y"] if {kinds.get("x"), kinds.get("y")} <= _CONTINUOUS else []


def _let_move(vega: Vega, axes: Collection[str]) -> None:
    """Let the signals say what the axes span, cut off what lies beyond, and let moved axes find their own ticks."""
    for scale in _nodes(vega.get("scales")):
        if scale.get("name") in axes:
            scale["domainRaw"] = {"signal": f"zoom_{scale['name']}"}
    for mark, _ in _marks(vega):
        mark["clip"] = mark.get("clip") or {"signal": "!!zoom_x || !!zoom_y"}
    for axis in _nodes(vega.get("axes")):
        if axis.get("scale") in axes and isinstance(axis.get("values"), list):
            axis["values"] = {"signal": f"zoom_{axis['scale']} ? null : {axis['values']}"}
