"""What the report says of tasks with several objectives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from example_store import write_example_run
from stored_rows import change_rows

from results.errors import NothingToCompare
from results.items import Chart, Note, Panels, Table
from results.render import render
from results.report import Report, Section, build_report
from results.sections import curves, held_out, several_objectives
from results.store import Store, open_store

TWO = ("score", "size")


def store_of(folder: Path, **changes: Any) -> Store:
    return open_store(write_example_run(folder / "run", **({"objectives": TWO} | changes)))


def section_of(folder: Path, **changes: Any) -> Section:
    section = several_objectives.section(store_of(folder, **changes))
    assert section is not None
    return section


def mixed(folder: Path) -> Store:
    """Two objectives on `digits`, and one on `branin`."""
    run = write_example_run(folder / "run", objectives=TWO)
    alone = {"objectives": ["score"], "goals": ["minimize"]}
    return open_store(change_rows(run, study=lambda row: {} if row["task"] == "digits" else alone))


def notes(section: Section) -> str:
    return " ".join(item.text for item in section.items if isinstance(item, Note))


def panels(section: Section) -> list[Panels]:
    return [item for item in section.items if isinstance(item, Panels)]


def test_a_report_on_single_objectives_has_no_such_section(tmp_path: Path) -> None:
    assert several_objectives.section(store_of(tmp_path, objectives=("score",))) is None


def test_it_follows_the_best_so_far(tmp_path: Path) -> None:
    ids = [section.id for section in build_report(store_of(tmp_path, tasks=("branin",), seeds=2)).sections]
    assert ids.index("several-objectives") == ids.index("run-length") + 1


def test_the_table_has_a_row_for_each_strategy_that_ran_on_a_task(tmp_path: Path) -> None:
    table = section_of(tmp_path, skipped=[("gp", "digits")]).tables[0]
    assert [row[:2] for row in table.rows] == [
        *(("branin", name) for name in ("random", "tpe", "gp")),
        *(("digits", name) for name in ("random", "tpe")),
    ]
    assert all(0 < float(row[2] or 0) <= 1 for row in table.rows)


def test_few_seeds_are_said_to_have_no_small_p_value(tmp_path: Path) -> None:
    assert "With 4 seeds no p-value can be below 0.125" in notes(section_of(tmp_path / "few"))
    assert "p-value" not in notes(section_of(tmp_path / "more", seeds=6))


def test_without_random_the_table_has_no_test(tmp_path: Path) -> None:
    table = section_of(tmp_path, strategies=("tpe", "gp")).tables[0]
    assert [column.name for column in table.columns][-1] == "Seeds"
    assert "compared with random" not in table.caption


def test_there_are_curves_and_fronts_a_task(tmp_path: Path) -> None:
    lines, fronts = panels(section_of(tmp_path))
    assert [chart.caption for chart in lines.charts] == ["branin (higher is better)", "digits (higher is better)"]
    assert [chart.caption for chart in fronts.charts] == ["branin", "digits"]


def test_a_front_is_shown_in_the_values_as_measured(tmp_path: Path) -> None:
    chart = panels(section_of(tmp_path))[1].charts[1]
    assert [column.name for column in chart.data.columns] == ["Strategy", "Reached by", *TWO]
    assert all(0 <= float(cell or 0) <= 1 for row in chart.data.rows for cell in row[2:])
    assert "higher is better" in chart.description


def test_the_stairs_of_all_fronts_end_at_the_same_worst_values(tmp_path: Path) -> None:
    chart = panels(section_of(tmp_path))[1].charts[0]
    points = _points(chart)
    for name in ("random", "tpe", "gp"):
        mine = [point for point in points if point["strategy"] == name]
        assert mine[0]["y"] == max(float(row[3] or 0) for row in chart.data.rows)
        assert mine[-1]["x"] == max(float(row[2] or 0) for row in chart.data.rows)
        assert [point["corner"] for point in mine] == [0, *[1] * (len(mine) - 2), 0]


def test_the_table_of_fronts_has_what_each_share_of_the_seeds_reach(tmp_path: Path) -> None:
    chart = panels(section_of(tmp_path))[1].charts[0]
    assert list(dict.fromkeys(row[1] for row in chart.data.rows)) == [0.25, 0.5, 0.75]


@pytest.mark.parametrize("task", [0, 1], ids=["minimized", "maximized"])
def test_the_median_front_lies_within_the_band_of_its_strategy(tmp_path: Path, task: int) -> None:
    chart = panels(section_of(tmp_path, seeds=6))[1].charts[task]
    band = [point for point in _band(chart) if point["strategy"] == "gp"]
    assert band
    assert all((point["low"] <= point["high"]) == (task == 0) or point["low"] == point["high"] for point in band)
    for corner in (point for point in _points(chart) if point["strategy"] == "gp" and point["corner"]):
        (at,) = (point for point in _at(band, corner["x"], is_reversed=task == 1))
        assert min(at["low"], at["high"]) <= corner["y"] <= max(at["low"], at["high"])


def test_one_seed_has_no_band(tmp_path: Path) -> None:
    assert not _band(panels(section_of(tmp_path, seeds=1))[1].charts[0])


def test_strategies_without_a_median_front_are_named(tmp_path: Path) -> None:
    section = section_of(tmp_path, failures=0.9, trials=3, seeds=8, tasks=("branin",))
    assert "Without a median front, since in fewer than half of the seeds any trial succeeded: " in notes(section)


def test_fronts_of_three_objectives_are_named_as_not_drawn(tmp_path: Path) -> None:
    section = section_of(tmp_path, objectives=("a", "b", "c"), tasks=("branin",))
    assert "the fronts on branin" in notes(section)
    assert len(panels(section)) == 1


def test_the_reference_points_are_stated(tmp_path: Path) -> None:
    table = section_of(tmp_path).tables[-1]
    assert [row[:3] for row in table.rows] == [
        *(("branin", name, "lower") for name in TWO),
        *(("digits", name, "higher") for name in TWO),
    ]
    assert all(float(row[4] or 0) > float(row[3] or 0) for row in table.rows[:2])
    assert all(float(row[4] or 0) < float(row[3] or 0) for row in table.rows[2:])


def test_without_a_success_the_section_says_so(tmp_path: Path) -> None:
    with pytest.raises(NothingToCompare, match="no trial of a task with several objectives succeeded"):
        section_of(tmp_path, failures=1.0)


def test_best_so_far_names_the_tasks_that_are_shown_elsewhere(tmp_path: Path) -> None:
    best = curves.section(mixed(tmp_path))
    assert notes(best).endswith("by hypervolume: digits.")
    assert [chart.caption for chart in panels(best)[0].charts] == ["branin (lower is better)"]


def test_held_out_values_of_several_objectives_are_left_out_with_the_reason(tmp_path: Path) -> None:
    section = held_out.section(mixed(tmp_path))
    assert section is not None
    assert notes(section) == "Left out, since with several objectives no single trial is the best: digits."


@pytest.mark.parametrize("form", ["html", "md", "latex"])
def test_it_is_rendered_in_every_form(tmp_path: Path, form: str) -> None:
    report = Report("title", (section_of(tmp_path, tasks=("branin",), seeds=2),))
    assert "size" in render(report, form)


def _points(chart: Chart) -> list[dict[str, Any]]:
    specification: Any = chart.specification()
    found: list[dict[str, Any]] = next(rows for rows in specification["datasets"].values() if "place" in rows[0])
    return found


def _band(chart: Chart) -> list[dict[str, Any]]:
    specification: Any = chart.specification()
    return [row for rows in specification["datasets"].values() for row in rows if "low" in row]


def _at(band: list[dict[str, Any]], x: float, *, is_reversed: bool) -> list[dict[str, Any]]:
    """The step of a band that reaches x: the last one before it, seen from the better values."""
    before = [point for point in band if (point["x"] >= x if is_reversed else point["x"] <= x)]
    return sorted(before, key=lambda point: abs(point["x"] - x))[:1]


def test_its_tables_fit_their_columns(tmp_path: Path) -> None:
    assert all(isinstance(table, Table) and table.rows for table in section_of(tmp_path).tables)
