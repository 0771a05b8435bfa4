"""Items of reports and exhibits in a page of the service: tables and texts as they are, charts as pictures."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from typing import Any

from markupsafe import Markup

from results.errors import ResultsError
from results.item_json import read_item
from results.items import Chart, Item, Picture
from results.json_object import JsonObject
from results.render.cells import plain


def read_items(values: Iterable[Any]) -> list[Item]:
    """The items that these JSON values are; those that are none are left out."""
    found = []
    for value in values:
        try:
            found.append(read_item(JsonObject.of(value, "an item")))
        except ResultsError:
            continue
    return found


def kind_of(item: Item) -> str:
    """What a template calls it."""
    return type(item).__name__.lower()


def pictures_of(items: Sequence[Item]) -> dict[int, Markup]:
    """The charts among the items, drawn, by place."""
    return {place: _drawn(item, f"chart-{place}") for place, item in enumerate(items) if isinstance(item, Chart)}


def data_url(picture: Picture) -> str:
    """The pixels as an address."""
    return f"data:image/png;base64,{base64.b64encode(picture.png).decode('ascii')}"


def _drawn(chart: Chart, anchor: str) -> Markup:
    from results.render.drawing import draw

    try:
        return Markup(draw(chart, anchor))  # noqa: S704  written element by element, names as text
    except ValueError as error:
        told = str(error).partition("\n")[0]
        return Markup('<p class="note">This chart cannot be drawn: {}</p>').format(plain(told))
