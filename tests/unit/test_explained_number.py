"""Where a number of the report is written, and what is behind it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from example_store import write_example_run

from results.errors import ResultsError
from results.explained_number import explain_number
from results.items import Chart, Column, Heading, Item, Listing, Note, Panels, Points, Table, Text
from results.render.cells import write_cell
from results.report import Report, Section, build_report
from results.store import Store, open_store
from results.written_numbers import Place, WrittenNumber, places_of, read_number


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return open_store(write_example_run(tmp_path_factory.mktemp("runs") / "example", failures=0.25))


def score(store: Store, strategy: str) -> str:
    """As the leaderboard writes it."""
    (table,) = build_report(store).section("leaderboard").tables
    return write_cell(next(row[1] for row in table.rows if row[0] == strategy), table.columns[1])


def told(sections: tuple[Section, ...], section: str) -> list[str]:
    """The places in this section of the report."""
    made = next(one for one in sections if one.id == f"explain-{section}")
    return list(next(item.texts for item in made.items if isinstance(item, Points)))


def found(number: str, *items: Item) -> list[Place]:
    asked = read_number(number)
    assert asked is not None
    return list(places_of(Report("all", (Section("part", "Part", items),)), asked))


def test_a_score_is_found_in_its_row_with_the_trials_of_its_strategy(store: Store) -> None:
    outcomes, studies = store.outcomes, store.studies
    of_tpe = outcomes[outcomes["position"].isin(studies.index[studies["strategy"] == "tpe"])]
    compared = int((of_tpe["status"] == "ok").sum())
    place = "Table \u201cStrategies over all tasks, best first\u201d, row tpe, column Score: "
    trials = f"96 trials of tpe on branin and digits, seeds 0 to 3; {compared} with a value."
    assert told(explain_number(store, score(store, "tpe")), "leaderboard")[0] == place + trials


def test_what_a_column_means_and_what_the_section_says_stand_below(store: Store) -> None:
    sections = explain_number(store, score(store, "tpe"))
    items = next(one.items for one in sections if one.id == "explain-leaderboard")
    meanings = [text for item in items if isinstance(item, Points) for text in item.texts]
    assert any(text.startswith("LeaderboardRow.score: Interquartile mean") for text in meanings)
    assert any(isinstance(item, Text) and item.text.startswith("Score: 0 is one typical") for item in items)
    assert Text("All formulas and sources: --explain leaderboard.") in items


def test_a_number_of_the_verdict_comes_with_the_formulas_of_the_verdict(store: Store) -> None:
    leader = str(build_report(store).section("leaderboard").tables[0].rows[0][0])
    sections = explain_number(store, score(store, leader))
    assert Heading("results.analysis.verdict") in sections[0].items
    assert f"{leader} has the highest score" in told(sections, "verdict")[0]


def test_a_number_of_one_task_counts_the_trials_of_this_task(tmp_path: Path) -> None:
    store = open_store(write_example_run(tmp_path / "run", failures=0.0, skipped=[("gp", "digits")]))
    (panels,) = (item for item in build_report(store).section("best-so-far").items if isinstance(item, Panels))
    table = panels.charts[0].data
    median = write_cell(next(row[3] for row in table.rows if row[:2] == ("tpe", 12)), table.columns[3])
    places = told(explain_number(store, median), "best-so-far")
    assert any("row tpe, column Median: 48 trials of tpe on branin, seeds 0 to 3" in place for place in places)


@pytest.mark.parametrize("number", ["bayes", "3.11.7", "tpe2", "", "1 2", "--1"])
def test_what_is_no_number_is_refused_in_one_line(store: Store, number: str) -> None:
    with pytest.raises(ResultsError, match="is no number as a page shows one") as error:
        explain_number(store, number)
    assert "\n" not in str(error.value)


def test_a_number_that_is_not_in_the_report_is_told_in_one_line(store: Store) -> None:
    with pytest.raises(ResultsError, match="is written nowhere in this report; give a number with") as error:
        explain_number(store, "123456.789")
    assert "\n" not in str(error.value)


def test_of_a_common_number_some_places_are_told_and_the_rest_is_counted(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = told(explain_number(store, "0"), "aggregates")
    monkeypatch.setattr("results.explained_number.MOST_PLACES", 2)
    cut = explain_number(store, "0")
    assert told(cut, "aggregates") == whole[:2]
    note = Note(f"And in {len(whole) - 2} more places of this section.")
    assert note in next(one.items for one in cut if one.id == "explain-aggregates")


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("0.83", "0.83", ""),
        ("95 %", "95", "%"),
        ("95%", "95", "%"),
        ("\u22120.5", "-0.5", ""),
        ("-0.5", "-0.5", ""),
        ("12\u202f345", "12345", ""),
        ("12,345", "12345", ""),
        ("12 345", "12345", ""),
        ("1.23e\u221205", "0.0000123", ""),
        ("< 0.001", "0.001", ""),
        ("1.2\u202fms", "1.2", "ms"),
    ],
)
def test_a_number_is_read_as_people_and_pages_write_it(text: str, value: str, unit: str) -> None:
    assert read_number(text) == WrittenNumber(Decimal(value), unit)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("0.83", "a score of 0.830, or so"),
        ("0.83", "It is 0.83."),
        ("95", "in 95% of them"),
        ("95 %", "(95%: 1 to 2)"),
        ("0.5", "of \u22120.5 and 0.5"),
        ("1234", "more than 1,234 seeds"),
        ("3", "F(3, 12) = 4"),
        ("0.001", "(p < 0.001)"),
    ],
)
def test_a_number_in_a_sentence_is_found(number: str, text: str) -> None:
    assert [place.where for place in found(number, Text(text))] == [text]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("0.83", "0.831"),
        ("6", "hartmann6 and 6.5"),
        ("3.11", "Python 3.11.7"),
        ("0.5", "\u22120.5"),
        ("95%", "95 seeds, 95 ms"),
        ("234", "1,234"),
    ],
)
def test_a_part_of_another_number_or_of_a_name_is_not_found(number: str, text: str) -> None:
    assert found(number, Text(text)) == []


def test_the_ends_of_an_interval_are_told_with_what_they_belong_to() -> None:
    columns = (Column("Strategy"), Column("Score", "number"), Column("95% from", "number"), Column("to", "number"))
    table = Table("Scores", columns, (("tpe", 0.5, 0.25, 0.75),))
    assert [(place.row, place.column) for place in found("0.75", table)] == [("tpe", "Score, 95% to")]
    assert [(place.row, place.column) for place in found("0.25", table)] == [("tpe", "Score, 95% from")]


def test_the_numbers_of_a_chart_are_found_and_those_of_a_file_are_not() -> None:
    table = Table("Costs", (Column("Strategy"), Column("Share", "percent", 0)), (("tpe", 0.18),))
    chart = Chart("What it cost", "Bars.", dict, table, task="branin")
    (place,) = found("18%", chart, Listing("suite.toml", "seeds = 18%"))
    assert (place.where, place.column, place.names) == ("Costs", "Share", ("tpe", "Share", "Costs", "branin"))


def test_a_word_that_is_also_a_name_of_a_strategy_names_none(store: Store) -> None:
    (place,) = [text for text in told(explain_number(store, "0"), "leaderboard") if "typical random trial" in text]
    assert (
        f"{len(store.outcomes)} trials of {' and '.join(store.strategies) if len(store.strategies) == 2 else 'all'}"
        in place
    )


def test_the_caption_says_whose_numbers_they_are_too() -> None:
    table = Table("How often gp ends above", (Column("Against"), Column("Probability")), (("tpe", 0.71),))
    (place,) = found("0.71", table)
    assert {"tpe", "How often gp ends above"} <= set(place.names)


@pytest.mark.parametrize("text", ["1e9999999999999999999", "1E-9999999999999999999"])
def test_an_exponent_that_no_number_has_makes_none(text: str) -> None:
    assert read_number(text) is None
    assert not found("5", Text(f"It is {text}."))
