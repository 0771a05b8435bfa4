"""A table of a report as comma-separated values, in full precision."""

from __future__ import annotations

import csv
import io
import math
import re

from ..errors import NothingToCompare
from ..items import Cell, Column, Table
from ..report import Report
from .cells import plain


def render_csv(report: Report, section: str = "leaderboard") -> str:
    """The first table of a section; values that do not exist are empty, seconds are seconds, shares are in [0, 1]."""
    tables = report.section(section).tables
    if not tables:
        raise NothingToCompare(f"section {section!r} of this report has no table")
    return table_as_csv(tables[0])


def table_as_csv(table: Table) -> str:
    """The table with a line of headings for programs."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([field_of(column) for column in table.columns])
    writer.writerows([[_value(cell) for cell in row] for row in table.rows])
    return file.getvalue()


def field_of(column: Column) -> str:
    """The column's heading for programs."""
    return column.field or "_".join(re.findall(r"\w+", column.name.lower()))


def _value(cell: Cell) -> str:
    if cell is None or (isinstance(cell, float) and not math.isfinite(cell)):
        return ""
    return plain(cell) if isinstance(cell, str) else repr(cell)
