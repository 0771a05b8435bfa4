"""The trials of a run as a file: Parquet as it is stored, CSV for spreadsheets, Arrow for other programs."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from results.errors import CorruptStore

from ..errors import TunerError
from .spreadsheet_cells import as_cells

ExportFormat = Literal["csv", "parquet", "arrow"]
_ROWS_AT_ONCE: Final = 20_000
_BYTES_AT_ONCE: Final = 1 << 20


class NotSealed(TunerError):
    """A run whose tables are not written yet; they are once it stops."""


def export_of(path: Path, file_format: ExportFormat) -> Iterator[bytes]:
    """The parts of the file; raises `NotSealed` before there is a table, at once and not with the first part."""
    file = path / "trials.parquet"
    if not file.is_file():
        raise NotSealed(f"{path.name} has no table of trials yet: it is written once the run stops")
    if file_format == "parquet":
        return _parts_of(file)
    return _csv(file) if file_format == "csv" else _arrow(file)


def _parts_of(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while part := opened.read(_BYTES_AT_ONCE):
            yield part


def _csv(file: Path) -> Iterator[bytes]:
    with _told(file), pq.ParquetFile(file, page_checksum_verification=True) as opened:
        for number, batch in enumerate(opened.iter_batches(_ROWS_AT_ONCE)):
            cells = pa.table({name: as_cells(batch[name]) for name in batch.schema.names})
            yield _lines(cells, with_names=number == 0)
        if not opened.metadata.num_rows:
            yield _lines(pa.table({name: [] for name in opened.schema_arrow.names}), with_names=True)


def _lines(cells: pa.Table, *, with_names: bool) -> bytes:
    sink = io.BytesIO()
    pa_csv.write_csv(cells, sink, pa_csv.WriteOptions(include_header=with_names))
    return sink.getvalue()


def _arrow(file: Path) -> Iterator[bytes]:
    """An Arrow IPC stream; labels as plain texts, since their list may differ from part to part."""
    with _told(file), pq.ParquetFile(file, page_checksum_verification=True) as opened:
        schema = pa.schema([_plain(field) for field in opened.schema_arrow])
        sink = io.BytesIO()
        with pa.ipc.new_stream(sink, schema) as writer:
            for batch in opened.iter_batches(_ROWS_AT_ONCE):
                writer.write_batch(pa.RecordBatch.from_arrays(_cast(batch, schema), schema=schema))
                yield _taken(sink)
        yield _taken(sink)


def _plain(field: pa.Field) -> pa.Field:
    return field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field


def _cast(batch: pa.RecordBatch, schema: pa.Schema) -> list[pa.Array]:
    return [column.cast(field.type) for column, field in zip(batch.columns, schema, strict=True)]


def _taken(sink: io.BytesIO) -> bytes:
    """What was written since; the sink is empty afterwards."""
    part = sink.getvalue()
    sink.seek(0)
    sink.truncate()
    return part


@contextmanager
def _told(file: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        raise CorruptStore(f"{file.parent.name}: the table of trials is damaged") from error
