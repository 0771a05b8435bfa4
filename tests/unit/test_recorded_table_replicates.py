"""A trial of a table stays with one replicate at all fidelities, and a trial that continues it pays what it adds."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from tables_under_test import CURVES, ROWS, trial, write

from benchmarks.recorded import RecordedTable
from tuner import Measurement

REPLICATES = ("r0", "r1", "r2", "r3")
LEVELS = (1, 3, 9)
ONE = {"kind": "a", "depth": 1}
BOTH = pytest.mark.parametrize("lookup", ["exact", "nearest"])


def table(folder: Path, missing: Mapping[str, Sequence[int]], lookup: str, **told: Any) -> RecordedTable:
    """Each replicate at each level, but for the levels that a replicate lacks; of ONE, the values tell which it is."""
    rows = [
        {**row, "repeat": repeat, "epochs": epochs, "error": 100.0 * place + epochs, "test error": 0.0}
        | {"seconds": 1000.0 * (place + 1) * epochs}
        for row in ROWS
        for place, repeat in enumerate(REPLICATES)
        for epochs in LEVELS
        if epochs not in missing.get(repeat, ())
    ]
    return RecordedTable(path=str(write(folder, {**CURVES, "replicate": "repeat", **told}, rows)), lookup=lookup)


def looked_up(
    task: RecordedTable, seed: int, epochs: float, continues_from: float | None = None
) -> tuple[int, float | None]:
    """The place of the replicate that was measured, and the seconds."""
    (found,) = task.evaluate_batch([trial(ONE, epochs, seed, continues_from)])
    assert isinstance(found, Measurement)
    return int(found.values["error"]) // 100, found.seconds


@BOTH
def test_the_seed_chooses_one_replicate_for_all_fidelities(tmp_path: Path, lookup: str) -> None:
    task = table(tmp_path, {"r0": (1,)}, lookup)
    for seed in (1, 2, 3, 5):
        assert {looked_up(task, seed, epochs)[0] for epochs in LEVELS} == {seed % 4}


@BOTH
def test_where_the_chosen_replicate_is_missing_the_next_one_recorded_there_is_taken(
    tmp_path: Path, lookup: str
) -> None:
    task = table(tmp_path, {"r1": (3,), "r2": (3,), "r3": (9,)}, lookup)
    assert [looked_up(task, seed, 3)[0] for seed in range(8)] == [0, 3, 3, 3] * 2
    assert [looked_up(task, seed, 9)[0] for seed in range(8)] == [0, 1, 2, 0] * 2
    assert [looked_up(task, seed, 1)[0] for seed in range(8)] == [0, 1, 2, 3] * 2


@BOTH
def test_a_continued_trial_pays_for_what_its_own_replicate_adds(tmp_path: Path, lookup: str) -> None:
    task = table(tmp_path, {"r0": (1,)}, lookup)
    for seed, (before, after) in itertools.product((1, 2, 3), itertools.pairwise(LEVELS)):
        assert looked_up(task, seed, after, before) == (seed, 1000.0 * (seed + 1) * (after - before))


@BOTH
def test_a_continued_trial_pays_all_where_its_replicate_was_not_recorded_before(tmp_path: Path, lookup: str) -> None:
    task = table(tmp_path, {"r0": (1,)}, lookup)
    assert looked_up(task, 0, 3, 1) == (0, 3000.0)


@BOTH
def test_a_continued_trial_that_has_to_change_its_replicate_pays_what_the_other_one_adds(
    tmp_path: Path, lookup: str
) -> None:
    task = table(tmp_path, {"r2": (9,)}, lookup)
    assert looked_up(task, 2, 3) == (2, 9000.0)
    assert looked_up(task, 2, 9, 3) == (3, 24000.0)


@BOTH
def test_a_configuration_without_some_replicates_chooses_among_those_that_it_has(tmp_path: Path, lookup: str) -> None:
    task = table(tmp_path, {"r0": LEVELS, "r2": LEVELS}, lookup)
    assert [looked_up(task, seed, epochs)[0] for seed in range(4) for epochs in LEVELS] == [1, 1, 1, 3, 3, 3] * 2


def test_a_continued_trial_pays_all_where_its_neighbour_was_another_configuration_before(tmp_path: Path) -> None:
    rows = [
        {"kind": "a", "depth": depth, "epochs": epochs, "error": 1.0, "test error": 1.0, "seconds": seconds}
        for depth, epochs, seconds in [(1, 1, 50.0), (2, 1, 10.0), (2, 9, 20.0), (1, 9, 60.0), (3, 9, 30.0)]
    ]
    task = RecordedTable(path=str(write(tmp_path, CURVES, rows)))
    paid = [task.evaluate(trial({"kind": "a", "depth": depth}, 9, continues_from=1)).seconds for depth in (1, 2, 3)]
    assert paid == [10.0, 10.0, 30.0]
