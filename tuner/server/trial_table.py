"""The trials of one run as columns in memory: read when first needed, filtered and sorted without the others."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .column_values import Values, values_of
from .text_search import rows_containing
from .trial_query import TrialQuery

_TEXTS: Final = frozenset({"task", "strategy", "status"})
_LONG_TEXTS: Final = frozenset({"configuration", "message"})
_FILTERS: Final = ("study", "seed", "task", "strategy", "status")
_MOST_MASKS: Final = 64
"""How many filters are kept with what was found of them."""
_MOST_MASK_BYTES: Final = 8_000_000
"""Of these together; what was found last is kept whatever its size."""
_PIECE: Final = 8192
_FEW_LABELS: Final = 127
Rows: TypeAlias = NDArray[np.integer[Any]]
Load: TypeAlias = Callable[[Sequence[str]], pa.Table]
_Mask: TypeAlias = NDArray[np.bool_]
_Filter: TypeAlias = tuple[tuple[str, str | int], ...]


class TrialTable:
    """Columns that `load` reads by their names [n rows each]; safe to use from several threads."""

    def __init__(self, load: Load, count: int) -> None:
        self._load = load
        self._count = count
        self._lock = threading.RLock()
        self._columns: dict[str, pa.Array] = {}
        self._values: dict[str, Values] = {}
        self._orders: dict[tuple[str, bool], Rows] = {}
        self._found: OrderedDict[_Filter, tuple[_Mask, int]] = OrderedDict()
        self._is_ordered: bool | None = None
        self._size = 0

    @property
    def size_bytes(self) -> int:
        """What it holds in memory."""
        return self._size

    def page(self, query: TrialQuery) -> tuple[Rows, int]:
        """The rows that the query asks for, in its order, and how many there are on all pages."""
        with self._lock:
            found = self._matching(_filter_of(query))
            order = None if query.sort is None else self._order(query.sort, descending=query.descending)
            start, stop = query.offset, query.offset + query.limit
            if found is None:
                places = slice(min(start, self._count), min(stop, self._count))
                return np.arange(places.start, places.stop) if order is None else order[places], self._count
            mask, total = found
            return self._found_in(order, mask, start, min(stop, total)), total

    def _found_in(self, order: Rows | None, mask: _Mask, start: int, stop: int) -> Rows:
        """The chosen rows from `start` to `stop`, looked for piece by piece: few pieces are needed for the first pages.

        To take all would go through memory that others need in the processor's caches.
        """
        found: list[Rows] = []
        begin = seen = 0
        while begin < self._count and seen < stop:
            if order is None:
                chosen = np.flatnonzero(mask[begin : begin + _PIECE]) + begin
            else:
                piece = order[begin : begin + _PIECE]
                chosen = piece.compress(mask.take(piece))
            found.append(chosen[max(0, start - seen) : max(0, stop - seen)])
            seen += len(chosen)
            begin += _PIECE
        return np.concatenate([np.empty(0, np.int32), *found])

    def take(self, rows: Sequence[int], names: Sequence[str]) -> dict[str, list[Any]]:
        """Some columns of some rows."""
        with self._lock:
            self._read(names)
            columns = {name: self._values[name] for name in names}
        return {name: values(rows) for name, values in columns.items()}

    def row_of(self, study: int, trial: int) -> int | None:
        """Where a trial is, the first of several; None where there is none."""
        with self._lock:
            studies, trials = self._numbers("study"), self._numbers("trial")
            if self._is_ordered is None:
                self._is_ordered = _are_ordered(studies, trials)
            if not self._is_ordered:
                found = np.flatnonzero((studies == study) & (trials == trial))
                return int(found[0]) if found.size else None
        first, end = bisect_left(studies, study), bisect_left(studies, study + 1)
        row = bisect_left(trials, trial, first, end)
        return row if row < end and trials[row] == trial else None

    def _matching(self, wanted: _Filter) -> tuple[_Mask, int] | None:
        """Which rows pass a filter, and how many; None for all. The next pages are mostly of the same filter."""
        if not wanted:
            return None
        found = self._found.get(wanted)
        if found is None:
            mask = self._mask(wanted)
            found = self._found[wanted] = mask, int(np.count_nonzero(mask))
            self._size += mask.nbytes
            most = max(1, min(_MOST_MASKS, _MOST_MASK_BYTES // max(1, mask.nbytes)))
            while len(self._found) > most:
                self._found.popitem(last=False)
                self._size -= mask.nbytes
        self._found.move_to_end(wanted)
        return found

    def _mask(self, wanted: _Filter) -> _Mask:
        mask: _Mask | None = None
        for name, value in wanted:
            part = self._containing(str(value), mask) if name == "text" else self._is(name, value)
            mask = part if mask is None else mask & part
        return np.ones(self._count, np.bool_) if mask is None else mask

    def _is(self, name: str, value: str | int) -> _Mask:
        if name not in _TEXTS:
            equal: _Mask = self._numbers(name) == value
            return equal
        if (name, value) == ("status", "failed"):
            return ~self._is(name, "ok")
        self._read([name])
        column = self._columns[name]
        labels = column.dictionary.to_pylist()
        if value not in labels:
            return np.zeros(self._count, dtype=np.bool_)
        same: _Mask = column.indices.to_numpy() == labels.index(value)
        return same

    def _containing(self, text: str, among: _Mask | None) -> _Mask:
        """Which of these rows, or of all, have a text in configuration or message, in whatever case."""
        self._read(["configuration", "message"])
        columns = [self._columns[name] for name in ("configuration", "message")]
        known = self._found.get((("text", text),))
        if known is not None:
            return known[0]
        if among is None:
            return rows_containing(columns[0], text) | rows_containing(columns[1], text)
        rows = np.flatnonzero(among)
        few = [column.take(pa.array(rows)) for column in columns]
        found = np.zeros(self._count, dtype=np.bool_)
        found[rows] = rows_containing(few[0], text) | rows_containing(few[1], text)
        return found

    def _order(self, name: str, *, descending: bool) -> Rows:
        """All rows sorted by a column, missing values last, ties as stored."""
        if (name, descending) not in self._orders:
            key = self._sort_key(name)
            order = np.argsort(np.negative(key) if descending else key, kind="stable").astype(np.int32)
            self._orders[name, descending] = order
            self._size += order.nbytes
        return self._orders[name, descending]

    def _sort_key(self, name: str) -> NDArray[Any]:
        if name not in _TEXTS:
            return self._numbers(name)
        self._read([name])
        column = self._columns[name]
        places = np.argsort(np.argsort(np.array(column.dictionary.to_pylist(), dtype=object)))
        ranks: NDArray[Any] = places[column.indices.to_numpy()].astype(np.int32)
        return ranks

    def _numbers(self, name: str) -> NDArray[Any]:
        """A column as numbers: NaN for missing ones, microseconds for instants."""
        self._read([name])
        column = self._columns[name]
        if pa.types.is_timestamp(column.type):
            column = column.cast(pa.int64())
        numbers: NDArray[Any] = column.to_numpy(zero_copy_only=False)
        return numbers

    def _read(self, names: Sequence[str]) -> None:
        missing = [name for name in names if name not in self._columns]
        if not missing:
            return
        table = self._load(missing)
        for name in missing:
            column = self._columns[name] = _whole(name, table[name])
            self._values[name] = values_of(column)
            self._size += int(column.nbytes)
        pa.default_memory_pool().release_unused()


def _filter_of(query: TrialQuery) -> _Filter:
    """What a query leaves rows out by, the text last: it is looked for among the other rows alone."""
    columns = tuple((name, value) for name in _FILTERS if (value := getattr(query, name)) is not None)
    return (*columns, ("text", query.text)) if query.text else columns


def _are_ordered(studies: NDArray[Any], trials: NDArray[Any]) -> bool:
    is_same, is_later = studies[1:] == studies[:-1], studies[1:] > studies[:-1]
    return bool(np.all(is_later | (is_same & (trials[1:] >= trials[:-1]))))


def _whole(name: str, column: pa.ChunkedArray) -> pa.Array:
    """The column in one piece: labels as places in a list of distinct ones, long texts with room for any length."""
    if name in _LONG_TEXTS:
        column = column.cast(pa.large_string())
    if name in _TEXTS and not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    found = _joined(column.unify_dictionaries())
    if name in _TEXTS and len(found.dictionary) <= _FEW_LABELS:
        return pa.DictionaryArray.from_arrays(found.indices.cast(pa.int8()), found.dictionary)
    return found


def _joined(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    found = column.combine_chunks()
    return found.chunk(0) if isinstance(found, pa.ChunkedArray) else found
