"""What the report says of the honesty of a comparison."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from example_store import write_example_run
from stored_rows import change_rows

from results.items import Note, Points, Text
from results.report import Section
from results.sections import honesty
from results.store import open_store

Row = dict[str, Any]


def section_of(folder: Path, trial: Callable[[Row], Row] = lambda _: {}, **changes: Any) -> Section:
    made: dict[str, Any] = {"tasks": ("one",), "strategies": ("random", "gp"), "seeds": 2, "failures": 0.0}
    section = honesty.section(open_store(change_rows(write_example_run(folder, **(made | changes)), trial=trial)))
    assert section is not None
    return section


def said(section: Section) -> str:
    texts = [item.text for item in section.items if isinstance(item, Text | Note)]
    return " ".join([*texts, *(text for item in section.items if isinstance(item, Points) for text in item.texts)])


def column(section: Section, name: str) -> dict[str, Any]:
    table = section.tables[0]
    place = [heading.name for heading in table.columns].index(name)
    return {str(row[0]): row[place] for row in table.rows}


def over_tuned(row: Row) -> Row:
    """Losses fall by one a trial; the held-out values of gp rise again at the end."""
    held_out = {"random": [4.0, 3.0, 2.0, 1.0], "gp": [4.0, 2.0, 1.0, 2.5]}[row["strategy"]][row["trial"]]
    return {"losses": [10.0 - row["trial"]], "held_out": {"score": held_out}}


def test_over_tuning_is_told_by_strategy(tmp_path: Path) -> None:
    section = section_of(tmp_path, over_tuned, trials=4)

    assert column(section, "Over-tuned") == {"random": 0.0, "gp": 1.0}
    assert column(section, "Given away")["gp"] == pytest.approx(0.5)
    assert column(section, "Worse than first") == {"random": 0.0, "gp": 0.0}


def test_every_column_is_explained(tmp_path: Path) -> None:
    section = section_of(tmp_path, over_tuned, trials=4)

    (meanings,) = (item.texts for item in section.items if isinstance(item, Points))
    assert [text.partition(":")[0] for text in meanings] == [one.name for one in section.tables[0].columns[1:]]


def test_over_tuning_is_told_by_task_where_there_are_several(tmp_path: Path) -> None:
    def two(row: Row) -> Row:
        return over_tuned(row) if row["task"] == "one" else {"held_out": {"score": -float(row["trial"])}}

    section = section_of(tmp_path, two, trials=4, tasks=("one", "two", "three"))
    table = section.tables[1]

    assert [row[0] for row in table.rows] == ["one", "two", "three"]
    assert table.rows[0][:4] == ("one", "score", 4, 0.5)


def test_a_store_without_held_out_values_says_that_it_cannot_tell(tmp_path: Path) -> None:
    section = section_of(tmp_path, lambda _: {"held_out": {}})

    assert "over-tuning cannot be seen here" in said(section)
    assert [one.name for one in section.tables[0].columns] == ["Strategy", "Repeated"]


def test_who_leads_by_noisy_values_alone_is_named(tmp_path: Path) -> None:
    def noisy(row: Row) -> Row:
        seen, true = {"random": (1.0, 3.0), "gp": (2.0, 2.5)}[row["strategy"]]
        return {"losses": [seen], "extras": {"noise_free score": true}}

    section = section_of(tmp_path, noisy)

    assert column(section, "Rank by noisy value") == {"random": 1.0, "gp": 2.0}
    assert column(section, "Rank by true value") == {"random": 2.0, "gp": 1.0}
    assert "By the values with noise random ranks first; by those without, gp." in said(section)


def crossing(row: Row) -> Row:
    """After a quarter of eight trials random is ahead, at the end gp is, on every seed by another margin."""
    ends = {"random": (1.0, 0.9), "gp": (2.0, 0.1)}[row["strategy"]]
    return {"losses": [ends[row["trial"] >= 4] + 0.01 * ((row["seed"] + row["study"]) % 5)]}


def test_a_change_of_order_that_the_seeds_show_is_told(tmp_path: Path) -> None:
    section = section_of(tmp_path, crossing, trials=8, seeds=9)

    assert column(section, "Overtakes") == {"random": 0, "gp": 1}
    assert column(section, "Is overtaken") == {"random": 1, "gp": 0}
    assert "one: random is ahead early, gp at the end (p = " in said(section)


def test_a_change_of_order_that_few_seeds_show_is_within_luck(tmp_path: Path) -> None:
    section = section_of(tmp_path, crossing, trials=8, seeds=3)

    assert "Overtakes" not in [one.name for one in section.tables[0].columns]
    assert "changes between a quarter of the budget and its end, within luck, in 1 pair on 1 task" in said(section)


def test_an_order_that_never_changes_is_told(tmp_path: Path) -> None:
    section = section_of(tmp_path, lambda row: {"losses": [{"random": 2.0, "gp": 1.0}[row["strategy"]]]})

    assert "On no task does the order of the medians change" in said(section)


def test_repeated_proposals_are_told(tmp_path: Path) -> None:
    def stuck(row: Row) -> Row:
        return {"configuration": '{"x":0.5}'} if row["strategy"] == "gp" else {}

    assert column(section_of(tmp_path, stuck, trials=4), "Repeated") == {"random": 0.0, "gp": 0.75}


def test_a_store_without_trials_has_no_section(tmp_path: Path) -> None:
    run = write_example_run(tmp_path, tasks=("one",), strategies=("random",), skipped=[("random", "one")])

    assert honesty.section(open_store(run)) is None
