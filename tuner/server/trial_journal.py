"""The trials of a run under way: those in its journal, read on from where it was left."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from results.errors import CorruptStore
from results.following import PLANNED
from results.journal import Wave, read_blocks_after
from results.records import OUTCOMES, STUDY_KEY_FIELDS
from results.sealing import read_table

from .trial_table import TrialTable

_MOST_PARTS: Final = 16
"""Before they are joined: joining copies all of it."""
_KEYS: Final = {field.name: field for field in STUDY_KEY_FIELDS}
RowOf: TypeAlias = Callable[[int], Mapping[str, Any]]
"""Gives what is stored of a row beside its columns in the table."""


class TrialJournal:
    """Keeps what it has read; `rest` names the columns that are asked for of single rows."""

    def __init__(self, path: Path, rest: Sequence[str]) -> None:
        self._run = path.name
        self._folder = path / "journal"
        self._rest = list(rest)
        self._lock = threading.Lock()
        self._keys: dict[int, dict[str, str | int]] = {}
        self._places: dict[str, int] = {}
        self._parts: list[pa.Table] = [OUTCOMES.empty_table()]
        self._made: tuple[TrialTable, RowOf] | None = None

    def read(self) -> tuple[TrialTable, RowOf]:
        """All of them as of now, by study and trial, and what gives the rest of one; raises `CorruptStore`."""
        with self._lock:
            planned = self._folder / PLANNED
            if not self._keys and planned.is_file():
                self._keys = _keys(planned)
            if self._keys:
                self._read_on()
            if self._made is None:
                stored = pa.concat_tables(self._parts)
                order = np.lexsort((stored["trial"].to_numpy(), stored["study"].to_numpy()))
                load = partial(_columns, stored, order, self._keys)
                self._made = TrialTable(load, stored.num_rows), partial(_row, stored.select(self._rest), order)
            return self._made

    def _read_on(self) -> None:
        for name, size in _sizes(self._folder):
            place = self._places.get(name, 0)
            if size <= place:
                continue
            try:
                blocks, place = read_blocks_after(self._folder / name, place)
            except FileNotFoundError:  # the run has been sealed just now
                return
            self._add([Wave.decode(block).rows for block in blocks])
            self._places[name] = place

    def _add(self, batches: Sequence[pa.RecordBatch]) -> None:
        """Those that are there already are joined with the new ones now and then."""
        if batches:
            self._made = None
            rows = pa.Table.from_batches(batches, OUTCOMES)
            if not self._keys.keys() >= set(rows["study"].to_pylist()):
                raise CorruptStore(f"{self._run}/journal holds trials of a study that was not planned")
            self._parts.append(rows)
        if len(self._parts) > _MOST_PARTS:
            self._parts = [pa.concat_tables(self._parts).combine_chunks()]


def _sizes(folder: Path) -> list[tuple[str, int]]:
    """The files of a journal by name, oldest first, and how long each is; none where the run has been sealed."""
    try:
        with os.scandir(folder) as found:
            return sorted((entry.name, entry.stat().st_size) for entry in found if entry.name.endswith(".journal"))
    except FileNotFoundError:
        return []


def _columns(
    stored: pa.Table, order: NDArray[np.intp], keys: Mapping[int, Mapping[str, str | int]], names: Sequence[str]
) -> pa.Table:
    """Some columns of the trials, ordered; what a study's trials have in common is looked up by its number."""
    outcomes = stored.select([name for name in names if name not in _KEYS]).combine_chunks().take(order)
    numbers, places = np.unique(stored["study"].to_numpy()[order], return_inverse=True)
    studies = [keys[number] for number in numbers.tolist()]
    common = {name: [study[name] for study in studies] for name in names if name in _KEYS}
    return pa.table(
        {name: _common(_KEYS[name], common[name], places) if name in common else outcomes[name] for name in names}
    )


def _common(field: pa.Field, values: list[str | int], places: NDArray[np.intp]) -> pa.Array:
    """A column of what studies have in common; `places` [n rows] says which of the values is a row's."""
    if not pa.types.is_dictionary(field.type):
        return pa.array(values, field.type).take(pa.array(places))
    labels = {label: place for place, label in enumerate(dict.fromkeys(values))}
    indices = np.array([labels[value] for value in values], np.int32)[places]
    return pa.DictionaryArray.from_arrays(pa.array(indices), pa.array(list(labels), pa.string()))


def _row(stored: pa.Table, order: NDArray[np.intp], row: int) -> Mapping[str, Any]:
    found: dict[str, Any] = stored.slice(order[row], 1).to_pylist(maps_as_pydicts="lossy")[0]
    return found


def _keys(planned: Path) -> dict[int, dict[str, str | int]]:
    rows = read_table(planned).select(["study", *_KEYS]).to_pylist()
    return {row["study"]: {name: row[name] for name in _KEYS} for row in rows}
