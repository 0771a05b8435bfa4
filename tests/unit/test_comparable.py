"""Which strategies are compared over all tasks."""

from __future__ import annotations

from pathlib import Path

from example_store import write_example_run

from results.analysis.comparable import Comparable, comparable
from results.store import open_store


def found(folder: Path, **changes: object) -> Comparable:
    return comparable(open_store(write_example_run(folder / "run", **({"spread": 9.0, "failures": 0.0} | changes))))


def test_strategies_on_the_same_tasks_are_compared_best_first(tmp_path: Path) -> None:
    one = found(tmp_path)
    assert (one.strategies, one.tasks) == (("gp", "tpe", "random"), ("branin", "digits"))
    assert not one.left_out


def test_as_many_tasks_are_not_enough_where_they_are_others(tmp_path: Path) -> None:
    one = found(tmp_path, skipped=[("gp", "digits"), ("tpe", "branin"), ("random", "branin")])
    assert (one.strategies, one.tasks) == (("tpe", "random"), ("digits",))
    assert (one.left_out, one.ran_on) == ({"gp": 1}, "other tasks")


def test_the_larger_group_is_chosen_though_another_ran_on_more_tasks(tmp_path: Path) -> None:
    one = found(tmp_path, skipped=[("tpe", "branin"), ("random", "branin")])
    assert one.strategies == ("tpe", "random")
    assert (one.told("gp"), one.ran_on) == ("gp (2)", "other tasks")


def test_of_groups_as_large_that_with_more_tasks_is_chosen(tmp_path: Path) -> None:
    one = found(tmp_path, strategies=("random", "gp"), skipped=[("gp", "digits")])
    assert one.strategies == ("random",)
    assert (one.told("gp"), one.ran_on) == ("gp (1 of 2)", "fewer tasks")


def test_of_groups_alike_that_with_the_better_score_is_chosen(tmp_path: Path) -> None:
    one = found(tmp_path, strategies=("random", "gp"), skipped=[("gp", "digits"), ("random", "branin")])
    assert one.strategies == ("gp",)


def test_without_a_score_nobody_is_compared(tmp_path: Path) -> None:
    assert found(tmp_path, failures=1.0).strategies == ()
