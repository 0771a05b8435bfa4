"""Values of a few rows, straight from a column's buffers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuner.server import column_values
from tuner.server.column_values import values_of

TEXTS = st.text(max_size=12)
KINDS: list[tuple[pa.DataType, st.SearchStrategy[Any]]] = [
    (pa.int8(), st.integers(-128, 127)),
    (pa.int32(), st.integers(-(2**31), 2**31 - 1)),
    (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    (pa.float64(), st.floats(allow_nan=False)),
    (pa.bool_(), st.booleans()),
    (pa.string(), TEXTS),
    (pa.large_string(), TEXTS),
    (pa.list_(pa.float64()), st.lists(st.none() | st.floats(allow_nan=False), max_size=4)),
    (pa.timestamp("us", tz="UTC"), st.datetimes(timezones=st.just(UTC))),
    (pa.date32(), st.dates()),
]


def labels(values: list[str | None]) -> pa.Array:
    return pa.array(values, pa.string()).dictionary_encode()


def maps(values: list[list[tuple[str, float | None]] | None]) -> pa.Array:
    return pa.array(values, pa.map_(pa.string(), pa.float64()))


def assert_told_as_by_arrow(column: pa.Array, data: st.DataObject) -> None:
    """Of all of it, and of a part whose first row is not the first one of the buffers."""
    start = data.draw(st.integers(0, len(column) - 1))
    for part in (column, column.slice(start)):
        rows = data.draw(st.lists(st.integers(0, len(part) - 1), max_size=20))
        assert values_of(part)(rows) == part.take(pa.array(rows, pa.int64())).to_pylist(maps_as_pydicts="lossy")


@pytest.mark.parametrize(("kind", "values"), KINDS, ids=[str(kind) for kind, _ in KINDS])
@given(data=st.data())
def test_rows_are_told_as_arrow_tells_them(
    kind: pa.DataType, values: st.SearchStrategy[Any], data: st.DataObject
) -> None:
    column = pa.array(data.draw(st.lists(st.none() | values, min_size=1, max_size=40)), kind)
    assert_told_as_by_arrow(column, data)


@given(data=st.data(), values=st.lists(st.none() | TEXTS, min_size=1, max_size=40))
def test_labels_are_told_as_texts(data: st.DataObject, values: list[str | None]) -> None:
    assert_told_as_by_arrow(labels(values), data)


def test_labels_that_are_many_are_told_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(column_values, "_MOST_LABELS", 1)

    assert values_of(labels(["a", "ß", "a", None]))([1, 0, 3, 2]) == ["ß", "a", None, "a"]


@given(data=st.data())
def test_maps_are_told_as_dicts(data: st.DataObject) -> None:
    pairs = st.lists(
        st.tuples(TEXTS, st.none() | st.floats(allow_nan=False)), max_size=3, unique_by=lambda pair: pair[0]
    )
    rows = st.lists(st.one_of(st.none(), pairs), min_size=1, max_size=20)
    assert_told_as_by_arrow(maps(data.draw(rows)), data)


def test_instants_are_told_in_utc_to_the_microsecond() -> None:
    told = datetime(1950, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    (found,) = values_of(pa.array([told], pa.timestamp("us", tz="UTC")))([0])

    assert (found, found.tzinfo) == (told, UTC)


def test_what_is_not_a_number_is_not_missing() -> None:
    found = values_of(pa.array([float("nan"), None], pa.float64()))([0, 1])

    assert (str(found[0]), found[1]) == ("nan", None)
