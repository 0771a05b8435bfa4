"""What the report says of how far strategies are apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from example_store import write_example_run

from results.errors import NothingToCompare
from results.items import Chart, Note, Table, Text
from results.render import render
from results.report import Report, Section
from results.sections import aggregates
from results.sections.leaderboard import section as leaderboard_section
from results.store import Store, open_store

ALIKE = "The interval holds 50%, so that could be luck."


def store_of(folder: Path, **changes: Any) -> Store:
    return open_store(write_example_run(folder / "run", **changes))


def section_of(folder: Path, **changes: Any) -> Section:
    return aggregates.section(store_of(folder, **changes))


def charts(section: Section) -> list[Chart]:
    return [item for item in section.items if isinstance(item, Chart)]


def words(section: Section, kind: type[Text | Note]) -> str:
    return " ".join(item.text for item in section.items if isinstance(item, kind))


def test_the_first_table_has_one_row_a_strategy_in_the_order_of_the_leaderboard(tmp_path: Path) -> None:
    store = store_of(tmp_path, seeds=6)
    table, board = aggregates.section(store).tables[0], leaderboard_section(store).tables[0]
    assert [row[0] for row in table.rows] == [row[0] for row in board.rows]
    assert [row[7:10] for row in table.rows] == [row[1:4] for row in board.rows]


def test_columns_have_a_name_for_programs_each(tmp_path: Path) -> None:
    for table in section_of(tmp_path).tables:
        fields = [column.field or column.name for column in table.columns]
        assert len(set(fields)) == len(fields)


def test_the_leader_is_set_against_each_other_strategy(tmp_path: Path) -> None:
    section = section_of(tmp_path, seeds=6, spread=4.0)
    rivals, effects = section.tables[1:]
    assert [row[0] for row in rivals.rows] == ["tpe", "random"]
    assert [row[:2] for row in effects.rows] == [
        (task, name) for task in ("branin", "digits") for name in ("tpe", "random")
    ]
    assert rivals.rows[1][5] == "large"
    assert charts(section)[0].data.rows[1][:2] == rivals.rows[1][:2]


def test_a_newcomer_is_told_what_the_probability_means(tmp_path: Path) -> None:
    told = words(section_of(tmp_path, seeds=6, spread=9.0), Text)
    assert "Pick one of the tasks, and on it one study of gp and one of tpe" in told
    assert "50% is a toss-up; a tie counts half." in told


def test_strategies_that_are_alike_are_said_to_be_perhaps_so(tmp_path: Path) -> None:
    assert ALIKE in words(section_of(tmp_path / "alike", spread=0.0, seeds=6), Text)
    apart = section_of(tmp_path / "apart", strategies=("random", "gp"), spread=9.0, seeds=10)
    assert ALIKE not in words(apart, Text)


def test_a_table_counts_the_tasks_on_which_the_leader_is_ahead(tmp_path: Path) -> None:
    rivals = section_of(tmp_path, strategies=("random", "gp"), spread=9.0, seeds=8).tables[1]
    assert rivals.rows[0][-3:] == (2, 0, 2)


def test_few_seeds_are_said_to_make_the_intervals_too_narrow(tmp_path: Path) -> None:
    assert "too narrow" in words(section_of(tmp_path / "few", seeds=4), Note)
    assert "too narrow" not in words(section_of(tmp_path / "enough", seeds=5), Note)


def test_one_seed_is_said_to_give_no_interval(tmp_path: Path) -> None:
    section = section_of(tmp_path, seeds=1)
    assert "One seed only: there are no intervals" in words(section, Note)
    assert "interval" not in words(section, Text).partition("Pick one")[2].partition("How many")[0]


def test_strategies_on_fewer_tasks_are_named_and_not_set_against_the_leader(tmp_path: Path) -> None:
    section = section_of(tmp_path, skipped=[("gp", "digits")], seeds=5)
    assert "gp (1 of 2)" in words(section, Note)
    assert all(row[0] != "gp" for row in section.tables[1].rows)


def test_strategies_that_ran_nowhere_are_said_to_have_not_run(tmp_path: Path) -> None:
    section = section_of(tmp_path, tasks=("branin",), skipped=[("gp", "branin")])
    assert "Did not run on any task, so left out: gp." in words(section, Note)
    assert "Without any result" not in words(section, Note)
    assert [row[0] for row in section.tables[0].rows] == ["tpe", "random"]


def test_strategies_on_as_many_but_other_tasks_are_not_set_against_the_leader(tmp_path: Path) -> None:
    skipped = [("gp", "digits"), ("tpe", "branin"), ("random", "branin")]
    section = section_of(tmp_path, skipped=skipped, seeds=5, spread=9.0)
    assert "Ran on other tasks, so its numbers do not compare with the others: gp (1)." in words(section, Note)
    assert [row[0] for row in section.tables[1].rows] == ["random"]


def test_a_strategy_alone_has_scores_and_a_profile_and_no_rivals(tmp_path: Path) -> None:
    section = section_of(tmp_path, strategies=("random",), seeds=5)
    assert len(section.tables) == 1
    assert [chart.caption.partition(":")[0] for chart in charts(section)] == ["Performance profiles"]


def test_the_probabilities_are_drawn_from_0_to_1_beside_the_line_of_a_toss_up(tmp_path: Path) -> None:
    specification: Any = charts(section_of(tmp_path, seeds=5, spread=4.0))[0].specification()
    toss_up, bar, _ = specification["layer"]
    assert specification["datasets"][toss_up["data"]["name"]] == [{"at": 0.5}]
    assert bar["encoding"]["x"]["scale"]["domain"] == [0, 1]
    assert bar["encoding"]["y"]["sort"] == ["tpe", "random"]


def test_the_profile_has_a_point_for_each_strategy_and_score(tmp_path: Path) -> None:
    chart = charts(section_of(tmp_path, seeds=5))[-1]
    points = _points(chart)
    assert len(points) == 3 * 101
    assert all(0.0 <= point["low"] <= point["share"] <= point["high"] <= 1.0 for point in points)
    assert len(chart.data.rows) == 3 * 11


def test_without_a_success_the_section_says_so(tmp_path: Path) -> None:
    with pytest.raises(NothingToCompare, match="no trial succeeded, so there is no score to sum up"):
        section_of(tmp_path, failures=1.0)


@pytest.mark.parametrize("form", ["html", "md", "latex"])
@pytest.mark.parametrize("seeds", [1, 5])
def test_it_is_rendered_in_every_form(tmp_path: Path, form: str, seeds: int) -> None:
    report = Report("title", (section_of(tmp_path, seeds=seeds),))
    text = render(report, form)
    assert "Optimality gap" in text
    assert "cannot be drawn" not in text


def test_the_same_store_gives_the_same_section(tmp_path: Path) -> None:
    store = store_of(tmp_path)
    first, second = (render(Report("title", (aggregates.section(store),)), "md") for _ in range(2))
    assert first == second


def test_every_table_has_rows(tmp_path: Path) -> None:
    assert all(isinstance(table, Table) and table.rows for table in section_of(tmp_path).tables)


def _points(chart: Chart) -> list[dict[str, Any]]:
    specification: Any = chart.specification()
    (points,) = specification["datasets"].values()
    found: list[dict[str, Any]] = points
    return found
