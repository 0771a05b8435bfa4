"""Reading the sealed tables: pages checked, and any damage told in one line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from .errors import CorruptStore
from .records import ADDED
from .run_info import check_version
from .sealing import with_added


def check_table(file: Path, schema: pa.Schema) -> None:
    """Raise `CorruptStore` or `UnreadableVersion` unless the file announces the columns of the schema."""
    with _damage_told(file):
        stored = pq.read_schema(file)
    check_version((stored.metadata or {}).get(b"tuner.schema", b"1").decode(), file)
    missing = [name for name in schema.names if name not in stored.names and name not in ADDED]
    if missing:
        raise CorruptStore(f"{file} lacks the columns {', '.join(missing)}")


def read_columns(file: Path, names: Sequence[str]) -> pa.Table:
    """Some columns of a sealed table, each page checked against its checksum."""
    with _damage_told(file):
        wanted = list(names)
        if not ADDED.keys().isdisjoint(wanted):
            stored = pq.read_schema(file).names
            wanted = [name for name in wanted if name in stored or name not in ADDED]
        table = pq.read_table(file, columns=wanted, page_checksum_verification=True, partitioning=None)
    return with_added(table, names).select(list(names))


def to_frame(table: pa.Table) -> pd.DataFrame:
    """The table in pandas: maps as dicts, dictionaries as categorical columns."""
    frame: pd.DataFrame = table.to_pandas(maps_as_pydicts="strict")
    return frame


@contextmanager
def _damage_told(file: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        reason = str(error).partition("\n")[0]
        raise CorruptStore(f"{file} is damaged or not a sealed table: {reason}") from error
