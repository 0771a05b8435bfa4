"""Columns of numbers, read a small part at a time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from example_store import write_example_run

from results import open_store, reading
from results.errors import CorruptStore
from results.reading import read_columns, read_numbers

NAMES = ("trial", "losses", "seconds", "fidelity", "known_results")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_example_run(tmp_path / "a", failures=0.4, objectives=("score", "size")) / "trials.parquet"


@pytest.mark.parametrize("at_once", [1, 7, 1000])
def test_what_is_read_does_not_depend_on_how_much_at_once(
    file: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    expected = read_numbers(file, NAMES)
    monkeypatch.setattr(reading, "_AT_ONCE", at_once)
    found = read_numbers(file, NAMES)
    for name in NAMES:
        np.testing.assert_array_equal(found[name], expected[name])


def test_groups_of_rows_are_read_in_their_order(file: Path) -> None:
    expected = read_numbers(file, NAMES)
    pq.write_table(pq.read_table(file), file, row_group_size=7)
    assert pq.read_metadata(file).num_row_groups > 2
    found = read_numbers(file, NAMES)
    for name in NAMES:
        np.testing.assert_array_equal(found[name], expected[name])


def test_damage_in_one_group_of_rows_is_told(file: Path) -> None:
    pq.write_table(pq.read_table(file), file, row_group_size=7, write_page_checksum=True, compression="none")
    chunk = pq.read_metadata(file).row_group(1).column(pq.read_schema(file).names.index("trial"))
    content = bytearray(file.read_bytes())
    content[chunk.dictionary_page_offset + chunk.total_compressed_size - 1] ^= 1
    file.write_bytes(content)
    with pytest.raises(CorruptStore, match="damaged"):
        read_numbers(file, NAMES)


def test_a_column_that_no_table_of_trials_has_is_told(file: Path) -> None:
    with pytest.raises(CorruptStore, match="nonsense"):
        read_columns(file, ["trial", "nonsense"])


def test_of_lists_it_is_the_first_number_and_null_is_not_a_number(file: Path) -> None:
    stored = pq.read_table(file)["losses"].to_pylist()
    assert any(losses is None for losses in stored)
    assert any(losses is not None and len(losses) == 2 for losses in stored)
    expected = [np.nan if losses is None else losses[0] for losses in stored]
    np.testing.assert_array_equal(read_numbers(file, ["losses"])["losses"], expected)


def test_a_column_that_came_later_is_unknown_in_a_table_that_lacks_it(file: Path) -> None:
    table = pq.read_table(file)
    pq.write_table(table.drop_columns(["known_results"]), file)
    assert np.isnan(np.asarray(read_numbers(file, ["known_results"])["known_results"], dtype=np.float64)).all()


def test_integers_stay_integers_unless_they_may_be_null(file: Path) -> None:
    found = read_numbers(file, NAMES)
    assert found["trial"].dtype == np.int64
    assert found["known_results"].dtype == np.float64


def test_damage_is_told_in_one_line(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(CorruptStore, match="damaged"):
        read_numbers(file, NAMES)


def test_some_columns_of_the_outcomes_are_those_of_all(file: Path) -> None:
    store = open_store(file.parent)
    assert store.read_outcomes("loss", "position", "full", "status").equals(
        store.outcomes[["loss", "position", "full", "status"]]
    )
