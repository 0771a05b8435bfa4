"""Trials of runs, page by page: of sealed tables, and of journals while runs are under way."""

from __future__ import annotations

import json
import math
import shlex
import threading
from collections import OrderedDict
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from results.errors import CorruptStore, ResultsError
from results.exhibits import stored_from_json
from results.following import PLANNED
from results.item_json import item_value
from results.journal import Wave, read_blocks_after
from results.reading import read_columns
from results.records import OUTCOMES, STUDY_KEY_FIELDS
from results.run_info import read_run_info
from results.sealing import ROW_GROUP, read_table, sealed_trials, with_added

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
_PLAIN: Final = (*("resumed_from", "trial_seed", "data_seed", "reports_cost", "ask_seconds", "tell_seconds", "worker"),)

_REST: Final = ("values", "held_out", "extras", "losses", "known_results", *_PLAIN)


class TrialReading:
    """Keeps the tables that were asked for last."""

    def __init__(self, folder: ServiceFolder) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._tables: OrderedDict[Path, tuple[tuple[int, ...], TrialTable]] = OrderedDict()
        self._groups: Kept[pa.Table] = Kept(_MOST_GROUPS)
        self._ends: Kept[NDArray[np.int64]] = Kept(_MOST_FILES)
        self._journals: dict[Path, _Journal] = {}

    def page(self, name: str, query: TrialQuery) -> Page[TrialRow]:
        """As `Service.trials` says."""
        table = self._table(self._folder.run(name))
        rows = table.rows(query)
        taken = table.take(rows[query.offset : query.offset + query.limit], _ROW).to_pylist()
        return Page([_row(one) for one in taken], len(rows), query.offset, query.limit)

    def detail(self, name: str, study: int, trial: int) -> TrialDetail:
        """As `Service.trial` says."""
        path = self._folder.run(name)
        table = self._table(path)
        row = table.row_of(study, trial)
        if row is None:
            raise UnknownTrial(f"{name} has no trial {trial} of a study {study}")
        stored = self._whole_row(path, table, row)
        return _detail(name, stored, _exhibits(path, study, trial))

    def _table(self, path: Path) -> TrialTable:
        if not _is_sealed(path):
            return self._journal(path).table()
        file = path / "trials.parquet"
        stamp = _stamp(file)
        with self._lock:
            kept = self._tables.get(file)
            if kept is None or kept[0] != stamp:
                count = read_count(file)
                kept = self._tables[file] = (stamp, TrialTable(partial(read_columns, file), count))
            self._tables.move_to_end(file)
            self._journals.pop(path, None)
            while len(self._tables) > 1 and sum(table.size_bytes for _, table in self._tables.values()) > _MOST_BYTES:
                self._tables.popitem(last=False)
            return kept[1]

    def _whole_row(self, path: Path, table: TrialTable, row: int) -> Mapping[str, Any]:
        found = self._row_of_file(path / "trials.parquet", row) if _is_sealed(path) else self._journal(path).row(row)
        rest: dict[str, Any] = found.to_pylist(maps_as_pydicts="lossy")[0]
        return {**rest, **table.take(np.array([row]), _ROW).to_pylist()[0]}

    def _row_of_file(self, file: Path, row: int) -> pa.Table:
        """What is not in the table of trials. Neighbours are asked for next: their group is kept unless it is large."""
        stamp = _stamp(file)
        ends = self._ends.of(file, stamp, lambda: _ends_of(file))
        number = int(np.searchsorted(ends, row, side="right"))
        if number == len(ends):
            raise CorruptStore(f"{file} has fewer rows than before")
        start = int(ends[number - 1]) if number else 0
        if ends[number] - start > ROW_GROUP:
            return _read_group(file, number).slice(row - start, 1)
        return self._groups.of((file, number), stamp, lambda: _read_group(file, number)).slice(row - start, 1)

    def _journal(self, path: Path) -> _Journal:
        with self._lock:
            return self._journals.setdefault(path, _Journal(path))


class _Journal:
    """The trials that a run under way has journaled; read on from where it was left."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._keys: dict[int, dict[str, str | int]] = {}
        self._places: dict[Path, int] = {}
        self._batches: list[pa.RecordBatch] = []
        self._made: tuple[int, pa.Table, TrialTable] | None = None

    def table(self) -> TrialTable:
        """All of them as of now."""
        return self._read()[1]

    def row(self, row: int) -> pa.Table:
        """All that is stored of one of them."""
        return self._read()[0].slice(row, 1)

    def _read(self) -> tuple[pa.Table, TrialTable]:
        with self._lock:
            planned = self._path / "journal" / PLANNED
            if not self._keys and planned.is_file():
                self._keys = _keys(planned)
            if self._keys:
                self._read_on()
            if self._made is None or self._made[0] != len(self._batches):
                stored = sealed_trials(pa.Table.from_batches(self._batches, OUTCOMES), self._keys)
                stored = stored.sort_by([("study", "ascending"), ("trial", "ascending")])
                self._made = (len(self._batches), stored, TrialTable(stored.select, stored.num_rows))
            return self._made[1], self._made[2]

    def _read_on(self) -> None:
        for file in sorted((self._path / "journal").glob("*.journal")):
            try:
                blocks, self._places[file] = read_blocks_after(file, self._places.get(file, 0))
            except FileNotFoundError:  # the run has been sealed just now
                return
            self._batches += [Wave.decode(block).rows for block in blocks]


def read_count(file: Path) -> int:
    """How many rows a sealed table has; raises `CorruptStore`."""
    try:
        return int(pq.read_metadata(file).num_rows)
    except (OSError, pa.ArrowException) as error:
        raise CorruptStore(f"{file} is damaged or missing: {str(error).partition(chr(10))[0]}") from error


def _is_sealed(path: Path) -> bool:
    if read_run_info(path).state == "finished":
        return True
    return (path / "trials.parquet").is_file() and not (path / "journal" / PLANNED).is_file()


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


def _row(stored: Mapping[str, Any]) -> TrialRow:
    fields = {name: stored[name] for name in _ROW}
    return TrialRow(**{**fields, "value": _finite(stored["value"]), "configuration": _object(stored["configuration"])})


def _detail(name: str, stored: Mapping[str, Any], exhibits: list[Any]) -> TrialDetail:
    return TrialDetail(
        row=_row(stored),
        values=_finite_values(stored["values"]),
        held_out=_finite_values(stored["held_out"]),
        extras=_finite_values(stored["extras"]),
        losses=[_finite(loss) for loss in stored["losses"] or ()],
        known_results=stored["known_results"],
        command=f"tuner explain {shlex.quote(name)} --study {stored['study']} --trial {stored['trial']}",
        exhibits=exhibits,
        **{name: stored[name] for name in _PLAIN},
    )


def _exhibits(path: Path, study: int, trial: int) -> list[Any]:
    """What the run has stored of what this trial teaches; a damaged file shows nothing."""
    for file in sorted((path / "exhibits").glob("*.json")):
        try:
            stored = stored_from_json(file.read_text(encoding="utf-8"), path.name, where=file.name)
        except (ResultsError, OSError, UnicodeDecodeError):
            continue
        if (stored.study, stored.trial) == (study, trial):
            return [item_value(item) for exhibit in stored.exhibits for item in exhibit.items]
    return []


def _object(text: str) -> dict[str, Any]:
    found = json.loads(text)
    return found if isinstance(found, dict) else {}


def _finite_values(numbers: Mapping[str, float | None] | None) -> dict[str, float | None]:
    return {name: _finite(number) for name, number in (numbers or {}).items()}


def _finite(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None


def _stamp(file: Path) -> tuple[int, ...]:
    try:
        status = file.stat()
    except OSError:
        return ()
    return status.st_ino, status.st_mtime_ns, status.st_size
