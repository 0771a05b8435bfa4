"""Writing the sealed tables: Parquet with page checksums, put in place whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from .journal import naming, sync_folder
from .records import ADDED, STUDIES, STUDY_KEY_FIELDS, TRIALS

ROW_GROUP: Final = 131_072
"""Rows that are stored together, so that one of them can be read without millions of others."""


def write_table(table: pa.Table, path: Path) -> None:
    """Write a table beside its place, flush it, and move it into place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".writing")
    with naming(path), _removed_on_error(beside):
        pq.write_table(
            table, beside, row_group_size=ROW_GROUP, compression="zstd", write_page_checksum=True, store_schema=True
        )
    replace_durably(beside, path)


def write_text(text: str, path: Path) -> None:
    """Write a text file in the same manner."""
    write_bytes(text.encode(), path)


def write_bytes(content: bytes, path: Path) -> None:
    """Write any other file in the same manner."""
    beside = path.with_name(path.name + ".writing")
    with naming(path), _removed_on_error(beside):
        beside.write_bytes(content)
    replace_durably(beside, path)


def replace_durably(beside: Path, path: Path) -> None:
    """Flush `beside`, move it over `path`, and flush the folder."""
    with beside.open("rb") as file:
        os.fsync(file.fileno())
    beside.replace(path)
    sync_folder(path.parent)


@contextmanager
def _removed_on_error(beside: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise


def read_table(path: Path) -> pa.Table:
    """A sealed table, each page checked against its checksum."""
    table = pq.read_table(path, page_checksum_verification=True)
    schema = TRIALS if "trial" in table.column_names else STUDIES
    return with_added(table, schema.names)


def with_added(table: pa.Table, names: Sequence[str]) -> pa.Table:
    """The table with those of these columns that it lacks since they came into the schema later."""
    for name in names:
        if name in ADDED and name not in table.column_names:
            field = (TRIALS if name in TRIALS.names else STUDIES).field(name)
            plain = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
            column = pa.array([ADDED[name]] * table.num_rows, plain)
            table = table.append_column(field, column if plain == field.type else column.dictionary_encode())
    return table


def sealed_trials(outcomes: pa.Table, keys: Mapping[int, Mapping[str, str | int]]) -> pa.Table:
    """The trials table: journaled rows [n], each with what its study has in common (`keys`, by study number)."""
    numbers = sorted(keys)
    positions = pc.index_in(outcomes["study"], pa.array(numbers, pa.int32()))
    columns = [_key_column(field, [keys[n][field.name] for n in numbers], positions) for field in STUDY_KEY_FIELDS]
    return pa.table([*columns, *outcomes.columns], schema=TRIALS)


def sealed_studies(rows: Iterable[Mapping[str, object]]) -> pa.Table:
    """The studies table, in the order of the study numbers."""
    ordered = sorted(rows, key=lambda row: int(str(row["study"])))
    return pa.Table.from_pylist([dict(row) for row in ordered], schema=STUDIES)


def _key_column(field: pa.Field, values: list[str | int], positions: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_dictionary(field.type):
        return pa.chunked_array([pa.array(values, field.type).take(positions.combine_chunks())])
    distinct = list(dict.fromkeys(values))
    lookup = pa.array([distinct.index(value) for value in values], pa.int32())
    indices = lookup.take(positions.combine_chunks())
    return pa.chunked_array([pa.DictionaryArray.from_arrays(indices, pa.array(distinct, pa.string()))])
