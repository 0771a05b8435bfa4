"""A table of a report as a file of its own."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from ..item_json import item_value
from ..items import Cell, Column, Table
from ..json_object import canonical
from .booktabs import NEEDS, table_as_latex
from .cells import plain
from .markdown import table_as_markdown
from .numbered import Numbered
from .spreadsheet import field_of, table_as_csv

FORMATS = ("csv", "parquet", "json", "latex", "md")
"""What `table_file` can make of a table."""

ENDINGS = {"latex": "tex"}
"""How the names of files end where that is not the name of the format."""


def table_file(table: Numbered[Table], file_format: str) -> bytes:
    """The table's file in one of `FORMATS`: rounded for people as LaTeX and Markdown, else in full precision.

    The same table gives the same bytes.
    """
    match file_format:
        case "parquet":
            return _parquet(table.item)
        case "json":
            return f"{canonical(item_value(table.item))}\n".encode()
        case "latex":
            return f"{NEEDS}\n{table_as_latex(table.item, table.name)}".encode()
        case "md":
            return f"{table_as_markdown(table.item)}\n".encode()
        case _:
            return table_as_csv(table.item).encode()


def _parquet(table: Table) -> bytes:
    """Texts, int64 and float64; null where there is no value; the caption in the metadata as `caption`."""
    columns = [_array(column, [row[place] for row in table.rows]) for place, column in enumerate(table.columns)]
    found = pa.table(columns, names=_distinct([field_of(column) for column in table.columns]))
    file = io.BytesIO()
    pq.write_table(found.replace_schema_metadata({"caption": plain(table.caption)}), file, compression="zstd")
    return file.getvalue()


def _array(column: Column, cells: Sequence[Cell]) -> pa.Array:
    values = [None if isinstance(cell, float) and not math.isfinite(cell) else cell for cell in cells]
    if column.kind == "text" or any(isinstance(value, str) for value in values):
        return pa.array([value if value is None else _text(value) for value in values], pa.string())
    is_whole = column.kind == "integer" and all(value is None or float(value).is_integer() for value in values)
    return pa.array(values, pa.int64() if is_whole else pa.float64())


def _text(value: str | float) -> str:
    return plain(value) if isinstance(value, str) else repr(value)


def _distinct(names: Sequence[str]) -> list[str]:
    """The names; one that has come before gets a number."""
    return [
        name if name not in names[:place] else f"{name}_{names[: place + 1].count(name)}"
        for place, name in enumerate(names)
    ]
