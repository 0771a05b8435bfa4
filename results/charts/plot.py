"""What a chart of a table shows: its columns checked, and its rows as points under safe names."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ..errors import ResultsError
from ..items import Cell, Table
from .palette import Point

MOST_ROWS = 2000
"""More could neither be told apart nor put into a page."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One column as it is laid out."""

    title: str
    is_log: bool = False
    names: tuple[str, ...] | None = None
    """Distinct texts in the table's order; None for a column of numbers."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one table that can be drawn."""

    channels: Mapping[str, Channel]
    """By role: x, y, series, value, low, high, label."""
    points: tuple[Point, ...]
    """One a row, fields named by their role."""


def read_rows(
    owner: str,
    table: Table,
    roles: Mapping[str, str],
    *,
    log: Collection[str] = (),
    named: Collection[str] = (),
    optional: Collection[str] = (),
) -> Rows:
    """The rows of a table in which every role has a value; `roles` says which column plays which.

    `log` are the roles on a logarithmic scale, `named` those whose numbers are read as names, and `optional` those
    that may be absent from a row. Raises ResultsError, with `owner` in it, for a column that does not exist, a
    logarithm of texts and a table of more than `MOST_ROWS` rows.
    """
    if len(table.rows) > MOST_ROWS:
        raise ResultsError(f"{owner}: a chart shows at most {MOST_ROWS} rows, not {len(table.rows)}")
    columns = {
        role: _read(owner, table, name, is_log=role in log, is_named=role in named) for role, name in roles.items()
    }
    points = [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
    kept = [point for point in points if all(point[role] is not None for role in roles if role not in optional)]
    channels = {role: _channel(roles[role], [point[role] for point in kept], is_log=role in log) for role in roles}
    return Rows(channels, tuple(kept))


def _read(owner: str, table: Table, name: str, *, is_log: bool, is_named: bool) -> list[str | float | int | None]:
    """One column, as names or as numbers."""
    cells = _column(owner, table, name)
    if not is_named and not any(isinstance(cell, str) for cell in cells):
        return [cell if not is_log or (isinstance(cell, float) and cell > 0) else None for cell in cells]
    if is_log:
        raise ResultsError(f"{owner}: column {name!r} holds names, which have no logarithmic scale")
    return [_name(cell) for cell in cells]


def _column(owner: str, table: Table, name: str) -> list[str | float | int | None]:
    names = [column.name for column in table.columns]
    if name not in names:
        raise ResultsError(f"{owner}: no column {name!r}; columns: {', '.join(names)}")
    place = names.index(name)
    return [_present(row[place]) for row in table.rows]


def _present(cell: Cell) -> str | float | None:
    """The cell as a plain text or finite number; None where there is nothing to show."""
    if cell is None or isinstance(cell, str):
        return cell
    number = float(cell)
    return number if math.isfinite(number) else None


def _name(cell: Cell) -> str | None:
    return f"{cell:.10g}" if isinstance(cell, int | float) else cell


def _channel(title: str, cells: Sequence[Cell], *, is_log: bool) -> Channel:
    texts = [cell for cell in cells if isinstance(cell, str)]
    return Channel(title, is_log, tuple(dict.fromkeys(texts)) if texts else None)
