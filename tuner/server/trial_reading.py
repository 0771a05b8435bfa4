"""Trials of runs, page by page: of sealed tables, and of journals while runs are under way."""

from __future__ import annotations

import json
import shlex
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from functools import partial
from math import isfinite
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pydantic import TypeAdapter

from results.errors import CorruptStore, ResultsError
from results.exhibits import StoredExhibits, stored_from_json
from results.following import PLANNED
from results.item_json import item_value
from results.reading import read_columns
from results.run_info import read_run_info
from results.sealing import ROW_GROUP, with_added

from .column_values import Values, values_of
from .file_stamp import origin_of, stamp_of
from .kept import Kept
from .listing_page import Page
from .service_folder import ServiceFolder
from .trial_journal import RowOf, TrialJournal
from .trial_query import TrialDetail, TrialQuery, TrialRow, UnknownTrial
from .trial_table import TrialTable

_MOST_BYTES: Final = 600_000_000
"""Of columns that are kept in memory; the table in use is kept whatever its size."""
_MOST_FILES: Final = 64
_MOST_GROUPS: Final = 8
"""How many groups of rows are kept, of those that single trials were asked for in."""
_MOST_JOURNALS: Final = 16
"""Of runs under way that are kept."""
_PLAIN: Final = (*("resumed_from", "trial_seed", "data_seed", "reports_cost", "ask_seconds", "tell_seconds", "worker"),)

_FIELDS: Final = tuple(field.name for field in fields(TrialRow))
_JSON: Final[TypeAdapter[Any]] = TypeAdapter(Any)
_REST: Final = ("values", "held_out", "extras", "losses", "known_results", *_PLAIN)


class TrialReading:
    """Keeps the tables that were asked for last."""

    def __init__(self, folder: ServiceFolder) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._tables: OrderedDict[Path, tuple[tuple[int, ...], TrialTable]] = OrderedDict()
        self._groups: Kept[dict[str, Values]] = Kept(_MOST_GROUPS)
        self._ends: Kept[NDArray[np.int64]] = Kept(_MOST_FILES)
        self._taught: Kept[dict[tuple[int, int], Path]] = Kept(_MOST_FILES)
        self._states: Kept[str] = Kept(_MOST_FILES)
        self._journals: Kept[TrialJournal] = Kept(_MOST_JOURNALS)

    def page(self, name: str, query: TrialQuery) -> Page[TrialRow]:
        """As `Service.trials` says."""
        table, _ = self._at_one_instant(self._folder.run(name))
        rows, total = table.page(query)
        return Page(_rows(table, rows.tolist()), total, query.offset, query.limit)

    def detail(self, name: str, study: int, trial: int) -> TrialDetail:
        """As `Service.trial` says."""
        path = self._folder.run(name)
        table, row_of = self._at_one_instant(path)
        row = table.row_of(study, trial)
        if row is None:
            raise UnknownTrial(f"{name} has no trial {trial} of a study {study}")
        rest = row_of(row)
        (told,) = _rows(table, [row])
        return _detail(name, told, rest, self._exhibits(path, study, trial))

    def _at_one_instant(self, path: Path) -> tuple[TrialTable, RowOf]:
        """The table, and what gives the rest that is stored of one of its rows, whatever is stored meanwhile."""
        if not self._is_sealed(path):
            return self._journal(path).read()
        self._journals.drop(path)
        file = path / "trials.parquet"
        stamp = stamp_of(file)
        return self._sealed_table(file, stamp), partial(self._row_of_file, file, stamp)

    def _sealed_table(self, file: Path, stamp: tuple[int, ...]) -> TrialTable:
        with self._lock:
            kept = self._tables.get(file)
            if kept is None or kept[0] != stamp:
                count = read_count(file)
                kept = self._tables[file] = (stamp, TrialTable(partial(read_columns, file), count))
            self._tables.move_to_end(file)
            while len(self._tables) > 1 and sum(table.size_bytes for _, table in self._tables.values()) > _MOST_BYTES:
                self._tables.popitem(last=False)
            return kept[1]

    def _row_of_file(self, file: Path, stamp: tuple[int, ...], row: int) -> Mapping[str, Any]:
        """What is not in the table of trials. Neighbours are asked for next: their group is kept unless it is large."""
        ends = self._ends.of(file, stamp, lambda: _ends_of(file))
        number = int(np.searchsorted(ends, row, side="right"))
        if number == len(ends):
            raise CorruptStore(f"{file} has fewer rows than before")
        start = int(ends[number - 1]) if number else 0
        if ends[number] - start > ROW_GROUP:
            group = _values_of(_read_group(file, number).slice(row - start, 1))
            return {name: values([0])[0] for name, values in group.items()}
        group = self._groups.of((file, number), stamp, lambda: _values_of(_read_group(file, number)))
        return {name: values([row - start])[0] for name, values in group.items()}

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

    def _journal(self, path: Path) -> TrialJournal:
        """Of the run that has this name now: another one may have had it before."""
        return self._journals.of(path, origin_of(path), lambda: TrialJournal(path, _REST))


def read_count(file: Path) -> int:
    """How many rows a sealed table has; raises `CorruptStore`."""
    try:
        return int(pq.read_metadata(file).num_rows)
    except (OSError, pa.ArrowException) as error:
        raise CorruptStore(f"{file} is damaged or missing: {str(error).partition(chr(10))[0]}") from error


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


def _values_of(table: pa.Table) -> dict[str, Values]:
    """How to get at the values of each column."""
    batches = table.combine_chunks().to_batches()
    return {name: values_of(batches[0].column(name)) for name in table.column_names}


def _rows(table: TrialTable, rows: Sequence[int]) -> list[TrialRow]:
    columns = table.take(rows, _FIELDS)
    columns["value"] = _finite(columns["value"])
    columns["configuration"] = [_object(text) for text in columns["configuration"]]
    return list(map(TrialRow, *(columns[name] for name in _FIELDS)))


def _detail(name: str, row: TrialRow, stored: Mapping[str, Any], exhibits: list[Any]) -> TrialDetail:
    return TrialDetail(
        row=row,
        values=_finite_values(stored["values"]),
        held_out=_finite_values(stored["held_out"]),
        extras=_finite_values(stored["extras"]),
        losses=_finite(stored["losses"] or ()),
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
    try:
        found = _JSON.validate_json(text)
    except ValueError:  # it refuses halves of characters, and what is nested very deeply
        found = json.loads(text)
    return found if isinstance(found, dict) else {}


def _finite_values(numbers: Mapping[str, float | None] | None) -> dict[str, float | None]:
    return dict(zip(numbers, _finite(numbers.values()), strict=True)) if numbers else {}


def _finite(numbers: Iterable[float | None]) -> list[float | None]:
    return [number if number is not None and isfinite(number) else None for number in numbers]
