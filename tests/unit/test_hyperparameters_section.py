"""What the report says of hyperparameters."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from example_store import write_example_run
from parameters_under_test import write_trials_of

from results.analysis.importance import Importance
from results.items import Chart, Heading, Note, Panels
from results.render.compiled import compile_chart
from results.report import Section
from results.sections import hyperparameters
from results.store import open_store
from tuner import Categorical, Condition, Float, Integer, SearchSpace

SPACE = SearchSpace(
    {"rate": Float(1e-4, 1.0, log=True), "kind": Categorical(("plain", "deep")), "layers": Integer(1, 4)},
    (Condition("layers", "kind", ("deep",)),),
)


def loss(configuration: Mapping[str, Any]) -> float:
    return float(configuration["rate"]) + (0.5 if configuration["kind"] == "plain" else 0.0)


def section_of(folder: Path, **changes: Any) -> Section:
    section = hyperparameters.section(open_store(write_trials_of(folder, SPACE, loss, **changes)))
    assert section is not None
    return section


def charts_of(section: Section) -> list[Chart]:
    panels = [item for item in section.items if isinstance(item, Panels)]
    return [chart for panel in panels for chart in panel.charts] + [i for i in section.items if isinstance(i, Chart)]


def notes_of(section: Section) -> str:
    return " ".join(item.text for item in section.items if isinstance(item, Note))


def test_the_table_has_the_most_important_parameter_first(tmp_path: Path) -> None:
    table = section_of(tmp_path).tables[0]

    assert [column.name for column in table.columns[:2]] == ["Task", "Parameter"]
    assert {row[1] for row in table.rows[:2]} == {"rate", "kind"}
    assert table.rows[0][2] == "0.0001 to 1, log"


def test_a_parameter_that_one_of_the_two_importances_misses_is_not_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {"rate": (0.6, 0.1), "kind": (0.1, 0.4), "layers": (0.3, float("nan"))}
    told = tuple(Importance("one", name, *pair) for name, pair in known.items())
    monkeypatch.setattr(hyperparameters, "importances", lambda trials: told)
    section = section_of(tmp_path)

    assert [row[1] for row in section.tables[0].rows] == ["rate", "kind", "layers"]
    assert [chart.caption for chart in charts_of(section)[:2]] == ["rate", "kind"]


def test_parallel_coordinates_say_how_many_trials_and_parameters_are_not_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = charts_of(section_of(tmp_path / "a"))[-1].caption
    monkeypatch.setattr(hyperparameters, "MOST_AXES", 2)
    part = charts_of(section_of(tmp_path / "b", trials=800))[-1].caption

    assert "succeeded, 20 lines, each through its places in the ranges of the parameters." in whole
    assert "60 of 160 lines, drawn by lot, each through its places in the ranges of 2 of the 3 parameters." in part


def test_every_chart_can_be_drawn(tmp_path: Path) -> None:
    charts = charts_of(section_of(tmp_path, strategies=("random", "gp")))

    assert len(charts) == 4
    for chart in charts:
        assert compile_chart(chart.specification())["marks"]
        assert chart.data.rows


def test_parallel_coordinates_hold_the_best_tenth_and_at_most_sixty(tmp_path: Path) -> None:
    few, many = charts_of(section_of(tmp_path / "a"))[-1], charts_of(section_of(tmp_path / "b", trials=800))[-1]

    assert (len(few.data.rows), len(many.data.rows)) == (20, 60)


def test_only_the_first_tasks_have_charts_and_all_are_in_the_table(tmp_path: Path) -> None:
    tasks = tuple(f"task{number}" for number in range(8))
    section = section_of(tmp_path, tasks=tasks, seeds=1, trials=50)

    assert [item.text for item in section.items if isinstance(item, Heading)] == list(tasks[:6])
    assert {row[0] for row in section.tables[0].rows} == set(tasks)
    assert "Charts are shown for the first 6 tasks" in notes_of(section)


def test_conditions_and_samples_are_told(tmp_path: Path) -> None:
    notes = notes_of(section_of(tmp_path, trials=501))

    assert "fANOVA leaves them out: one." in notes
    assert "more than 1,000 successful trials" in notes


def test_without_optuna_there_are_charts_and_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    section = section_of(tmp_path)

    assert "No importances, since optuna is not installed" in notes_of(section)
    assert section.tables == ()
    assert len(charts_of(section)) == 4


def test_without_scikit_learn_there_is_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.ensemble", None)

    assert "No partial dependence, since the package sklearn" in notes_of(section_of(tmp_path))


def test_spaces_that_cannot_be_read_and_few_trials_give_no_section(tmp_path: Path) -> None:
    assert hyperparameters.section(open_store(write_example_run(tmp_path / "a", trials=100))) is None
    assert hyperparameters.section(open_store(write_trials_of(tmp_path / "b", SPACE, loss, trials=10))) is None


def test_the_same_store_gives_the_same_section(tmp_path: Path) -> None:
    store = open_store(write_trials_of(tmp_path, SPACE, loss))
    first, again = hyperparameters.section(store), hyperparameters.section(store)

    assert first is not None
    assert again is not None
    assert repr(first.tables) == repr(again.tables)
    assert repr([chart.data for chart in charts_of(first)]) == repr([chart.data for chart in charts_of(again)])
