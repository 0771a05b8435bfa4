"""What a trial of a table teaches: where it stands among all that was recorded, and which parameters matter there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tables_under_test import CURVE_ROWS, CURVES, GRID, ROWS, trial, write

from benchmarks.recorded import RecordedTable
from results.items import Chart, Table, Text


def shown(task: RecordedTable, values: dict[str, Any], number: int, fidelity: float | None = None) -> tuple[str, Chart]:
    text, chart, *_ = task.explain(trial(values, fidelity))[number].items
    assert isinstance(text, Text)
    assert isinstance(chart, Chart)
    return text.text, chart


@pytest.mark.parametrize(("goal", "better"), [("minimize", "1 is better"), ("maximize", "4 are better")])
def test_it_counts_the_configurations_that_are_better(tmp_path: Path, goal: str, better: str) -> None:
    task = RecordedTable(path=str(write(tmp_path, {**GRID, "objectives": {"error": goal}})))
    text, chart = shown(task, {"kind": "a", "depth": 2}, 0)
    assert text == f"Of 6 recorded configurations {better} than the trial at the highest fidelity."
    values = [float(str(row[1])) for row in chart.data.rows]
    assert values == sorted(values, reverse=goal == "maximize")
    assert {min(values), max(values)} == {1, 13}


def test_a_trial_of_low_fidelity_is_compared_at_the_highest(tmp_path: Path) -> None:
    task = RecordedTable(path=str(write(tmp_path, CURVES, CURVE_ROWS)))
    values = {"kind": "a", "depth": 2}
    assert shown(task, values, 0, fidelity=1.0)[0] == shown(task, values, 0)[0]


def test_failures_are_counted_apart(tmp_path: Path) -> None:
    rows = [{**row, "error": None if row["depth"] == 3 else row["error"]} for row in ROWS]
    text, _ = shown(RecordedTable(path=str(write(tmp_path, GRID, rows))), {"kind": "a", "depth": 1}, 0)
    assert text.startswith("Of 4 recorded configurations")
    assert text.endswith("; 2 more failed.")


def test_a_trial_that_fails_has_nothing_to_show(tmp_path: Path) -> None:
    rows = [{**row, "error": None if row["depth"] == 3 else row["error"]} for row in ROWS]
    assert RecordedTable(path=str(write(tmp_path, GRID, rows))).explain(trial({"kind": "a", "depth": 3})) == ()


def test_the_parameter_between_whose_values_the_ranks_differ_most_comes_first(tmp_path: Path) -> None:
    _, chart = shown(RecordedTable(path=str(write(tmp_path))), {"kind": "a", "depth": 2}, 1)
    rows = {str(name): float(str(share)) for name, share in chart.data.rows}
    assert list(rows) == ["kind", "depth"]  # ranks 0 to 5: kind has means 1 and 4, depth 1.5, 2.5 and 3.5
    assert rows == pytest.approx({"kind": 2.25 / (35 / 12), "depth": (2 / 3) / (35 / 12)})


def test_with_replicates_it_says_that_the_trial_may_be_a_lucky_one(tmp_path: Path) -> None:
    rows = [{**row, "draw": draw} for row in ROWS for draw in (0, 1)]
    task = RecordedTable(path=str(write(tmp_path, {**GRID, "replicate": "draw"}, rows)))
    assert "may be a lucky one" in shown(task, {"kind": "a", "depth": 2}, 0)[0]


@pytest.mark.parametrize(
    ("goal", "expected"),
    [
        ("minimize", (("kind", "a", 2.0, "b", 12.0), ("depth", "1", 6.0, "3", 8.0))),
        ("maximize", (("kind", "b", 12.0, "a", 2.0), ("depth", "3", 8.0, "1", 6.0))),
    ],
)
def test_the_best_and_the_worst_values_of_each_parameter_are_told(
    tmp_path: Path, goal: str, expected: tuple[tuple[str | float, ...], ...]
) -> None:
    task = RecordedTable(path=str(write(tmp_path, {**GRID, "objectives": {"error": goal}})))
    *_, table = task.explain(trial({"kind": "a", "depth": 2}))[1].items
    assert isinstance(table, Table)
    assert table.rows == expected


def test_many_values_of_a_number_are_told_as_ranges(tmp_path: Path) -> None:
    depth = {"kind": "Integer", "low": 1, "high": 24}
    rows = [{"depth": number, "error": float(number)} for number in range(1, 25)]
    task = RecordedTable(path=str(write(tmp_path, {**GRID, "parameters": {"depth": depth}}, rows)))
    *_, table = task.explain(trial({"depth": 2}))[1].items
    assert isinstance(table, Table)
    assert table.rows == (("depth", "1 to 3", 2.0, "22 to 24", 23.0),)
