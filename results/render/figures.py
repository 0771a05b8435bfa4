"""A chart of a report as a picture for a paper: on white, its text as text, with a key where it needs one."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any, TypeGuard

import vl_convert

from ..charts.palette import FONT
from ..items import Chart, Specification
from .cells import plain
from .compiled import Vega, compile_chart
from .numbered import Numbered

FORMATS = ("svg", "pdf", "png")
"""What `draw_figure` can make of a chart."""

_PIXELS_PER_INCH = 300
"""Of a PNG whose width in inches is that of the chart in pixels / 72."""
_ROW, _LETTER, _SYMBOL = 22, 7, 44
"""Of a key, in pixels: height of a row, mean width of a letter, room for a symbol and the gap after a name."""
_MARKER = {"symbolSize": 80, "symbolStrokeWidth": 0}
_LINE = {"symbolType": "stroke", "symbolSize": 400, "symbolStrokeWidth": 2}
_CLIP = re.compile(r"""(<[^<>]*(?:\bid="|"url\(#)clip)(\d+)""")
"""The number of a clip, in the element that has it or is cut by it: the renderer counts on from picture to picture."""
_REFERENCES = re.compile(rb"(?:^ +/\w+ \d+ 0 R\n){2,}", re.MULTILINE)
"""Neighbouring entries of a dictionary in a PDF that refer to other parts of it."""
_POSITIONS = {"x", "y", "row", "column", "facet"}


def draw_figure(figure: Numbered[Chart], file_format: str) -> bytes:
    """The picture's file in one of `FORMATS`: the same chart gives the same bytes.

    An SVG does so on every machine. A PDF and a PNG hold the shapes of letters: those of the machine's own Liberation
    Sans where it has one, else of the renderer's, which are as wide.

    Raises ValueError for a chart that cannot be drawn. What it says it needs from elsewhere is not fetched.
    """
    text = json.dumps(_vega(figure))
    if file_format == "svg":
        return _titled(vl_convert.vega_to_svg(text, allowed_base_urls=[]), figure).encode()
    if file_format == "pdf":
        return _ordered(vl_convert.vega_to_pdf(text, allowed_base_urls=[]))
    png: bytes = vl_convert.vega_to_png(text, ppi=_PIXELS_PER_INCH, allowed_base_urls=[])
    return png


def _vega(figure: Numbered[Chart]) -> Vega:
    given = figure.item.specification()
    config = given.get("config", {})
    own = {**config, "font": FONT} if _is_object(config) else {"font": FONT}
    chart: Specification = {**given, "background": "white", "config": own}
    return compile_chart(_keyed(chart, figure.key) if figure.key else chart)


def _keyed(chart: Specification, names: Sequence[str]) -> Specification:
    """The chart, made higher by a key above it; as it is where an axis names the strategies."""
    width, height = chart.get("width"), chart.get("height")
    if not isinstance(width, int) or not isinstance(height, int):
        return chart
    channels = {channel for encoding in _encodings(chart) for channel, given in encoding.items() if _is_strategy(given)}
    if not channels.isdisjoint(_POSITIONS):
        return chart
    widest = _SYMBOL + _LETTER * max(map(len, names))
    columns = max(1, min(len(names), width // widest))
    has_markers = "shape" in channels
    legend = {"title": None, "orient": "top", "columns": columns, "labelFontSize": 12, "labelLimit": width - _SYMBOL}
    explained = ("color", "shape") if has_markers else ("color", "strokeDash")
    keyed = _with_legend(chart, {**legend, "symbolOpacity": 1, **(_MARKER if has_markers else _LINE)}, explained)
    if keyed == chart:
        return chart
    return {**keyed, "height": height + _ROW * math.ceil(len(names) / columns)}


def _encodings(chart: Specification) -> Iterator[Mapping[str, Any]]:
    """Those of the chart and its layers."""
    encoding, layers = chart.get("encoding"), chart.get("layer")
    if _is_object(encoding):
        yield encoding
    for layer in layers if isinstance(layers, list) else ():
        yield from _encodings(layer)


def _with_legend(chart: Specification, legend: Specification, explained: Sequence[str]) -> dict[str, object]:
    """The chart whose encodings of a strategy by its looks have this legend in place of none."""
    changed = dict(chart)
    encoding, layers = chart.get("encoding"), chart.get("layer")
    if _is_object(encoding):
        changed["encoding"] = {
            channel: {**given, "legend": legend} if channel in explained and _is_unexplained(given) else given
            for channel, given in encoding.items()
        }
    if isinstance(layers, list):
        changed["layer"] = [_with_legend(layer, legend, explained) for layer in layers]
    return changed


def _is_object(value: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping)


def _is_strategy(channel: object) -> bool:
    return _is_object(channel) and channel.get("field") == "strategy"


def _is_unexplained(channel: object) -> bool:
    return _is_object(channel) and _is_strategy(channel) and channel.get("legend", "") is None


def _ordered(pdf: bytes) -> bytes:
    """The file with the entries of each dictionary in their order: the renderer shuffles them."""
    return _REFERENCES.sub(lambda found: b"".join(sorted(found.group().splitlines(keepends=True))), pdf)


def _titled(svg: str, figure: Numbered[Chart]) -> str:
    """The picture with what it shows in words, for a screen reader, and ids that count from 0 in each picture."""
    told = "".join(
        f"<{tag}>{escape(plain(text), quote=False)}</{tag}>"
        for tag, text in (("title", figure.caption), ("desc", figure.item.description))
    )
    places: dict[str, int] = {}
    counted = _CLIP.sub(lambda found: f"{found[1]}{places.setdefault(found[2], len(places))}", svg)
    return re.sub(r"^<svg[^>]*>", lambda found: found.group() + told, counted, count=1)
