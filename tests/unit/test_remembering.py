"""What many parts of a report ask for is made once, and cannot be spoiled by one of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from example_store import write_example_run

from results.analysis.curves import incumbent_curves
from results.analysis.random_reference import random_references
from results.analysis.scores import task_scores
from results.remembering import once_a_store
from results.store import Store, open_store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(write_example_run(tmp_path / "run"))


def test_an_analysis_is_made_once_for_the_same_arguments(store: Store) -> None:
    calls: list[int] = []

    @once_a_store
    def counted(_store: Store, number: int, *, more: int = 0) -> int:
        calls.append(number)
        return number + more

    assert [counted(store, 1), counted(store, 1), counted(store, 2), counted(store, 1, more=5)] == [1, 1, 2, 6]
    assert calls == [1, 2, 1]


def test_an_argument_that_is_left_out_counts_as_its_default(store: Store) -> None:
    assert random_references(store) is random_references(store, "random")
    assert random_references(store) is random_references(store, reference="random")
    assert random_references(store) is not random_references(store, "tpe")


def test_another_store_is_analysed_anew(store: Store, tmp_path: Path) -> None:
    other = open_store(write_example_run(tmp_path / "other", seed=9))
    assert task_scores(store) is task_scores(store)
    assert task_scores(other) is not task_scores(store)


def test_what_is_shared_cannot_be_changed(store: Store) -> None:
    with pytest.raises(ValueError, match="read-only"):
        incumbent_curves(store)[0].losses[:] = 0.0
    with pytest.raises(ValueError, match="read-only"):
        task_scores(store)[0].scores[:] = 0.0
    with pytest.raises(ValueError, match="read-only"):
        random_references(store)[0].losses[:] = 0.0
