"""What trials and strategies cost."""

from __future__ import annotations

from pathlib import Path

from example_store import write_example_run

from results.analysis.costs import CostRow, costs
from results.store import open_store


def test_seconds_are_summed_for_each_task_and_strategy(tmp_path: Path) -> None:
    rows = costs(open_store(write_example_run(tmp_path / "a", seeds=2, trials=4)))
    assert [(row.task, row.strategy) for row in rows][:4] == [
        ("branin", "random"),
        ("branin", "tpe"),
        ("branin", "gp"),
        ("digits", "random"),
    ]
    assert rows[0] == CostRow("random", "branin", 4.0, 2.0, 1.0, 8, 0.375)


def test_a_skipped_strategy_has_no_row(tmp_path: Path) -> None:
    rows = costs(open_store(write_example_run(tmp_path / "a", skipped=[("gp", "digits")])))
    assert [row.task for row in rows if row.strategy == "gp"] == ["branin"]


def test_studies_of_different_length_are_each_counted_in_full(tmp_path: Path) -> None:
    rows = costs(open_store(write_example_run(tmp_path / "a", seeds=2, trials=4, short={"tpe": 1})))
    assert {row.strategy: row.trials for row in rows} == {"random": 8, "tpe": 2, "gp": 8}
