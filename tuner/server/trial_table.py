"""The trials of one run as columns in memory: read when first needed, filtered and sorted without the others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from .trial_query import TrialQuery

_TEXTS: Final = frozenset({"task", "strategy", "status"})
_LONG_TEXTS: Final = frozenset({"configuration", "message"})
_MOST_MASKS: Final = 8
_PIECE: Final = 8192
_FEW_LABELS: Final = 127
Rows: TypeAlias = NDArray[np.intp]
Load: TypeAlias = Callable[[Sequence[str]], pa.Table]


class TrialTable:
    """Columns that `load` reads by their names [n rows each]; safe to use from several threads."""

    def __init__(self, load: Load, count: int) -> None:
        self._load = load
        self._count = count
        self._lock = threading.RLock()
        self._columns: dict[str, pa.Array] = {}
        self._orders: dict[tuple[str, bool], Rows] = {}
        self._found: dict[str, NDArray[np.bool_]] = {}

    @property
    def size_bytes(self) -> int:
        """What it holds in memory."""
        arrays = [*self._orders.values(), *self._found.values()]
        columns = list(self._columns.values())  # a copy: others may read more meanwhile
        return sum(int(column.nbytes) for column in columns) + sum(array.nbytes for array in arrays)

    def page(self, query: TrialQuery) -> tuple[Rows, int]:
        """The rows that the query asks for, in its order, and how many there are on all pages."""
        with self._lock:
            mask = self._mask(query)
            order = None if query.sort is None else self._order(query.sort, descending=query.descending)
            total = self._count if mask is None else int(np.count_nonzero(mask))
            return self._found_in(order, mask, query.offset, query.offset + query.limit), total

    def _found_in(self, order: Rows | None, mask: NDArray[np.bool_] | None, start: int, stop: int) -> Rows:
        """The chosen rows from `start` to `stop`, looked for piece by piece: few pieces are needed for the first pages.

        To take all would go through memory that others need in the processor's caches.
        """
        if mask is None:
            return np.arange(self._count)[start:stop] if order is None else order[start:stop]
        found: list[Rows] = []
        seen = 0
        for begin in range(0, self._count, _PIECE):
            piece = (
                np.arange(begin, min(begin + _PIECE, self._count)) if order is None else order[begin : begin + _PIECE]
            )
            chosen = piece[mask[piece]]
            found.append(chosen[max(0, start - seen) : max(0, stop - seen)])
            seen += len(chosen)
            if seen >= stop:
                break
        return np.concatenate([np.empty(0, np.intp), *found])

    def take(self, rows: Rows, names: Sequence[str]) -> pa.Table:
        """Some columns of some rows."""
        with self._lock:
            self._read(names)
            chosen = pa.array(rows)
            return pa.table({name: self._columns[name].take(chosen) for name in names})

    def row_of(self, study: int, trial: int) -> int | None:
        """Where a trial is; None where there is none."""
        with self._lock:
            found = np.flatnonzero((self._numbers("study") == study) & (self._numbers("trial") == trial))
        return int(found[0]) if found.size else None

    def _mask(self, query: TrialQuery) -> NDArray[np.bool_] | None:
        masks = [self._numbers(n) == v for n in ("study", "seed") if (v := getattr(query, n)) is not None]
        masks += [self._is(n, v) for n in ("task", "strategy") if (v := getattr(query, n)) is not None]
        if query.status is not None:
            masks.append(~self._is("status", "ok") if query.status == "failed" else self._is("status", query.status))
        mask = np.logical_and.reduce(masks) if masks else None
        return self._containing(query.text, mask) if query.text else mask

    def _is(self, name: str, label: str) -> NDArray[np.bool_]:
        self._read([name])
        column = self._columns[name]
        labels = column.dictionary.to_pylist()
        if label not in labels:
            return np.zeros(self._count, dtype=np.bool_)
        same: NDArray[np.bool_] = column.indices.to_numpy() == labels.index(label)
        return same

    def _containing(self, text: str, among: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
        """Which of these rows, or of all, have a text in configuration or message, in whatever case.

        What was found among all of them is remembered for the next pages.
        """
        if text in self._found:
            return self._found[text] if among is None else self._found[text] & among
        self._read(["configuration", "message"])
        columns = [self._columns[name] for name in ("configuration", "message")]
        if among is not None:
            rows = np.flatnonzero(among)
            found = np.zeros(self._count, dtype=np.bool_)
            found[rows] = _contain(text, [column.take(pa.array(rows)) for column in columns])
            return found
        while len(self._found) >= _MOST_MASKS:
            del self._found[next(iter(self._found))]
        self._found[text] = _contain(text, columns)
        return self._found[text]

    def _order(self, name: str, *, descending: bool) -> Rows:
        """All rows sorted by a column, missing values last, ties as stored."""
        if (name, descending) not in self._orders:
            key = self._sort_key(name)
            self._orders[name, descending] = np.argsort(np.negative(key) if descending else key, kind="stable")
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
            self._columns[name] = _whole(name, table[name])
        pa.default_memory_pool().release_unused()


def _contain(text: str, columns: Sequence[pa.Array]) -> NDArray[np.bool_]:
    """Whether one of the columns [n rows each] has the text."""
    parts = [pc.match_substring(column, text, ignore_case=True) for column in columns]
    masks = [pc.fill_null(part, False).to_numpy(zero_copy_only=False) for part in parts]
    either: NDArray[np.bool_] = np.logical_or.reduce(masks)
    return either


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
