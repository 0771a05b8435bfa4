"""The items of reports and exhibits as JSON values, and back."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Final, TypeGuard, get_args

from .errors import ResultsError
from .items import (
    Cell,
    Chart,
    Column,
    Gallery,
    Heading,
    Item,
    Key,
    Kind,
    Level,
    Listing,
    Note,
    Panels,
    Picture,
    Points,
    Specification,
    Table,
    Text,
)
from .json_object import JsonObject

_LARGEST = 10**300
"""Larger whole numbers are no floats, and are written as if they were."""


def item_value(item: object) -> dict[str, object]:
    """The item as a JSON object: its fields, and as `item` its class in lower case.

    Charts are drawn up, and pictures written in base64. Raises ResultsError for what is no item.
    """
    if not isinstance(item, Item):
        raise ResultsError(f"an exhibit shows texts, tables, charts and pictures, not {type(item).__name__}")
    return {"item": type(item).__name__.lower(), **_fields(item)}


def read_item(given: JsonObject) -> Item:
    """The item that `item_value` wrote; raises CorruptStore for anything else."""
    name = given.text("item")
    if name not in _READERS:
        raise given.error(f"no item is called {name!r}; known: {', '.join(_READERS)}")
    return _READERS[name](given)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart that was drawn up before."""

    specification: Specification

    def __call__(self) -> Specification:
        """The chart as it was then."""
        return self.specification


def _value(value: object) -> object:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, tuple | list):
        return [_value(part) for part in value]
    if isinstance(value, Mapping):
        return {name: _value(part) for name, part in value.items()}
    if callable(value):
        return value()
    if isinstance(value, int) and abs(value) > _LARGEST:
        raise ResultsError(f"a number in an exhibit is at most 1e300, not one of {len(str(abs(value)))} digits")
    return _fields(value) if is_dataclass(value) else value


def _fields(value: object) -> dict[str, object]:
    """The fields of a dataclass by name, without those that a chart need not have and does not have."""
    found = {part.name: getattr(value, part.name) for part in (fields(value) if is_dataclass(value) else ())}
    return {name: _value(part) for name, part in found.items() if part is not None and part != {}}


def _table(given: JsonObject) -> Table:
    columns = tuple(map(_column, given.objects("columns")))
    rows = tuple(_row(given, row) for row in given.list("rows"))
    try:
        return Table(given.text("caption"), columns, rows)
    except ResultsError as error:
        raise given.error(str(error)) from error


def _column(given: JsonObject) -> Column:
    name = given.text("kind")
    kind = next((known for known in _KINDS if known == name), None)
    if kind is None:
        raise given.error(f"no kind of column is called {name!r}; known: {', '.join(_KINDS)}")
    return Column(given.text("name"), kind, given.integer("digits"), given.text("field"))


def _row(given: JsonObject, row: object) -> tuple[Cell, ...]:
    if not isinstance(row, list) or not _are_cells(row):
        raise given.error("a row is a list of texts, numbers and null")
    return tuple(row)


def _are_cells(row: list[object]) -> TypeGuard[list[Cell]]:
    return all(cell is None or isinstance(cell, str | int | float) for cell in row)


def _chart(given: JsonObject) -> Chart:
    drawn = Drawn(given.object("specification").values)
    task = given.text("task") if "task" in given.values else None
    axes = given.object("axes") if "axes" in given.values else JsonObject({}, given.where)
    return Chart(
        given.text("caption"),
        given.text("description"),
        drawn,
        _table(given.object("data")),
        task,
        {name: Drawn(axes.object(name).values) for name in axes.values},
    )


def _heading(given: JsonObject) -> Heading:
    level = next((known for known in _LEVELS if known == given.integer("level")), None)
    if level is None:
        raise given.error(f"no heading is of level {given.integer('level')}; known: {', '.join(map(str, _LEVELS))}")
    return Heading(given.text("text"), level)


def _picture(given: JsonObject) -> Picture:
    try:
        png = base64.b64decode(given.text("png"), validate=True)
    except ValueError as error:
        raise given.error(f"'png' is not base64: {error}") from error
    return Picture(given.text("caption"), given.text("description"), png, given.integer("width"))


_KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
_LEVELS: Final[tuple[Level, ...]] = get_args(Level)
_READERS: Final[Mapping[str, Callable[[JsonObject], Item]]] = {
    "text": lambda given: Text(given.text("text")),
    "note": lambda given: Note(given.text("text")),
    "points": lambda given: Points(given.texts("texts")),
    "listing": lambda given: Listing(given.text("caption"), given.text("text")),
    "table": _table,
    "chart": _chart,
    "key": lambda given: Key(given.texts("strategies")),
    "panels": lambda given: Panels(given.text("caption"), tuple(map(_chart, given.objects("charts")))),
    "heading": _heading,
    "picture": _picture,
    "gallery": lambda given: Gallery(given.text("caption"), tuple(map(_picture, given.objects("pictures")))),
}
