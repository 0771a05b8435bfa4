"""What the winners teach, in the report: task by task, in every format, with damage told and the rest shown."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from example_store import write_example_run
from rich.console import Console

from results.charts.plain import Axes, lines
from results.exhibits import SEVERAL_OBJECTIVES, Exhibit, StoredExhibits, stored_to_json
from results.items import Column, Gallery, Heading, Item, Note, Table, Text
from results.pictures import picture
from results.render import render
from results.render.terminal import render_terminal
from results.report import Report, Section, build_report
from results.store import open_store

TABLE = Table("Losses", (Column("Epoch", "integer"), Column("Loss", "number")), ((1, 0.5), (2, 0.25)))
PICTURE = picture("A seven", "a handwritten seven", np.eye(4, dtype=np.uint8), width=40)
EXHIBIT = Exhibit(
    "curve",
    "How it learns",
    (
        Text("The loss falls."),
        lines("Loss by epoch", "a falling line", TABLE, Axes("Epoch", "Loss")),
        Heading("Mistakes"),
        Gallery("Two of them", (PICTURE, PICTURE)),
    ),
)


def write_run(folder: Path, *tasks: str, exhibit: Exhibit = EXHIBIT, **changes: object) -> Path:
    """A run whose exhibits, in files that are not in the order of its tasks, are those of these tasks."""
    run = write_example_run(folder, **changes)
    (run / "exhibits").mkdir()
    for place, task in enumerate(tasks):
        study = 12 * ("branin", "digits").index(task) + 5
        values: dict[str, float | None] = {"score": 0.1}
        stored = StoredExhibits(
            "",
            task,
            "tpe",
            1,
            study,
            7,
            {"x": 0.123456789, "depth": 3, "fast": True, "shift": -2.5},
            values,
            {"test": 0.2},
            (exhibit,),
        )
        (run / "exhibits" / f"{place}.json").write_text(stored_to_json(stored), encoding="utf-8")
    return run


def section_of(*runs: Path) -> Section:
    return build_report(open_store(*runs)).section("exhibits")


def headings(items: tuple[Item, ...]) -> list[tuple[int, str]]:
    return [(item.level, item.text) for item in items if isinstance(item, Heading)]


def test_a_run_without_exhibits_has_no_such_section(tmp_path: Path) -> None:
    run = write_example_run(tmp_path / "run")
    assert "exhibits" not in [section.id for section in build_report(open_store(run)).sections]


def test_the_section_stands_right_before_how_it_was_run(tmp_path: Path) -> None:
    ids = [section.id for section in build_report(open_store(write_run(tmp_path / "run", "branin"))).sections]
    assert ids[-3:] == ["failures", "exhibits", "setup"]


def test_tasks_come_in_the_order_of_the_store_with_exhibits_under_them(tmp_path: Path) -> None:
    section = section_of(write_run(tmp_path / "run", "digits", "branin"))
    assert section.title == "What the winners teach"
    assert headings(section.items) == [
        (3, "branin: the best configuration, by tpe"),
        (4, "How it learns"),
        (5, "Mistakes"),
        (3, "digits: the best configuration, by tpe"),
        (4, "How it learns"),
        (5, "Mistakes"),
    ]


def test_the_configuration_and_its_values_are_shown_as_tables(tmp_path: Path) -> None:
    settings, values = section_of(write_run(tmp_path / "run", "branin")).tables
    assert settings.caption == "The configuration: trial 7 of seed 1"
    assert settings.rows == (("depth", "3"), ("fast", "true"), ("shift", "\u22122.5"), ("x", "0.123457"))
    assert values.rows == (("score", 0.1, None), ("test", None, 0.2))


def test_of_several_objectives_the_page_says_which_trial_is_shown(tmp_path: Path) -> None:
    several = section_of(write_run(tmp_path / "run", "branin", objectives=("score", "size")))
    assert (3, "branin: a balanced configuration, by tpe") in headings(several.items)
    assert Text(SEVERAL_OBJECTIVES) in several.items
    assert Text(SEVERAL_OBJECTIVES) not in section_of(write_run(tmp_path / "one", "branin")).items


def test_with_several_runs_the_run_is_named(tmp_path: Path) -> None:
    first = write_run(tmp_path / "a", "branin", name="a")
    second = write_run(tmp_path / "b", "branin", name="b", seed=7)
    found = [text for level, text in headings(section_of(first, second).items) if level == 3]
    assert found == [
        "branin: the best configuration in run a, by tpe",
        "branin: the best configuration in run b, by tpe",
    ]


def test_a_damaged_file_is_told_and_the_others_are_shown(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", "branin")
    (run / "exhibits" / "torn.json").write_text('{"format":1', encoding="utf-8")
    section = section_of(run)
    (note,) = (item for item in section.items if isinstance(item, Note))
    assert note.text.startswith(f"Not shown: {run / 'exhibits' / 'torn.json'} is damaged: ")
    assert (4, "How it learns") in headings(section.items)


def test_damaged_files_alone_are_told_too(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run")
    (run / "exhibits" / "torn.json").write_text("", encoding="utf-8")
    assert any(isinstance(item, Note) for item in section_of(run).items)


def test_a_task_with_nothing_to_show_has_no_heading(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", "branin")
    stored = StoredExhibits("", "digits", "tpe", 1, 17, 0, {}, {}, {}, ())
    (run / "exhibits" / "1.json").write_text(stored_to_json(stored), encoding="utf-8")
    assert not any("digits" in text for _, text in headings(section_of(run).items))


@pytest.fixture
def report(tmp_path: Path) -> Report:
    return build_report(open_store(write_run(tmp_path / "run", "branin")))


def test_the_page_shows_charts_and_pictures_of_exhibits(report: Report) -> None:
    text = render(report, "html")
    assert "<h3>branin: the best configuration, by tpe</h3>" in text
    assert "<h4>How it learns</h4>" in text
    assert "<h5>Mistakes</h5>" in text
    assert text.count('<img src="data:image/png;base64,') == 2
    assert "a falling line</desc>" in text


def test_the_page_is_the_same_each_time(report: Report) -> None:
    assert render(report, "html") == render(report, "html")


def test_markdown_has_headings_and_names_what_only_the_page_shows(report: Report) -> None:
    text = render(report, "md")
    assert "### branin: the best configuration, by tpe\n" in text
    assert "#### How it learns\n\nThe loss falls.\n" in text
    assert "##### Mistakes\n" in text
    assert "*2 pictures in the HTML report: Two of them*" in text


def test_the_tables_reach_latex_and_csv(report: Report) -> None:
    from results.render.spreadsheet import render_csv

    assert r"\caption{The configuration: trial 7 of seed 1}" in render(report, "latex")
    assert render_csv(report, "exhibits").splitlines()[:2] == ["parameter,value", "depth,3"]


def test_a_terminal_shows_exhibits_only_where_it_is_asked_for_everything(report: Report) -> None:
    def printed(**options: None) -> str:
        console = Console(width=120, file=io.StringIO(), force_terminal=False)
        render_terminal(report, console, **options)
        assert isinstance(console.file, io.StringIO)
        return console.file.getvalue()

    assert "How it learns" not in printed()
    whole = printed(shown=None)
    assert whole.index("best configuration, by tpe") < whole.index("How it learns") < whole.index("Mistakes")
    assert "In the HTML report: Loss by epoch" in whole
    assert "In the HTML report: Two of them" in whole
