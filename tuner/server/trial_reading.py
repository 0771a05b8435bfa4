"""Trials of runs, page by page: of sealed tables, and of journals while runs are under way."""

from __future__ import annotations

import json
import math
import shlex
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from results.errors import CorruptStore, ResultsError
from results.exhibits import StoredExhibits, stored_from_json
from results.following import PLANNED
from results.item_json import item_value
from results.journal import Wave, read_blocks_after
from results.reading import read_columns
from results.records import OUTCOMES, STUDY_KEY_FIELDS, TRIALS
from results.run_info import read_run_info
from results.sealing import ROW_GROUP, read_table, sealed_trials, with_added

from .file_stamp import origin_of, stamp_of
from .kept import Kept
from .listing_page import Page
from .service_folder import ServiceFolder
from .trial_query import TrialDetail, TrialQuery, TrialRow, UnknownTrial
from .trial_table import TrialTable

_MOST_BYTES: Final = 600_000_000
"""Of columns that are kept in memory; the table in use is kept whatever its size."""
_ROW: Final = (
    *("study", "trial", "task", "strategy", "seed", "status", "message", "value"),
    *("configuration", "fidelity", "work", "seconds", "started", "finished"),
)

_MOST_FILES: Final = 64
_MOST_GROUPS: Final = 8
"""How many groups of rows are kept, of those that single trials were asked for in."""
_MOST_JOURNALS: Final = 16
"""Of runs under way that are kept."""
_MOST_PARTS: Final = 16
"""Of a journal, before they are joined: joining copies all of it."""
_PLAIN: Final = (*("resumed_from", "trial_seed", "data_seed", "reports_cost", "ask_seconds", "tell_seconds", "worker"),)

_FIELDS: Final = tuple(field.name for field in fields(TrialRow))
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_REST: Final = ("values", "held_out", "extras", "losses", "known_results", *_PLAIN)


class TrialReading:
    """Keeps the tables that were asked for last."""

    def __init__(self, folder: ServiceFolder) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._tables: OrderedDict[Path, tuple[tuple[int, ...], TrialTable]] = OrderedDict()
        self._groups: Kept[pa.Table] = Kept(_MOST_GROUPS)
        self._ends: Kept[NDArray[np.int64]] = Kept(_MOST_FILES)
        self._taught: Kept[dict[tuple[int, int], Path]] = Kept(_MOST_FILES)
        self._states: Kept[str] = Kept(_MOST_FILES)
        self._journals: Kept[_Journal] = Kept(_MOST_JOURNALS)

    def page(self, name: str, query: TrialQuery) -> Page[TrialRow]:
        """As `Service.trials` says."""
        table, _ = self._at_one_instant(self._folder.run(name))
        rows, total = table.page(query)
        return Page(_rows(table.take(rows, _ROW)), total, query.offset, query.limit)

    def detail(self, name: str, study: int, trial: int) -> TrialDetail:
        """As `Service.trial` says."""
        path = self._folder.run(name)
        table, row_of = self._at_one_instant(path)
        row = table.row_of(study, trial)
        if row is None:
            raise UnknownTrial(f"{name} has no trial {trial} of a study {study}")
        rest: dict[str, Any] = row_of(row).to_pylist(maps_as_pydicts="lossy")[0]
        (told,) = _rows(table.take(np.array([row]), _ROW))
        return _detail(name, told, rest, self._exhibits(path, study, trial))

    def _at_one_instant(self, path: Path) -> tuple[TrialTable, Callable[[int], pa.Table]]:
        """The table, and what gives all that is stored of one of its rows, whatever is stored meanwhile."""
        if not self._is_sealed(path):
            return self._journal(path).read()
        self._journals.drop(path)
        file = path / "trials.parquet"
        return self._sealed_table(file), partial(self._row_of_file, file)

    def _sealed_table(self, file: Path) -> TrialTable:
        stamp = stamp_of(file)
        with self._lock:
            kept = self._tables.get(file)
            if kept is None or kept[0] != stamp:
                count = read_count(file)
                kept = self._tables[file] = (stamp, TrialTable(partial(read_columns, file), count))
            self._tables.move_to_end(file)
            while len(self._tables) > 1 and sum(table.size_bytes for _, table in self._tables.values()) > _MOST_BYTES:
                self._tables.popitem(last=False)
            return kept[1]

    def _row_of_file(self, file: Path, row: int) -> pa.Table:
        """What is not in the table of trials. Neighbours are asked for next: their group is kept unless it is large."""
        stamp = stamp_of(file)
        ends = self._ends.of(file, stamp, lambda: _ends_of(file))
        number = int(np.searchsorted(ends, row, side="right"))
        if number == len(ends):
            raise CorruptStore(f"{file} has fewer rows than before")
        start = int(ends[number - 1]) if number else 0
        if ends[number] - start > ROW_GROUP:
            return _read_group(file, number).slice(row - start, 1)
        return self._groups.of((file, number), stamp, lambda: _read_group(file, number)).slice(row - start, 1)

    def _is_sealed(self, path: Path) -> bool:
        state = self._states.of(path, stamp_of(path / "run.json"), lambda: read_run_info(path).state)
        return state == "finished" or (
            (path / "trials.parquet").is_file() and not (path / "journal" / PLANNED).is_file()
        )

    def _exhibits(self, path: Path, study: int, trial: int) -> list[Any]:
        """What the run has stored of what this trial teaches."""
        folder = path / "exhibits"
        files = self._taught.of(path, (origin_of(path), stamp_of(folder)), lambda: _taught_by(folder))
        file = files.get((study, trial))
        stored = None if file is None else _stored_exhibits(file)
        return [] if stored is None else [item_value(item) for exhibit in stored.exhibits for item in exhibit.items]

    def _journal(self, path: Path) -> _Journal:
        """Of the run that has this name now: another one may have had it before."""
        return self._journals.of(path, origin_of(path), lambda: _Journal(path))


class _Journal:
    """The trials that a run under way has journaled; read on from where it was left."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._keys: dict[int, dict[str, str | int]] = {}
        self._places: dict[Path, int] = {}
        self._parts: list[pa.Table] = [TRIALS.empty_table()]
        self._made: tuple[TrialTable, Callable[[int], pa.Table]] | None = None

    def read(self) -> tuple[TrialTable, Callable[[int], pa.Table]]:
        """All of them as of now, by study and trial, and what gives all that is stored of one."""
        with self._lock:
            planned = self._path / "journal" / PLANNED
            if not self._keys and planned.is_file():
                self._keys = _keys(planned)
            if self._keys:
                self._read_on()
            if self._made is None:
                stored = pa.concat_tables(self._parts)
                order = np.lexsort((stored["trial"].to_numpy(), stored["study"].to_numpy()))
                table = TrialTable(partial(_ordered, stored, order), stored.num_rows)
                self._made = table, lambda row: stored.slice(order[row], 1)
            return self._made

    def _read_on(self) -> None:
        for file in sorted((self._path / "journal").glob("*.journal")):
            try:
                blocks, place = read_blocks_after(file, self._places.get(file, 0))
            except FileNotFoundError:  # the run has been sealed just now
                return
            self._add([Wave.decode(block).rows for block in blocks])
            self._places[file] = place

    def _add(self, batches: Sequence[pa.RecordBatch]) -> None:
        """Label the new rows; those that are there already are labelled, and are joined now and then."""
        if batches:
            self._made = None
            rows = pa.Table.from_batches(batches, OUTCOMES)
            numbers = rows["study"].unique().to_pylist()
            if not self._keys.keys() >= set(numbers):
                raise CorruptStore(f"{self._path.name}/journal holds trials of a study that was not planned")
            keys = {study: self._keys[study] for study in numbers}
            self._parts.append(sealed_trials(rows, keys))
        if len(self._parts) > _MOST_PARTS:
            self._parts = [pa.concat_tables(self._parts).unify_dictionaries().combine_chunks()]


def _ordered(stored: pa.Table, order: NDArray[np.intp], names: Sequence[str]) -> pa.Table:
    return stored.select(list(names)).unify_dictionaries().combine_chunks().take(order)


def read_count(file: Path) -> int:
    """How many rows a sealed table has; raises `CorruptStore`."""
    try:
        return int(pq.read_metadata(file).num_rows)
    except (OSError, pa.ArrowException) as error:
        raise CorruptStore(f"{file} is damaged or missing: {str(error).partition(chr(10))[0]}") from error


def _keys(planned: Path) -> dict[int, dict[str, str | int]]:
    names = [field.name for field in STUDY_KEY_FIELDS]
    rows = read_table(planned).select(["study", *names]).to_pylist()
    return {row["study"]: {name: row[name] for name in names} for row in rows}


def _ends_of(file: Path) -> NDArray[np.int64]:
    """The row after the last of each group of rows; raises `CorruptStore`."""
    try:
        metadata = pq.read_metadata(file)
    except (OSError, pa.ArrowException) as error:
        raise CorruptStore(f"{file} is damaged: {str(error).partition(chr(10))[0]}") from error
    return np.cumsum([metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)])


def _read_group(file: Path, number: int) -> pa.Table:
    """Of a group of rows what is not in the table of trials."""
    try:
        with pq.ParquetFile(file, page_checksum_verification=True) as opened:
            names = [name for name in _REST if name in opened.schema_arrow.names]
            return with_added(opened.read_row_group(number, names), _REST)
    except (OSError, pa.ArrowException) as error:
        raise CorruptStore(f"{file} is damaged: {str(error).partition(chr(10))[0]}") from error


def _rows(taken: pa.Table) -> list[TrialRow]:
    columns = {name: _values(taken[name]) for name in taken.column_names}
    columns["value"] = [_finite(value) for value in columns["value"]]
    columns["configuration"] = [_object(text) for text in columns["configuration"]]
    return [TrialRow(*values) for values in zip(*(columns[name] for name in _FIELDS), strict=True)]


def _values(column: pa.ChunkedArray) -> list[Any]:
    """As `to_pylist`, which takes several times as long for labels and instants."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_timestamp(column.type) and column.type.unit == "us":
        return [_EPOCH + timedelta(microseconds=instant) for instant in column.cast(pa.int64()).to_pylist()]
    found: list[Any] = column.to_pylist()
    return found


def _detail(name: str, row: TrialRow, stored: Mapping[str, Any], exhibits: list[Any]) -> TrialDetail:
    return TrialDetail(
        row=row,
        values=_finite_values(stored["values"]),
        held_out=_finite_values(stored["held_out"]),
        extras=_finite_values(stored["extras"]),
        losses=[_finite(loss) for loss in stored["losses"] or ()],
        known_results=stored["known_results"],
        command=f"tuner explain {shlex.quote(name)} --study {row.study} --trial {row.trial}",
        exhibits=exhibits,
        **{name: stored[name] for name in _PLAIN},
    )


def _stored_exhibits(file: Path) -> StoredExhibits | None:
    """None for a damaged file, which shows nothing."""
    try:
        return stored_from_json(file.read_text(encoding="utf-8"), file.parents[1].name, where=file.name)
    except (ResultsError, OSError, UnicodeDecodeError):
        return None


def _taught_by(folder: Path) -> dict[tuple[int, int], Path]:
    """By study and trial, the file of what it teaches; of several the first."""
    found: dict[tuple[int, int], Path] = {}
    for file in sorted(folder.glob("*.json")):
        if (stored := _stored_exhibits(file)) is not None:
            found.setdefault((stored.study, stored.trial), file)
    return found


def _object(text: str) -> dict[str, Any]:
    found = json.loads(text)
    return found if isinstance(found, dict) else {}


def _finite_values(numbers: Mapping[str, float | None] | None) -> dict[str, float | None]:
    return {name: _finite(number) for name, number in (numbers or {}).items()}


def _finite(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None
