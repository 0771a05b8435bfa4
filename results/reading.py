"""Reading the sealed tables: pages checked, and any damage told in one line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from .errors import CorruptStore
from .records import ADDED, TRIALS
from .run_info import check_version
from .sealing import with_added

_AT_ONCE = 1 << 17
"""Rows that are decoded at once: they stay in the processor's cache."""


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
    with _damage_told(file), pq.ParquetFile(file, page_checksum_verification=True) as opened:
        stored = opened.schema_arrow.names
        table = opened.read([name for name in names if name in stored])
        return with_added(table, names).select(list(names))


def read_numbers(file: Path, names: Sequence[str]) -> dict[str, NDArray[np.generic]]:
    """Columns of numbers of a table of trials [n], by name, each page checked against its checksum.

    Those that may be null are of floats, with NaN for null; of lists it is the first number. Little more memory is
    taken than what is returned. All processors decode, each a group of rows of its own.
    """
    with _damage_told(file), ThreadPoolExecutor(pa.cpu_count()) as threads:
        described = pq.read_metadata(file)
        found = unfilled_numbers(names, described.num_rows)
        ends = np.cumsum([described.row_group(group).num_rows for group in range(described.num_row_groups)])
        places = [slice(*ends_of_it) for ends_of_it in pairwise([0, *ends.tolist()])]
        rooms = [{name: column[place] for name, column in found.items()} for place in places]
        list(threads.map(partial(_read_group, file, described), range(len(rooms)), rooms))
    return found


def unfilled_numbers(names: Sequence[str], count: int) -> dict[str, NDArray[np.generic]]:
    """Room for such columns; NaN all over where one came into the schema later, so that a table may lack it."""
    fields = [TRIALS.field(name) for name in names]
    kinds = [np.int64 if pa.types.is_integer(field.type) and not field.nullable else np.float64 for field in fields]
    return {
        name: np.full(count, np.nan) if name in ADDED else np.empty(count, dtype=kind)
        for name, kind in zip(names, kinds, strict=True)
    }


def to_frame(table: pa.Table) -> pd.DataFrame:
    """The table in pandas: maps as dicts, dictionaries as categorical columns."""
    frame: pd.DataFrame = table.to_pandas(maps_as_pydicts="strict")
    return frame


def _plain(column: pa.Array) -> NDArray[np.generic]:
    numbers: NDArray[np.generic] = column.to_numpy(zero_copy_only=False)
    return numbers


def _firsts(lists: pa.ListArray) -> NDArray[np.float64]:
    """The first number of each list; NaN for a list that is null or empty."""
    ends, numbers = lists.offsets.to_numpy(), _plain(lists.values)
    firsts = np.full(len(lists), np.nan)
    is_there = ends[1:] > ends[:-1]
    has_others = numbers.size > is_there.sum()
    firsts[is_there] = numbers[ends[:-1][is_there]] if has_others else numbers
    return firsts


def _read_group(file: Path, described: pq.FileMetaData, group: int, room: Mapping[str, NDArray[np.generic]]) -> None:
    """Put the numbers of one group of rows into the room for them, which is as long; `described` is of the file."""
    begin = 0
    with pq.ParquetFile(file, metadata=described, page_checksum_verification=True) as opened:
        stored = opened.schema_arrow.names
        wanted = [name for name in room if name in stored]
        for batch in opened.iter_batches(_AT_ONCE, row_groups=[group], columns=wanted):
            for name, column in zip(batch.schema.names, batch.columns, strict=True):
                part = room[name][begin : begin + len(column)]
                part[:] = _firsts(column) if pa.types.is_list(column.type) else _plain(column)
            begin += batch.num_rows


@contextmanager
def _damage_told(file: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, pa.ArrowException, KeyError) as error:
        reason = str(error).partition("\n")[0]
        raise CorruptStore(f"{file} is damaged or not a sealed table: {reason}") from error
