"""What a reader of a page can choose, and which rows of its tables follow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..items import Chart, Column, Panels, Table
from ..report import Report

_ORDER = ("trials", "work", "seconds")


@dataclass(frozen=True, slots=True)
class AxisChoices:
    """What can lie along the bottom of the charts that offer a choice."""

    names: tuple[str, ...]
    common: str | None
    """What lies there unless the reader chooses; None where it is not the same in all of these charts."""


@dataclass(frozen=True, slots=True)
class RowMarks:
    """What the rows of one table are about."""

    strategies: tuple[str, ...]
    """For each row the places of strategies in the report's list, separated by spaces."""
    tasks: tuple[str, ...]


def axis_choices(report: Report) -> AxisChoices:
    """The axes that the charts of the report offer, the usual ones first."""
    offers = [tuple(chart.axes) for chart in _charts(report) if len(chart.axes) > 1]
    found = dict.fromkeys(axis for offer in offers for axis in offer)
    names = sorted(found, key=lambda name: _ORDER.index(name) if name in _ORDER else len(_ORDER))
    firsts = {offer[0] for offer in offers}
    return AxisChoices(tuple(names), firsts.pop() if len(firsts) == 1 else None)


def row_marks(table: Table, report: Report) -> RowMarks:
    """Which strategies and tasks each row of a table is about."""
    return RowMarks(
        _places(table, _columns(table, "strategy", report.strategies), report.strategies),
        _places(table, _columns(table, "task", report.tasks), report.tasks),
    )


def _charts(report: Report) -> Iterator[Chart]:
    for section in report.sections:
        for item in section.items:
            yield from item.charts if isinstance(item, Panels) else [item] if isinstance(item, Chart) else []


def _columns(table: Table, heading: str, names: Sequence[str]) -> list[int]:
    """The columns of this heading, and those that hold nothing but such names."""
    return [
        place
        for place, column in enumerate(table.columns)
        if column.name.casefold() == heading or _holds_only(names, column, [row[place] for row in table.rows])
    ]


def _holds_only(names: Sequence[str], column: Column, cells: Sequence[object]) -> bool:
    return column.kind == "text" and len(cells) > 1 and set(cells) <= set(names)


def _places(table: Table, columns: Sequence[int], names: Sequence[str]) -> tuple[str, ...]:
    place_of = {name: str(place) for place, name in enumerate(names)}
    cells = [[row[column] for column in columns] for row in table.rows]
    return tuple(
        " ".join(place_of[cell] for cell in row if isinstance(cell, str) and cell in place_of) for row in cells
    )
