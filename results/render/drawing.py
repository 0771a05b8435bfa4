"""A chart as SVG that lives in a page: its colours follow the page, its names stay text, its ids are its own."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from xml.etree import ElementTree as ET

import vl_convert

from ..charts.palette import COLOURS, GRID, INK, MUTED, PAPER
from ..items import Chart
from .cells import plain
from .compiled import Vega, compile_chart

_VARIABLES = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    GRID: "var(--grid)",
    PAPER: "var(--paper)",
    **{colour: f"var(--series-{place})" for place, colour in enumerate(COLOURS)},
}

_KEPT = {
    *("viewBox", "width", "height", "x", "y", "x1", "x2", "y1", "y2", "d", "transform", "id", "clip-path"),
    *("fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity", "opacity"),
    *("text-anchor", "font-size", "font-weight"),
}
_NUMBER = re.compile(r"-?\d+\.\d{2,}")
_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def draw(chart: Chart, anchor: str) -> str:
    """The chart as an `svg` element as wide as its surroundings; `anchor` is unique in the page.

    What the chart says it needs from elsewhere is not fetched. Raises ValueError where it cannot be drawn.
    """
    return draw_compiled(compile_chart(chart.specification()), chart, anchor)


def draw_compiled(compiled: Vega, chart: Chart, anchor: str) -> str:
    """What `draw` gives, where the chart has been compiled already."""
    text = vl_convert.vega_to_svg(json.dumps(compiled), allowed_base_urls=[])
    root = ET.fromstring(_NOT_XML.sub("\ufffd", text))  # noqa: S314 our own renderer wrote it
    _tidy(root, _renamed_clips(root, anchor))
    _label(root, chart, anchor)
    return ET.tostring(root, encoding="unicode")


def page_colour(colour: str) -> str:
    """The page's name for a colour of the palette; another colour as it is."""
    return _VARIABLES.get(colour.lower(), colour)


def _renamed_clips(root: ET.Element, anchor: str) -> dict[str, str]:
    clips = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    return {clip: f"{anchor}-clip-{place}" for place, clip in enumerate(clips)}


def _tidy(element: ET.Element, clips: Mapping[str, str]) -> None:
    """Keep what is visible, in the page's colours, to a tenth of a pixel."""
    element.tag = element.tag.rpartition("}")[2]
    element.attrib = {name: _attribute(name, value, clips) for name, value in element.attrib.items() if name in _KEPT}
    for child in list(element):
        if _is_invisible(child):
            element.remove(child)
        else:
            _tidy(child, clips)


def _is_invisible(element: ET.Element) -> bool:
    is_frame = element.get("class") == "background" and not {"fill", "stroke"} & set(element.attrib)
    return element.get("display") == "none" or is_frame


def _attribute(name: str, value: str, clips: Mapping[str, str]) -> str:
    if name == "id":
        return clips[value]
    if name == "clip-path":
        return f"url(#{clips[value.removeprefix('url(#').removesuffix(')')]})"
    if name in {"fill", "stroke"}:
        return page_colour(value)
    return _NUMBER.sub(lambda found: f"{float(found.group()):.1f}".removesuffix(".0"), value)


def _label(root: ET.Element, chart: Chart, anchor: str) -> None:
    for name in ("width", "height"):
        root.attrib.pop(name, None)
    root.attrib |= {"role": "img", "aria-labelledby": f"{anchor}-title {anchor}-description"}
    for place, (tag, text) in enumerate((("title", chart.caption), ("desc", chart.description))):
        child = ET.Element(tag, {"id": f"{anchor}-{'title' if tag == 'title' else 'description'}"})
        child.text = plain(text)
        root.insert(place, child)
