"""What several runs have in common, and what does not compare across them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from example_store import write_example_run
from stored_rows import change_rows

from results.analysis.joining import Joining, joining
from results.items import Points, Table, Text
from results.sections.joined import section
from results.store import Store, open_store


def changed(folder: Path, **fields: Any) -> Path:
    file = folder / "run.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | fields))
    return folder


@pytest.fixture
def first(tmp_path: Path) -> Path:
    return write_example_run(tmp_path / "a", name="a")


@pytest.fixture
def second(tmp_path: Path) -> Path:
    """The same studies again."""
    return write_example_run(tmp_path / "b", name="b")


def told(found: Joining) -> list[tuple[str, str]]:
    return [(one.subject, one.difference) for one in found.mismatches]


def test_the_same_run_twice_differs_in_nothing(first: Path, second: Path) -> None:
    found = joining(open_store(first, second))

    assert found.mismatches == ()
    assert found.tasks == ("branin", "digits")
    assert found.strategies == ("random", "tpe", "gp")
    assert [(run.studies, run.repeated) for run in found.runs] == [(24, 0), (24, 24)]
    assert all(run.is_paired for run in found.runs)


def test_other_strategies_with_the_same_luck_are_paired(first: Path, tmp_path: Path) -> None:
    other = write_example_run(tmp_path / "b", name="b", strategies=("cmaes",))
    found = joining(open_store(first, other))

    assert found.runs[1].is_paired
    assert found.runs[1].repeated == 0
    assert found.strategies == ()
    assert found.mismatches == ()


def test_other_luck_is_told_with_the_seeds_that_are_counted_on(first: Path, tmp_path: Path) -> None:
    other = write_example_run(tmp_path / "b", name="b", seed=1)
    found = joining(open_store(first, other))

    assert (found.runs[1].first_seed, found.runs[1].own_first_seed, found.runs[1].is_paired) == (4, 0, False)
    (one,) = found.mismatches
    assert one.subject == "seeds"
    assert "those of b mean other luck" in one.difference
    assert "than those of a: its seed 0 is seed 4 here" in one.difference
    assert found.same_luck == ()


def seeds_by_run(store: Store) -> list[list[int]]:
    return [sorted(set(store.studies.query(f"folder == {place}")["seed"])) for place in range(len(store.runs))]


@pytest.mark.parametrize(("order", "first_seeds"), [("122", [0, 4, 4]), ("212", [0, 4, 0]), ("221", [0, 0, 4])])
def test_a_run_given_twice_counts_once_whatever_the_order(
    order: str, first_seeds: list[int], first: Path, tmp_path: Path
) -> None:
    other = write_example_run(tmp_path / "b", name="b", seed=1)
    store = open_store(*({"1": first, "2": other}[run] for run in order))

    assert len(store.studies) == 48
    assert [run.first_seed for run in joining(store).runs] == first_seeds
    assert [run.repeated for run in joining(store).runs] == [24 if order[:n].count(order[n]) else 0 for n in range(3)]


def test_runs_that_share_luck_are_paired_behind_a_run_of_other_luck(first: Path, tmp_path: Path) -> None:
    second = write_example_run(tmp_path / "b", name="b", seed=1)
    third = write_example_run(tmp_path / "c", name="c", seed=1, strategies=("random", "cmaes"), seeds=6)
    store = open_store(first, second, third)
    found = joining(store)

    assert seeds_by_run(store) == [[0, 1, 2, 3], [4, 5, 6, 7], [4, 5, 6, 7, 8, 9]]
    assert not store.studies.duplicated(["task", "strategy", "seed"]).any()
    assert found.same_luck == (("b", "c"),)
    assert [run.unlike for run in found.runs] == [(), ("a",), ("a",)]


def test_new_seeds_do_not_take_the_place_of_other_luck(first: Path, tmp_path: Path) -> None:
    second = write_example_run(tmp_path / "b", name="b", seed=1)
    longer = write_example_run(tmp_path / "c", name="a", seeds=6)
    store = open_store(first, second, longer)

    assert seeds_by_run(store) == [[0, 1, 2, 3], [4, 5, 6, 7], [12, 13]]


def test_another_budget_makes_another_task(first: Path, tmp_path: Path) -> None:
    other = write_example_run(tmp_path / "b", name="b", trials=8, tasks=("branin",))
    found = joining(open_store(first, other))

    assert ("task branin", "trials allowed: 12 in a; 8 in b") in told(found)
    assert found.tasks == ()


def test_a_budget_that_only_one_run_has_is_told_in_plain_words(first: Path, second: Path) -> None:
    change_rows(second, study=lambda row: {"budget_trials": None, "budget_work": 9.0, "modifiers": '[{"name":"x"}]'})
    difference = next(
        difference for subject, difference in told(joining(open_store(first, second))) if "branin" in subject
    )
    assert difference.split("; ", 1)[0] == "modifiers: none in a"
    assert "trials allowed: 12 in a; no limit in b" in difference
    assert "work allowed, in full evaluations: no limit in a; 9 in b" in difference


def test_another_version_makes_another_strategy(first: Path, second: Path) -> None:
    change_rows(second, study=lambda row: {"strategy_version": "example 2.0"} if row["strategy"] == "tpe" else {})
    found = joining(open_store(first, second))

    assert told(found) == [("strategy tpe", "version: example 1.0 in a; example 2.0 in b")]
    assert found.strategies == ("random", "gp")


def test_a_long_difference_is_named_and_not_shown(first: Path, second: Path) -> None:
    change_rows(second, study=lambda row: {"space": "x" * 100})
    assert told(joining(open_store(first, second)))[0] == ("task branin", "search space: not the same in a and b")


def test_a_task_that_only_one_run_has_is_told(first: Path, tmp_path: Path) -> None:
    other = write_example_run(tmp_path / "b", name="b", tasks=("branin",))
    (one,) = joining(open_store(first, other)).mismatches
    assert one.difference == "b does not have digits"


@pytest.mark.parametrize(
    ("fields", "mismatch"),
    [
        ({"versions": {"tuner-bench": "0.2.0"}}, ("versions", "tuner-bench: 0.1.0 in a; 0.2.0 in b")),
        ({"python": "3.12.1"}, ("versions", "Python: 3.11.7 in a; 3.12.1 in b")),
        ({"workers": 8}, ("machine", "workers: 2 in a; 8 in b")),
        ({"schema": "1.2"}, ("schema", "schema: 1.0 in a; 1.2 in b")),
        ({"contents": {"digits": "f" * 64}}, None),
        ({"state": "interrupted"}, ("state", "b is interrupted")),
        ({"versions": {"tuner-bench": "0.1.0", "optuna": "5.0.0"}}, None),
    ],
)
def test_what_run_json_says_otherwise_is_told(
    first: Path, second: Path, fields: dict[str, Any], mismatch: tuple[str, str] | None
) -> None:
    found = told(joining(open_store(first, changed(second, **fields))))
    assert found == ([mismatch] if mismatch else [])


def test_another_machine_makes_times_incomparable(first: Path, second: Path) -> None:
    machine = {"system": "Linux", "cpu": "another", "cores": 64, "memory_gb": 8.0}
    (one,) = joining(open_store(first, changed(second, machine=machine))).mismatches

    assert "example, 2 cores" in one.difference
    assert "another, 64 cores" in one.difference
    assert one.consequence.startswith("times do not compare across runs")


def test_other_data_behind_a_task_is_told(first: Path, second: Path) -> None:
    changed(first, contents={"digits": "e" * 64})
    changed(second, contents={"digits": "f" * 64})
    assert told(joining(open_store(first, second))) == [("contents", f"digits: {'e' * 12} in a; {'f' * 12} in b")]


def test_another_source_under_the_same_name_is_told(first: Path, second: Path) -> None:
    plugin = {"kind": "strategy", "name": "random", "reference": "./mine.py:Random", "sha256": "1" * 64}
    found = told(joining(open_store(first, changed(second, plugins=[plugin]))))
    assert found == [("source", f"strategy random: {'0' * 12} in a; {'1' * 12} in b")]


def test_another_limit_of_a_trial_is_told(first: Path, second: Path) -> None:
    (second / "suite.toml").write_text('name = "b"\ntrial_seconds = 5\n')
    assert told(joining(open_store(first, second))) == [
        ("limits", "seconds that a trial may take: no limit in a; 5 in b")
    ]


def test_runs_of_one_name_are_told_apart(first: Path, tmp_path: Path) -> None:
    other = changed(write_example_run(tmp_path / "b", name="a"), python="3.12.1")
    assert told(joining(open_store(first, other))) == [("versions", "Python: 3.11.7 in a; 3.12.1 in a #2")]


def test_a_run_that_has_stored_nothing_yet_is_told(first: Path, second: Path) -> None:
    changed(second, state="running")
    (second / "studies.parquet").unlink()
    (second / "trials.parquet").unlink()
    found = joining(open_store(first, second))

    assert ("state", "b is running") in told(found)
    assert found.runs[1].studies == 0


def test_a_single_run_has_no_such_section(first: Path) -> None:
    assert section(open_store(first)) is None


def test_the_section_names_what_was_matched_and_what_was_not(first: Path, second: Path) -> None:
    found = section(open_store(first, changed(second, workers=8)))
    assert found is not None
    points = next(item for item in found.items if isinstance(item, Points))
    last = found.items[-1]

    assert "The same task in several runs: branin and digits." in points.texts
    assert "The same luck for the same seed, as far as tasks are shared: a, b." in points.texts
    assert isinstance(last, Table)
    assert [row[0] for row in last.rows] == ["machine"]


def test_the_section_says_where_nothing_differs(first: Path, second: Path) -> None:
    found = section(open_store(first, second))
    assert found is not None
    assert isinstance(found.items[-1], Text)
    assert found.items[-1].text.startswith("Nothing else differs")
