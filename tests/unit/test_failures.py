"""What went wrong, and how often."""

from __future__ import annotations

from pathlib import Path

from example_store import write_example_run

from results.analysis.failures import StudyProblem, failures, study_problems
from results.store import open_store


def test_failures_are_counted_by_task_strategy_and_kind(tmp_path: Path) -> None:
    store = open_store(write_example_run(tmp_path / "a", failures=0.3))
    failed = store.trials.query("status != 'ok'")
    expected = failed.groupby(["task", "strategy", "status"], observed=True).size().to_dict()
    assert {(row.task, row.strategy, row.kind): row.count for row in failures(store)} == expected


def test_a_share_is_of_all_trials_of_the_strategy_on_the_task(tmp_path: Path) -> None:
    rows = failures(open_store(write_example_run(tmp_path / "a", failures=0.3, seeds=2)))
    assert all(row.share == row.count / 24 for row in rows)


def test_an_example_is_a_message_of_that_kind(tmp_path: Path) -> None:
    rows = failures(open_store(write_example_run(tmp_path / "a", failures=0.3)))
    assert {row.example for row in rows if row.kind == "timeout"} == {"it ended in timeout"}


def test_rows_follow_the_plan_frequent_kinds_first(tmp_path: Path) -> None:
    rows = failures(open_store(write_example_run(tmp_path / "a", strategies=("tpe", "random"), failures=0.5)))
    assert list(dict.fromkeys((row.task, row.strategy) for row in rows)) == [
        ("branin", "tpe"),
        ("branin", "random"),
        ("digits", "tpe"),
        ("digits", "random"),
    ]
    counts = [row.count for row in rows if (row.task, row.strategy) == ("branin", "tpe")]
    assert counts == sorted(counts, reverse=True)


def test_a_run_without_failures_has_no_rows(tmp_path: Path) -> None:
    store = open_store(write_example_run(tmp_path / "a", failures=0.0))
    assert failures(store) == ()
    assert study_problems(store) == ()


def test_skipped_studies_are_listed_with_their_reason(tmp_path: Path) -> None:
    store = open_store(write_example_run(tmp_path / "a", skipped=[("gp", "digits")], seeds=2))
    reason = "gp does not support digits"
    assert study_problems(store) == tuple(StudyProblem("gp", "digits", seed, "skipped", reason) for seed in (0, 1))
