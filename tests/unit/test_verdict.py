"""The verdict says who leads, and claims no difference that the tests do not find."""

from __future__ import annotations

from pathlib import Path

from example_store import write_example_run

from results.analysis.verdict import verdict
from results.store import open_store

MANY = tuple("abcdefghijkl")


def say(folder: Path, **changes: object) -> tuple[str, ...]:
    return verdict(open_store(write_example_run(folder / "run", **changes)))


def test_a_clear_lead_over_many_tasks_is_decided(tmp_path: Path) -> None:
    who, how_far, how_sure = say(tmp_path, tasks=MANY, strategies=("random", "gp"), spread=9.0, seeds=6)
    assert who.startswith("gp has the highest score")
    assert "over 12 tasks with 6 seeds" in who
    assert "random" in how_far
    assert how_sure == "Tests over 12 tasks (Wilcoxon signed-rank, Holm, 5% level) find it better than random."


def test_alike_strategies_are_not_separable_yet(tmp_path: Path) -> None:
    assert say(tmp_path, tasks=MANY, spread=0.0)[2].startswith("Not separable yet: no test over 12 tasks")


def test_a_part_that_is_not_separable_is_named(tmp_path: Path) -> None:
    how_sure = say(tmp_path, tasks=MANY, spread=2.0)[2]
    assert "find it better than random; it is not separable yet from tpe." in how_sure


def test_few_tasks_are_settled_by_seeds_for_themselves_only(tmp_path: Path) -> None:
    how_sure = say(tmp_path, strategies=("random", "gp"), spread=9.0, seeds=20)[2]
    assert how_sure.startswith("With 2 tasks no test can say that this holds on others; here, tests over seeds")
    assert how_sure.endswith("find it better than random on branin and random on digits.")


def test_few_tasks_with_alike_strategies_are_not_separable_yet(tmp_path: Path) -> None:
    assert say(tmp_path, spread=0.0, seeds=20)[2].startswith("Not separable yet: with 2 tasks")


def test_few_tasks_and_few_seeds_settle_nothing(tmp_path: Path) -> None:
    how_sure = say(tmp_path, spread=9.0, seeds=5)[2]
    assert how_sure.startswith("Not separable yet")
    assert "5 seeds cannot settle these" in how_sure


def test_one_task_is_spoken_of_in_the_singular(tmp_path: Path) -> None:
    assert say(tmp_path, tasks=("branin",), seeds=3)[2].endswith("3 seeds cannot settle this one.")
    again = say(tmp_path / "more", tasks=("branin",), seeds=7, spread=0.0)[2]
    assert again.endswith("none over seeds tells it from another on this one.")


def test_tasks_with_different_numbers_of_seeds_are_told_apart(tmp_path: Path) -> None:
    few = write_example_run(tmp_path / "a", name="a", tasks=("branin",), seeds=3)
    many = write_example_run(tmp_path / "b", name="b", tasks=("digits",), seeds=5)
    who, _, how_sure = verdict(open_store(few, many))
    assert "over 2 tasks with 3 to 5 seeds" in who
    assert how_sure.endswith("3 to 5 seeds cannot settle these.")


def test_one_seed_comes_without_an_interval(tmp_path: Path) -> None:
    who, how_far, how_sure = say(tmp_path, tasks=("branin",), seeds=1)
    assert "interval" not in who + how_far
    assert "luck" in how_far
    assert how_sure.startswith("Not separable yet: with 1 task")


def test_one_strategy_has_nothing_to_be_compared_with(tmp_path: Path) -> None:
    assert say(tmp_path, strategies=("random",))[1] == "There is no other strategy to compare it with."


def test_no_success_is_nothing_to_compare(tmp_path: Path) -> None:
    assert say(tmp_path, failures=1.0) == ("No trial has succeeded yet, so there is nothing to compare.",)


def test_an_empty_run_is_nothing_to_compare(tmp_path: Path) -> None:
    folder = write_example_run(tmp_path / "run", state="running")
    for file in ("studies.parquet", "trials.parquet"):
        (folder / file).unlink()
    assert verdict(open_store(folder)) == ("No trial has succeeded yet, so there is nothing to compare.",)


def test_strategies_that_ran_on_fewer_tasks_are_left_out_and_named(tmp_path: Path) -> None:
    who, how_far, _ = say(tmp_path, skipped=[("gp", "digits")], spread=9.0)
    assert who.startswith("tpe has the highest score")
    assert "not compared: gp (1)" in who
    assert "gp" not in how_far


def test_a_run_that_is_not_finished_says_so(tmp_path: Path) -> None:
    assert say(tmp_path, state="interrupted")[0].startswith("The run is not finished; so far ")


def test_a_shared_lead_says_so(tmp_path: Path) -> None:
    first = write_example_run(tmp_path / "a", name="a", strategies=("tpe",))
    second = write_example_run(tmp_path / "b", name="b", strategies=("tpe",), options='{"x":1}')
    who, how_far, how_sure = verdict(open_store(first, second))
    assert who.startswith("tpe (a) has the highest score")
    assert how_far == "It shares that score with tpe (b)."
    assert how_sure.startswith("Not separable yet")
