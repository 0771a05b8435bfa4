"""Making a report's tables fit a terminal: columns give way, cells are never cut."""

from __future__ import annotations

from dataclasses import replace

from results.items import Item, Note, Table
from results.render.cells import write_cell
from results.report import Report

_GAP = 3
"""Characters between two columns."""


def fit_report(report: Report, width: int) -> Report:
    """The report with tables at most `width` characters wide; a note says which columns were left out."""
    sections = tuple(
        replace(section, items=tuple(part for item in section.items for part in _fit(item, width)))
        for section in report.sections
    )
    return replace(report, sections=sections)


def _fit(item: Item, width: int) -> tuple[Item, ...]:
    if not isinstance(item, Table):
        return (item,)
    count = _columns_that_fit(item, width)
    if count == len(item.columns):
        return (item,)
    left_out = ", ".join(column.name for column in item.columns[count:])
    shown = replace(item, columns=item.columns[:count], rows=tuple(row[:count] for row in item.rows))
    return (shown, Note(f"A wider terminal or the page also shows: {left_out}."))


def _columns_that_fit(table: Table, width: int) -> int:
    """How many columns, from the left, have room; at least one."""
    used = 0
    for count, column in enumerate(table.columns):
        cells = (write_cell(row[count], column) for row in table.rows)
        used += max(map(len, (column.name, *cells))) + _GAP
        if used > width + 1 and count:
            return count
    return len(table.columns)
