"""The trials of a run in memory: what is kept of them, and that it is that of what was asked."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from tuner.server import text_search, trial_table
from tuner.server.trial_query import TrialQuery
from tuner.server.trial_table import TrialTable

COUNT = 1_000


class Stored:
    """Columns, and which of them were asked for."""

    def __init__(self, count: int = COUNT) -> None:
        rng = np.random.default_rng(0)
        self.asked: list[str] = []
        self.table = pa.table(
            {
                "study": pa.array(np.arange(count) // 10, pa.int32()),
                "trial": pa.array(np.arange(count) % 10, pa.int64()),
                "seed": pa.array(np.arange(count) // 10 % 5, pa.int64()),
                "task": pa.array(rng.choice(["branin", "digits"], count)).dictionary_encode(),
                "strategy": pa.array(rng.choice(["tpe", "failed"], count)).dictionary_encode(),
                "status": pa.array(rng.choice(["ok", "error"], count)),
                "value": pa.array(rng.random(count)),
                "configuration": pa.array([f'{{"x":{value}}}' for value in rng.random(count)]),
                "message": pa.nulls(count, pa.string()),
            }
        )

    def load(self, names: Sequence[str]) -> pa.Table:
        self.asked += names
        return self.table.select(list(names))

    def made(self) -> TrialTable:
        return TrialTable(self.load, self.table.num_rows)


def searches(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that are looked for from now on."""
    asked: list[str] = []
    search = text_search.rows_containing

    def told(column: pa.Array, text: str) -> NDArray[np.bool_]:
        asked.append(text)
        return search(column, text)

    monkeypatch.setattr(trial_table, "rows_containing", told)
    return asked


def test_the_next_page_of_a_search_does_not_search_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, table = searches(monkeypatch), Stored().made()
    query = TrialQuery(task="branin", text="0.12")
    first, total = table.page(replace(query, limit=3))
    second, again = table.page(replace(query, offset=3, limit=3, sort="value"))

    assert (len(asked), total, len(first), len(second)) == (2, again, 3, 3)


@pytest.mark.parametrize(
    "change",
    [{"study": 1}, {"seed": 2}, {"task": "digits"}, {"strategy": "tpe"}, {"status": "error"}, {"text": "0.21"}],
)
def test_what_was_found_of_another_filter_is_not_told(change: dict[str, object]) -> None:
    stored = Stored()
    table = stored.made()
    asked: dict[str, object] = {"seed": 1, "text": "0.12"}
    table.page(TrialQuery(**asked))  # type: ignore[arg-type]  # two of its fields
    wanted = asked | change
    text = str(wanted.pop("text"))
    expected = [
        row
        for row in stored.table.to_pylist()
        if text in row["configuration"] and all(row[name] == value for name, value in wanted.items())
    ]

    assert table.page(TrialQuery(text=text, **wanted))[1] == len(expected)  # type: ignore[arg-type]  # likewise


def test_a_strategy_may_be_called_failed() -> None:
    stored = Stored()
    names = stored.table["strategy"].to_pylist()

    assert stored.made().page(TrialQuery(strategy="failed"))[1] == names.count("failed")


def test_the_filters_that_are_kept_are_few_and_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial_table, "_MOST_MASK_BYTES", 3 * COUNT)
    table = Stored().made()
    sizes = []
    for study in range(6):
        table.page(TrialQuery(study=study))
        sizes.append(table.size_bytes)

    assert [size - sizes[0] for size in sizes] == [0, COUNT, 2 * COUNT, 2 * COUNT, 2 * COUNT, 2 * COUNT]


def test_of_small_tables_no_more_filters_are_kept_than_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial_table, "_MOST_MASKS", 2)
    table = Stored(10).made()
    sizes = set()
    for study in range(20):
        table.page(TrialQuery(study=study))
        sizes.add(table.size_bytes)

    assert len(sizes) == 2


def test_what_it_holds_is_what_was_read_and_sorted() -> None:
    stored = Stored()
    table = stored.made()
    table.page(TrialQuery(sort="value"))
    table.take([0, 1], ["value", "study"])

    assert stored.asked == ["value", "study"]
    assert table.size_bytes == COUNT * (8 + 4) + COUNT * 4


def test_each_trial_is_found_whatever_the_order_of_the_table() -> None:
    stored = Stored(200)
    keys = list(zip(stored.table["study"].to_pylist(), stored.table["trial"].to_pylist(), strict=True))
    assert [stored.made().row_of(*key) for key in keys[::17]] == list(range(0, 200, 17))

    order = np.random.default_rng(1).permutation(200)
    stored.table = stored.table.take(order)
    table = stored.made()
    assert [keys[order[table.row_of(*key) or 0]] for key in keys] == keys


def test_a_study_whose_trials_are_in_no_order_is_searched_whole() -> None:
    stored = Stored(10)
    stored.table = stored.table.take([7, *range(7), 8, 9])

    assert [stored.made().row_of(0, trial) for trial in (7, 0, 6, 9)] == [0, 1, 7, 9]


@pytest.mark.parametrize("key", [(0, 10), (100, 0), (-1, 0), (0, -1), (2**40, 2**60)])
def test_a_trial_that_is_not_there_is_in_no_row(key: tuple[int, int]) -> None:
    assert Stored().made().row_of(*key) is None


def test_of_several_rows_of_a_trial_the_first_is_told() -> None:
    stored = Stored(20)
    stored.table = pa.concat_tables([stored.table.slice(0, 4), stored.table.slice(3)])

    assert stored.made().row_of(0, 3) == 3


def test_many_threads_are_told_what_one_is() -> None:
    queries = [
        TrialQuery(seed=place % 5, text=f"0.{place % 7}", sort="value", descending=place % 2 == 0, limit=9)
        for place in range(60)
    ]

    def told(table: TrialTable, query: TrialQuery) -> object:
        rows, total = table.page(query)
        return rows.tolist(), total, table.take(rows.tolist(), ["study", "value", "task"])

    shared = Stored().made()
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda query: told(shared, query), queries))

    assert found == [told(Stored().made(), query) for query in queries]
