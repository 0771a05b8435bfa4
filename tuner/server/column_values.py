"""The values of a few rows of a column as Python objects, straight from its buffers.

Arrow's own way makes an array of the chosen rows first, which for a page of a table costs more than the values do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from struct import calcsize
from typing import Any, Final, TypeAlias

import pyarrow as pa

Values: TypeAlias = Callable[[Sequence[int]], list[Any]]
"""Gives the values of rows [n], by their numbers from 0, in that order: as `to_pylist` does, with maps as dicts."""
_MOST_LABELS: Final = 1_000
"""Of a column, for all of them to be kept as Python's own texts."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBERS: Final[Mapping[pa.DataType, str]] = {
    pa.int8(): "b",
    pa.int16(): "h",
    pa.int32(): "i",
    pa.int64(): "q",
    pa.float32(): "f",
    pa.float64(): "d",
}
"""How each kind is written in a buffer."""


def values_of(column: pa.Array) -> Values:
    """How to get at the values of this column, which stays in memory for as long as what is returned."""
    if column.null_count == len(column):
        return lambda rows: [None] * len(rows)
    found = _unchecked(column)
    if found is None:
        return lambda rows: list(column.take(pa.array(rows, pa.int64())).to_pylist(maps_as_pydicts="lossy"))
    return found if not column.null_count else _where_valid(column, found)


def _unchecked(column: pa.Array) -> Values | None:
    """Those of a column without nulls; None for a kind that is left to Arrow."""
    found = [values for is_kind, values in _KINDS if is_kind(column.type)]
    return found[0](column) if found else None


def _where_valid(column: pa.Array, values: Values) -> Values:
    is_valid = _bits(column, 0)

    def found(rows: Sequence[int]) -> list[Any]:
        there = is_valid(rows)
        if all(there):
            return values(rows)
        valid = iter(values([row for row, is_there in zip(rows, there, strict=True) if is_there]))
        return [next(valid) if is_there else None for is_there in there]

    return found


def _bits(column: pa.Array, buffer: int) -> Values:
    bits, first = memoryview(column.buffers()[buffer]), column.offset
    return lambda rows: [bool(bits[(row + first) >> 3] >> ((row + first) & 7) & 1) for row in rows]


def _is_number(kind: pa.DataType) -> bool:
    return kind in _NUMBERS


def _is_instant(kind: pa.DataType) -> bool:
    return bool(kind == pa.timestamp("us", tz="UTC"))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _is_label(kind: pa.DataType) -> bool:
    return bool(pa.types.is_dictionary(kind)) and kind.index_type in _NUMBERS


def _numbers(column: pa.Array) -> Values:
    at = _view(column, _NUMBERS[column.type], len(column)).__getitem__
    return lambda rows: list(map(at, rows))


def _instants(column: pa.Array) -> Values:
    at = _view(column, "q", len(column))
    return lambda rows: [_EPOCH + timedelta(0, 0, at[row]) for row in rows]


def _texts(column: pa.Array) -> Values:
    ends, characters = _ends(column), memoryview(column.buffers()[2] or b"")
    return lambda rows: [str(characters[ends[row] : ends[row + 1]], "utf-8") for row in rows]


def _labels(column: pa.DictionaryArray) -> Values:
    places, label = _view(column, _NUMBERS[column.type.index_type], len(column)), values_of(column.dictionary)
    if len(column.dictionary) > _MOST_LABELS:
        return lambda rows: label([places[row] for row in rows])
    labels = column.dictionary.to_pylist()
    return lambda rows: [labels[places[row]] for row in rows]


def _maps(column: pa.MapArray) -> Values:
    ends, keys, items = _ends(column), values_of(column.keys), values_of(column.items)

    def found(row: int) -> dict[Any, Any]:
        inside = range(ends[row], ends[row + 1])
        return dict(zip(keys(inside), items(inside), strict=True)) if inside else {}

    return lambda rows: list(map(found, rows))


def _lists(column: pa.ListArray) -> Values:
    ends, items = _ends(column), values_of(column.values)
    return lambda rows: [items(range(ends[row], ends[row + 1])) for row in rows]


def _ends(column: pa.Array) -> memoryview[Any]:
    """Where each row of a column begins among the items or characters, and where the last one ends."""
    return _view(column, "q" if pa.types.is_large_string(column.type) else "i", len(column) + 1)


def _view(column: pa.Array, code: str, count: int) -> memoryview[Any]:
    """So many numbers, from those of the column's first row on."""
    size = calcsize(code)
    part = memoryview(column.buffers()[1]).cast("B")[column.offset * size : (column.offset + count) * size]
    found: memoryview[Any] = part.cast(code)  # type: ignore[call-overload]  # one of the codes above
    return found


_KINDS: Final[Sequence[tuple[Callable[[pa.DataType], bool], Callable[[pa.Array], Values]]]] = (
    (_is_number, _numbers),
    (_is_instant, _instants),
    (_is_text, _texts),
    (_is_label, _labels),
    (pa.types.is_map, _maps),
    (pa.types.is_list, _lists),
    (pa.types.is_boolean, partial(_bits, buffer=1)),
)
