"""Rows that contain a text, in whatever case."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuner.server import text_search
from tuner.server.text_search import rows_containing

ROWS = st.lists(st.none() | st.text("0123.-é", max_size=14), min_size=1, max_size=30)


@given(
    rows=ROWS, text=st.text("0123.-", min_size=1, max_size=7), start=st.integers(0, 29), piece=st.sampled_from([4, 16])
)
def test_a_number_is_found_in_the_rows_that_have_it(rows: list[str | None], text: str, start: int, piece: int) -> None:
    part = pa.array(rows, pa.large_string()).slice(start)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_search, "_PIECE", piece)
        found = rows_containing(part, text)

    assert found.tolist() == [row is not None and text in row for row in rows[start:]]


def test_a_text_that_two_rows_have_a_part_of_is_in_none() -> None:
    assert rows_containing(pa.array(["x0.1", "23x"], pa.large_string()), "0.123").tolist() == [False, False]


def test_a_text_whose_beginning_ends_the_last_row_is_in_none() -> None:
    assert rows_containing(pa.array(["x0.12"], pa.large_string()), "0.123").tolist() == [False]


def test_of_a_part_of_a_column_its_own_rows_are_told() -> None:
    rows = pa.array(["0.1234", "x", "0.1234", "0.1234"], pa.large_string()).slice(1, 2)

    assert rows_containing(rows, "0.123").tolist() == [False, True]


@pytest.mark.parametrize("text", ["TIMEOUT", "timeout", "0.5 TIME", "É", "é"])
def test_letters_are_found_in_whatever_case(text: str) -> None:
    rows = pa.array(["after 0.5 Timeout é", None, "0.5 out"], pa.large_string())

    assert rows_containing(rows, text).tolist() == [True, False, False]


def test_nothing_is_found_where_there_are_no_characters() -> None:
    for rows in ([], [""], [None], ["", None]):
        assert rows_containing(pa.array(rows, pa.large_string()), "0.123").tolist() == [False] * len(rows)
