"""The rows of a stored run, changed by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from results.records import STUDIES, TRIALS


def change_rows(
    folder: Path,
    *,
    trial: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
    study: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
) -> Path:
    """The run in the folder with what the functions say in place of the values of each row."""
    for name, schema, change in (("trials", TRIALS, trial), ("studies", STUDIES, study)):
        if change is not None:
            file = folder / f"{name}.parquet"
            rows = [row | change(row) for row in pq.read_table(file).to_pylist()]
            pq.write_table(pa.Table.from_pylist(rows, schema=schema), file, write_page_checksum=True)
    return folder
