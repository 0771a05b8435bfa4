"""The verdict says who leads, and claims no difference that the tests do not find."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from example_store import write_example_run
from stored_rows import change_rows

from results.analysis.verdict import verdict
from results.store import open_store

MANY = tuple("abcdefghijkl")


def say(folder: Path, **changes: object) -> tuple[str, ...]:
    return verdict(open_store(write_example_run(folder / "run", **changes)))


def test_a_clear_lead_over_many_tasks_is_decided(tmp_path: Path) -> None:
    who, here, others = say(tmp_path, tasks=MANY, strategies=("random", "gp"), spread=9.0, seeds=6)
    assert who.startswith("gp has the highest score")
    assert "over 12 tasks with 6 seeds; the next, random, has" in who
    assert here == "On these tasks, tests over seeds (sign flips, Holm, 5% level) find it better than random."
    assert others == (
        "For other tasks like these, tests over 12 tasks (Wilcoxon signed-rank, Holm, 5% level) find it better than "
        "random."
    )


def test_alike_strategies_are_told_apart_neither_here_nor_elsewhere(tmp_path: Path) -> None:
    who, here, others = say(tmp_path, tasks=MANY, spread=0.0)
    assert who.startswith("No clear winner: ")
    assert here.startswith("On these tasks, tests over seeds (sign flips, Holm, 5% level) do not tell it from")
    assert others.startswith("For other tasks it is not separable yet: no test over 12 tasks")


def test_a_part_that_is_not_separable_is_named(tmp_path: Path) -> None:
    others = say(tmp_path, tasks=MANY, spread=2.0)[2]
    assert "find it better than random; it is not separable yet from tpe." in others


def test_what_seeds_leave_open_is_named_with_the_seeds_that_it_would_take(tmp_path: Path) -> None:
    here = say(tmp_path, tasks=MANY, spread=0.5)[1]
    assert re.search(r"better than random, and leave open tpe \(about \d+ seeds would be needed\)\.$", here)


def test_few_tasks_are_settled_by_seeds_for_themselves_only(tmp_path: Path) -> None:
    _, here, others = say(tmp_path, strategies=("random", "gp"), spread=9.0, seeds=20)
    assert here.endswith("find it better than random.")
    assert others == "With 2 tasks no test can say that this holds on others."


def test_what_seeds_do_not_show_is_not_claimed_for_other_tasks(tmp_path: Path) -> None:
    """Over tasks alone the lead is unanimous; with two seeds each it could still be luck of the seeds."""
    _, here, others = say(tmp_path, tasks=MANY, spread=0.0, seeds=2, strategies=("random", "gp"))
    assert "do not tell it from" in here
    assert "better" not in others


def test_one_task_is_spoken_of_in_the_singular(tmp_path: Path) -> None:
    _, here, others = say(tmp_path, tasks=("branin",), seeds=7, spread=0.0)
    assert here.startswith("On this task, tests over seeds (sign flips, Holm, 5% level) do not tell it from")
    assert others == "With 1 task no test can say that this holds on others."


def test_tasks_with_different_numbers_of_seeds_are_told_apart(tmp_path: Path) -> None:
    few = write_example_run(tmp_path / "a", name="a", tasks=("branin",), seeds=3)
    many = write_example_run(tmp_path / "b", name="b", tasks=("digits",), seeds=5)
    assert "over 2 tasks with 3 to 5 seeds" in verdict(open_store(few, many))[0]


def test_one_seed_comes_without_an_interval(tmp_path: Path) -> None:
    who, here, others = say(tmp_path, tasks=("branin",), seeds=1)
    assert "interval" not in who
    assert here == "With one seed nothing tells how much of that is luck, not even on this task."
    assert others.startswith("With 1 task")


@pytest.mark.parametrize(
    ("first", "told"), [(4, "gp shares no seed of a task"), (3, "gp shares only one seed of a task")]
)
def test_strategies_that_share_too_few_seeds_are_not_said_to_have_one(tmp_path: Path, first: int, told: str) -> None:
    folder = write_example_run(tmp_path / "run", strategies=("random", "gp"), spread=9.0, seeds=4)
    _move_seeds(folder, "gp", first)
    _, here, _ = verdict(open_store(folder))
    rest = " with any other strategy: nothing tells how much of that is luck, not even on these tasks."
    assert here == told + rest


def test_strategies_on_as_many_but_other_tasks_are_not_compared(tmp_path: Path) -> None:
    skipped = [("gp", "digits"), ("tpe", "branin"), ("random", "branin")]
    who, here, others = say(tmp_path, skipped=skipped, spread=9.0)
    assert "tpe has the highest score" in who
    assert "over 1 task with" in who
    assert who.endswith("; on other tasks, and so not compared: gp (1).")
    assert here.startswith("On this task")
    assert others.startswith("With 1 task")


def test_with_one_seed_on_many_tasks_the_tests_over_tasks_speak(tmp_path: Path) -> None:
    _, here, others = say(tmp_path, tasks=MANY, strategies=("random", "gp"), spread=9.0, seeds=1)
    assert here.startswith("With one seed")
    assert others.endswith("find it better than random.")


@pytest.mark.slow
def test_equals_are_called_different_in_at_most_five_of_a_hundred_reports(tmp_path: Path) -> None:
    """Of 200 suites with the same strategy under two names, by any of the three sentences."""
    false = 0
    for number in range(200):
        told = say(
            tmp_path / str(number), tasks=MANY[:7], strategies=("random", "gp"), spread=0.0, seeds=5, seed=number
        )
        false += any("find it better" in sentence or "find it worse" in sentence for sentence in told)
    assert false <= 200 * 0.05 + 2 * (200 * 0.05 * 0.95) ** 0.5


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
    who, here, _ = say(tmp_path, skipped=[("gp", "digits")], spread=9.0)
    assert "tpe has the highest score" in who
    assert "not compared: gp (1)" in who
    assert "gp" not in here


def test_a_run_that_is_not_finished_says_so(tmp_path: Path) -> None:
    assert say(tmp_path, state="interrupted")[0].startswith("The run is not finished; so far ")


def test_a_shared_lead_says_so(tmp_path: Path) -> None:
    first = write_example_run(tmp_path / "a", name="a", strategies=("tpe",))
    second = write_example_run(tmp_path / "b", name="b", strategies=("tpe",), options='{"x":1}')
    who, here, _ = verdict(open_store(first, second))
    assert who.startswith("No clear winner: tpe (a) has the highest score")
    assert who.endswith(", and shares it with tpe (b).")
    assert "do not tell it from tpe (b)" in here


def _move_seeds(folder: Path, strategy: str, first: int) -> None:
    """The strategy's seeds counted from `first`, in place of 0."""

    def moved(row: dict[str, Any]) -> dict[str, Any]:
        return {"seed": row["seed"] + first} if row["strategy"] == strategy else {}

    change_rows(folder, trial=moved, study=moved)
