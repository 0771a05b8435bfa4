"""A suite file is checked at the door: what is wrong is told in one line, with place, value and what is allowed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tuner.errors import InvalidSuite, UnknownPlugin
from tuner.suite import Suite, load_suite, parse_suite, shipped_suites

TEXT = """
name = "mine"
seeds = 2
{more}
tasks = ["branin"]
strategies = ["random", {{ name = "grid", options = {{ points = 3 }} }}]
[budget]
trials = 4
{end}
"""


def suite(**changes: Any) -> Suite:
    data: dict[str, Any] = {"name": "mine", "budget": {"trials": 4}, "tasks": ["branin"], "strategies": ["random"]}
    return Suite.model_validate({**data, **changes})


def refusal(**changes: Any) -> str:
    with pytest.raises(InvalidSuite) as caught:
        suite().changed(**changes)
    text = str(caught.value)
    assert "\n" not in text
    return text.removeprefix("mine: ")


def test_texts_and_tables_both_name_an_entry() -> None:
    read = parse_suite(TEXT.format(more="", end=""))
    assert [entry.name for entry in read.strategies] == ["random", "grid"]
    assert read.strategies[1].options == {"points": 3}
    assert read.seeds == (0, 1)


def test_a_mistyped_key_is_told_rather_than_that_the_right_one_is_missing() -> None:
    with pytest.raises(InvalidSuite, match=r"unknown key 'budgett'; did you mean 'budget'\?"):
        parse_suite('name = "a"\nbudgett = { trials = 1 }\nstrategies = ["random"]\ntasks = ["branin"]')


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"budgets": 1}, "unknown key 'budgets'; did you mean 'budget'? known: budget, clock, deciding, "),
        ({"budget": {"trial": 1}}, "unknown key 'budget.trial'; did you mean 'trials'? known: seconds, trials, work"),
        ({"tasks": [{"name": "branin", "lable": "x"}]}, "unknown key 'tasks.0.lable'; did you mean 'label'?"),
        ({"tasks": [{"name": "a", "budget": {"wrok": 1}}]}, "unknown key 'tasks.0.budget.wrok'; did you mean 'work'?"),
        ({"strategies": ["random", {"name": "x", "option": {}}]}, "unknown key 'strategies.1.option'; did you mean"),
    ],
)
def test_an_unknown_key_comes_with_the_nearest_known_one(changes: dict[str, Any], told: str) -> None:
    assert refusal(**changes).startswith(told)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"seeds": 0}, "seeds: needs at least one entry"),
        ({"seeds": []}, "seeds: needs at least one entry"),
        ({"seeds": True}, "seeds: is a number of seeds or a list of seed indices, not True"),
        ({"seeds": 1.5}, "seeds: is a number of seeds or a list of seed indices, not 1.5"),
        ({"seeds": [1, 1]}, "seeds [1, 1] are not distinct"),
        ({"seeds": [-1]}, "seeds.0: input should be greater than or equal to 0, not -1"),
        ({"seed": "x"}, "seed: input should be a valid integer, not 'x'"),
        ({"seeds": 10**12}, "seeds: is at most 100000 seeds, not 1000000000000"),
        ({"seeds": [2**63]}, "seeds.0: input should be less than or equal to 9223372036854775807, not"),
        ({"budget": {"trials": 2**63}}, "budget.trials: input should be less than or equal to 1000000000, not"),
        ({"trial_seconds": 1e300}, "trial_seconds: input should be less than or equal to 100000000, not 1e+300"),
        ({"trial_memory_mb": 1e300}, "trial_memory_mb: input should be less than or equal to 1000000000, not 1e+300"),
        ({"budget": {}}, "budget: needs at least one of trials, work, seconds"),
        ({"budget": {"trials": True}}, "budget.trials: input should be a valid integer, not True"),
        ({"budget": {"trials": 0}}, "budget.trials: input should be greater than or equal to 1, not 0"),
        ({"budget": {"work": float("inf")}}, "budget.work: input should be a finite number, not inf"),
        ({"budget": {"seconds": -1}}, "budget.seconds: input should be greater than 0, not -1"),
        ({"parallelism": 0}, "parallelism: input should be greater than or equal to 1, not 0"),
        ({"shard_size": 0.5}, "shard_size: input should be a valid integer, not 0.5"),
        ({"trial_seconds": 0}, "trial_seconds: input should be greater than 0, not 0"),
        ({"tasks": []}, "tasks: needs at least one entry"),
        ({"tasks": "branin"}, "tasks: input should be a list, not 'branin'"),
        ({"tasks": [3]}, "tasks.0: input should be a valid dictionary or instance of TaskEntry, not 3"),
        ({"strategies": [{"label": "x"}]}, "strategies.0.name is missing"),
        ({"strategies": ["random", "random"]}, "two entries are strategy 'random': give one of them another label"),
        ({"name": "a b"}, "name: string should match pattern "),
        ({"strategies": [{"name": "random", "label": "<b>"}]}, "strategies.0.label: string should match pattern "),
        (
            {"strategies": [{"name": "random", "options": {"a": [1, 2]}}]},
            "strategies.0.options.a: an option is a string, a finite number, true or false, not [1, 2]",
        ),
        (
            {"tasks": [{"name": "branin", "options": {"noise": float("nan")}}]},
            "tasks.0.options.noise: an option is a string, a finite number, true or false, not nan",
        ),
    ],
)
def test_a_bad_value_is_told_with_its_place_and_what_is_allowed(changes: dict[str, Any], told: str) -> None:
    text = refusal(**changes)
    assert text.startswith(told)
    assert "more)" not in text


def test_further_errors_are_counted() -> None:
    assert refusal(seed="x", parallelism=0).endswith("(and 1 more)")


def test_a_text_that_is_not_toml_is_told_with_its_place() -> None:
    with pytest.raises(InvalidSuite, match=r"mine\.toml is not TOML: .*line 1"):
        parse_suite("name = !", "mine.toml")


def test_a_text_that_is_nested_too_deeply_is_told() -> None:
    with pytest.raises(InvalidSuite, match=r"mine\.toml is nested too deeply"):
        parse_suite("a=" + "[" * 5000 + "]" * 5000, "mine.toml")


def test_a_missing_field_is_told() -> None:
    with pytest.raises(InvalidSuite, match="the suite: budget is missing"):
        parse_suite('name = "a"\ntasks = ["branin"]\nstrategies = ["random"]')


@pytest.mark.parametrize(
    ("entries", "labels"),
    [
        (["random", "grid"], ["random", "grid"]),
        ([{"name": "grid", "options": {"points": 3}}], ["grid"]),
        ([{"name": "grid", "options": {"points": 3}}, "grid"], ["grid(points=3)", "grid"]),
        (["./mine.py:Mine", "package.module:Other"], ["Mine", "Other"]),
        ([{"name": "grid", "label": "the grid"}], ["the grid"]),
    ],
)
def test_a_strategy_is_called_by_its_name_and_its_options_where_they_tell(
    entries: list[Any], labels: list[str]
) -> None:
    assert suite(strategies=entries).strategy_labels == labels


def test_a_task_is_called_by_its_name_and_options() -> None:
    tasks = ["branin", {"name": "branin", "options": {"noise": 0.5}}]
    assert suite(tasks=tasks).task_labels == ["branin", "branin(noise=0.5)"]


def test_a_suite_written_as_toml_reads_back_with_the_types_of_its_options() -> None:
    options = {"float": 1.0, "negative": -0.0, "tiny": 5e-324, "int": 1, "bool": True, "text": 'π \\ "\n', "big": 2**80}
    before = suite(
        seeds=[3, 1],
        description="line\nline",
        strategies=[{"name": "random", "label": "a", "options": options}],
        tasks=[{"name": "branin", "budget": {"work": 1.5}, "trial_seconds": 2}],
    )
    after = parse_suite(before.to_toml())
    assert after == before
    again = after.strategies[0].options
    assert {name: (type(value), repr(value)) for name, value in again.items()} == {
        name: (type(value), repr(value)) for name, value in options.items()
    }


def test_a_changed_copy_is_checked_and_leaves_the_suite_as_it_was() -> None:
    before = suite()
    assert before.changed(seeds=3).seeds == (0, 1, 2)
    assert before.seeds == (0, 1, 2, 3, 4)
    with pytest.raises(InvalidSuite, match="mine: parallelism"):
        before.changed(parallelism=-1)


def test_the_shipped_suites_load_by_name() -> None:
    assert {"quick", "standard"} <= set(shipped_suites())
    for name in shipped_suites():
        assert load_suite(name).name == name


def test_a_file_loads_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(TEXT.format(more="", end=""))
    assert load_suite(path) == load_suite(str(path))
    assert load_suite(load_suite(path)).name == "mine"


def test_an_unknown_suite_comes_with_the_shipped_ones() -> None:
    with pytest.raises(UnknownPlugin, match="no suite called 'quik'; did you mean 'quick'"):
        load_suite("quik")


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "binary.toml").write_bytes(b"\xff\xff")
    (tmp_path / "folder.toml").mkdir()
    for name, reason in {"none": "No such file", "binary": "not text in UTF-8", "folder": "Is a directory"}.items():
        with pytest.raises(InvalidSuite, match=f"cannot read .*{name}.toml: .*{reason}"):
            load_suite(tmp_path / f"{name}.toml")
