"""What the report says of how soon strategies get as far as random search."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from example_store import write_example_run
from stored_rows import change_rows

from results.errors import NothingToCompare
from results.items import Chart, Note, Points, Table, Text
from results.report import Section
from results.sections import run_length
from results.store import open_store


def losses_of(strategy: str, trial: int) -> float:
    """Random search finds the 1.0 with its last of ten trials, tpe with its second."""
    return 11.0 - trial if strategy == "random" else (9.5, 1.0)[min(trial, 1)]


def run_of(folder: Path, **changes: Any) -> Path:
    made = {"strategies": ("random", "tpe"), "seeds": 2, "trials": 10, "failures": 0.0, "best_known": False}
    run = write_example_run(folder / "run", **(made | changes))
    return change_rows(run, trial=lambda row: {"losses": [losses_of(row["strategy"], row["trial"])]})


def section_of(run: Path) -> Section:
    section = run_length.section(open_store(run))
    assert section is not None
    return section


def sentences(section: Section) -> tuple[str, ...]:
    return next(item.texts for item in section.items if isinstance(item, Points))


def notes(section: Section) -> str:
    return " ".join(item.text for item in section.items if isinstance(item, Note))


def rows(table: Table) -> dict[str, tuple[object, ...]]:
    return {f"{row[0]}, {row[1]}": row[2:] for row in table.rows}


def test_each_strategy_but_random_search_has_a_sentence_with_its_speed_up(tmp_path: Path) -> None:
    assert sentences(section_of(run_of(tmp_path))) == (
        "tpe reaches in 2.0 trials (95%: 2.0 to 2.0) what takes random search 10: 5.0 times as fast.",
    )


def test_one_task_and_one_seed_are_enough_and_said_to_be_one(tmp_path: Path) -> None:
    section = section_of(run_of(tmp_path, tasks=("branin",), seeds=1))
    assert sentences(section)[0] == "tpe reaches in 2.0 trials what takes random search 10: 5.0 times as fast."
    assert "One seed only" in notes(section)


def test_a_strategy_that_does_not_get_there_is_said_not_to(tmp_path: Path) -> None:
    run = run_of(tmp_path)
    change_rows(run, trial=lambda row: {"losses": [20.0]} if row["strategy"] == "tpe" else {})
    section = section_of(run)
    told = "did not reach what takes random search 10 trials on half of the tasks or more"
    assert sentences(section)[0] == f"tpe {told} (2 of 2: branin, digits)."
    assert "their run length is that it is longer: tpe (4 of 4)" in notes(section)


def test_a_task_on_which_it_does_not_get_there_is_named(tmp_path: Path) -> None:
    run = run_of(tmp_path, tasks=("branin", "digits", "levy"))
    hopeless = ("tpe", "digits")
    change_rows(run, trial=lambda row: {"losses": [20.0]} if (row["strategy"], row["task"]) == hopeless else {})
    assert sentences(section_of(run))[0].endswith("5.0 times as fast; not at all on digits.")


def test_where_budgets_differ_it_is_a_share_of_the_trials(tmp_path: Path) -> None:
    run = run_of(tmp_path, tasks=("branin",), trials=20)
    change_rows(run, trial=lambda row: {"losses": [row["losses"][0] + 10.0 if row["strategy"] == "random" else 1.0]})
    short = run_of(tmp_path / "short", tasks=("levy",))
    section = run_length.section(open_store(run, short))
    assert section is not None
    assert sentences(section)[0].startswith("tpe reaches in 12% of the trials (95%: ")
    assert "what random search is expected to reach within its budget: 8.0 times as fast" in sentences(section)[0]


def test_the_table_has_the_expected_run_lengths_by_task(tmp_path: Path) -> None:
    table = rows(section_of(run_of(tmp_path)).tables[0])
    assert table["digits, tpe"] == (10, 10.0, 2.0, 2.0, 2.0, 2, 2, 2.0, None)
    assert table["branin, random"][:3] == (10, 10.0, 10.0)


def test_where_random_search_ties_it_is_not_said_to_take_its_whole_budget(tmp_path: Path) -> None:
    run = run_of(tmp_path)
    change_rows(run, trial=lambda row: {"losses": [float((row["trial"] + (row["strategy"] == "random")) % 2)]})
    section = section_of(run)
    assert sentences(section) == (
        "tpe reaches in 1.0 trials (95%: 1.0 to 1.0) what takes random search 2: 2.0 times as fast.",
    )
    assert rows(section.tables[0])["branin, random"][:3] == (10, 2.0, 2.0)


def test_a_strategy_that_did_not_run_on_a_task_has_no_row_there(tmp_path: Path) -> None:
    section = section_of(run_of(tmp_path, strategies=("random", "tpe", "gp"), skipped=[("gp", "digits")]))
    assert "digits, gp" not in rows(section.tables[0])
    assert "Ran on fewer tasks, so what is said of them does not compare: gp (1 of 2)." in notes(section)


def test_the_chart_follows_the_share_of_targets_reached(tmp_path: Path) -> None:
    section = section_of(run_of(tmp_path))
    (chart,) = (item for item in section.items if isinstance(item, Chart))
    told = {(row[0], row[1]): row[2] for row in chart.data.rows}
    assert told["tpe", 2] == 1.0
    assert told["random", 1] == 0.0
    assert chart.specification()["encoding"]["x"]["scale"] == {"type": "log", "nice": False}  # type: ignore[index]


def test_the_scores_stand_beside_those_of_more_random_search(tmp_path: Path) -> None:
    run = write_example_run(tmp_path / "run", strategies=("random", "tpe"), seeds=5, failures=0.1)
    table = section_of(run).tables[1]
    scores = {str(row[0]): row[1] for row in table.rows}
    assert set(scores) == {"tpe", "random", "random \u00d7 2, expected", "random \u00d7 4, expected"}
    assert scores["random"] < scores["random \u00d7 2, expected"]  # type: ignore[operator]


def test_what_gives_the_ax_score_its_zero_is_named(tmp_path: Path) -> None:
    texts = [item.text for item in section_of(run_of(tmp_path)).items if isinstance(item, Text)]
    assert "0 for the expected best of five random trials" in texts[-1]


def test_several_objectives_have_run_lengths_and_no_random_multiples(tmp_path: Path) -> None:
    run = write_example_run(tmp_path / "run", strategies=("random", "tpe"), objectives=("score", "size"), seeds=3)
    section = section_of(run)
    assert len(section.tables) == 1
    assert len(sentences(section)) == 1


def test_less_work_is_told_in_full_evaluations(tmp_path: Path) -> None:
    run = change_rows(run_of(tmp_path), trial=lambda row: {"work": 0.5 if row["strategy"] == "tpe" else 1.0})
    assert sentences(section_of(run))[0].startswith("tpe reaches in 1.0 full evaluations ")


def test_without_random_search_it_says_what_is_missing(tmp_path: Path) -> None:
    run = write_example_run(tmp_path / "run", strategies=("gp", "tpe"))
    with pytest.raises(NothingToCompare, match="random search took no part"):
        run_length.section(open_store(run))


def test_a_task_without_random_search_is_left_out_and_named(tmp_path: Path) -> None:
    section = section_of(run_of(tmp_path, skipped=[("random", "digits")]))
    assert "took no part: digits." in notes(section)


def test_where_random_search_found_nothing_it_says_so(tmp_path: Path) -> None:
    run = write_example_run(tmp_path / "run", strategies=("random", "tpe"), failures=1.0)
    with pytest.raises(NothingToCompare, match="random search hardly ever succeeded"):
        run_length.section(open_store(run))


def test_one_strategy_alone_has_no_section(tmp_path: Path) -> None:
    assert run_length.section(open_store(write_example_run(tmp_path / "run", strategies=("random",)))) is None
