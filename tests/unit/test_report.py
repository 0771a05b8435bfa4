"""The report as data: which sections it has, and what they say of a store with little in it."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest
from example_store import write_example_run

from results import sections
from results.analysis.curves import TaskCurves
from results.errors import ResultsError
from results.items import Chart, Column, Note, Panels, Points, Table, Text
from results.report import Report, Section, build_report
from results.sections.quartiles import limits_of, quartiles_of, spans_magnitudes
from results.store import Store, open_store

ALL = [
    *("verdict", "leaderboard", "aggregates", "best-so-far", "run-length", "ranks", "sure-enough", "significance"),
    *("held-out", "honesty", "cost", "trial-cost", "failures", "setup"),
]


def report_of(folder: Path, **changes: object) -> Report:
    return build_report(open_store(write_example_run(folder / "run", **changes)))


def notes(report: Report, section: str) -> str:
    return " ".join(item.text for item in report.section(section).items if isinstance(item, Note))


def test_the_sections_come_in_page_order_with_the_verdict_first(tmp_path: Path) -> None:
    assert [section.id for section in report_of(tmp_path).sections] == ALL


def test_the_verdict_names_the_leader_of_the_leaderboard(tmp_path: Path) -> None:
    report = report_of(tmp_path, trials=30)
    leader = report.section("leaderboard").tables[0].rows[0][0]
    (verdict,) = (item for item in report.section("verdict").items if isinstance(item, Points))
    assert str(leader) in verdict.texts[0]


def test_the_leaderboard_has_one_row_a_strategy_best_first(tmp_path: Path) -> None:
    (table,) = report_of(tmp_path).section("leaderboard").tables
    scores = [row[1] for row in table.rows if isinstance(row[1], float)]
    assert sorted(str(row[0]) for row in table.rows) == ["gp", "random", "tpe"]
    assert scores == sorted(scores, reverse=True)


def test_a_strategy_that_broke_its_contract_is_named_beside_the_leaderboard(tmp_path: Path) -> None:
    said = notes(report_of(tmp_path, broken=("gp",)), "leaderboard")
    assert said.endswith("with what they had found by then: gp (8).")
    assert "contract" not in notes(report_of(tmp_path / "whole"), "leaderboard")


def test_the_leaderboard_says_that_several_objectives_are_compared_by_hypervolume(tmp_path: Path) -> None:
    said = notes(report_of(tmp_path, objectives=("score", "size")), "leaderboard")
    assert said.startswith("With several objectives it is the hypervolume that is compared")
    assert said.endswith(": branin, digits.")
    assert "objectives" not in notes(report_of(tmp_path / "one"), "leaderboard")


def test_there_is_one_curve_chart_a_task_that_says_what_is_better(tmp_path: Path) -> None:
    (panels,) = (item for item in report_of(tmp_path).section("best-so-far").items if isinstance(item, Panels))
    assert [chart.caption for chart in panels.charts] == ["branin (lower is better)", "digits (higher is better)"]


def test_curves_are_in_the_own_direction_of_the_task(tmp_path: Path) -> None:
    (panels,) = (item for item in report_of(tmp_path).section("best-so-far").items if isinstance(item, Panels))
    random = [float(row[3] or 0) for row in panels.charts[1].data.rows if row[0] == "random"]
    assert random == sorted(random)
    assert random[0] > 0


@pytest.mark.parametrize(
    ("late", "is_logarithmic", "limits"),
    [(0.9, False, None), (0.1, False, (0.1, 0.11)), (0.001, True, None)],
    ids=["whole", "cut after a tenth", "logarithmic"],
)
def test_early_values_do_not_dwarf_late_ones(
    late: float, *, is_logarithmic: bool, limits: tuple[float, float] | None
) -> None:
    losses = np.full((1, 1, 20), late)
    losses[0, 0, :2], losses[0, 0, 2:5] = 1.0, late * 1.1
    curve = TaskCurves("task", "loss", "minimize", ("random",), (0,), losses, np.ones((1, 1), dtype=np.bool_))
    quartiles = quartiles_of(curve.values, curve.ran)
    assert spans_magnitudes(quartiles) is is_logarithmic
    assert limits_of(quartiles) == (pytest.approx(limits) if limits else None)


def test_a_median_waits_until_half_of_the_seeds_have_succeeded() -> None:
    losses = np.array([[[np.nan, np.nan, 3.0], [np.nan, 2.0, 2.0], [1.0, 1.0, 1.0], [np.nan] * 3]])
    curve = TaskCurves("task", "loss", "minimize", ("random",), (0, 1, 2, 3), losses, np.ones((1, 4), dtype=np.bool_))
    _, median, _ = quartiles_of(curve.values, curve.ran)
    assert np.isnan(median[0, 0])
    assert median[0, 1:].tolist() == [1.5, 2.0]


def test_a_run_that_goes_on_is_marked(tmp_path: Path) -> None:
    assert "Not finished" in notes(report_of(tmp_path, state="running"), "verdict")


def test_few_tasks_are_said_to_give_little_power(tmp_path: Path) -> None:
    assert "little power" in notes(report_of(tmp_path), "significance")


def test_one_task_is_tested_over_seeds_and_said_to_say_nothing_of_others(tmp_path: Path) -> None:
    assert "One task only" in notes(report_of(tmp_path, tasks=("branin",)), "significance")


def test_a_strategy_without_a_result_on_a_task_is_named_as_left_out(tmp_path: Path) -> None:
    report = report_of(tmp_path, skipped=(("gp", "branin"),))
    assert "each of the tasks: gp" in notes(report, "significance")
    assert {row[0] for row in report.section("significance").tables[0].rows} == {"random"}


def test_skipped_studies_are_listed_once_with_their_seeds_and_reason(tmp_path: Path) -> None:
    table = report_of(tmp_path, skipped=(("gp", "branin"),), failures=0.0).section("failures").tables[0]
    assert table.rows == (("gp", "branin", "0, 1, 2, 3", "skipped", "gp does not support branin"),)


def test_failed_trials_are_counted_by_kind_with_an_example(tmp_path: Path) -> None:
    table = report_of(tmp_path, failures=1.0, strategies=("random",), tasks=("branin",)).section("failures").tables[0]
    assert sum(int(row[3] or 0) for row in table.rows) == 4 * 12
    assert all(row[5] == f"it ended in {row[2]}" for row in table.rows)


def test_a_store_without_failures_says_so(tmp_path: Path) -> None:
    assert report_of(tmp_path, failures=0.0).section("failures").items == (
        Text("No trial failed, and every study ran to its end."),
    )


def test_a_mean_rank_over_fewer_tasks_is_said_to_be_one(tmp_path: Path) -> None:
    assert notes(report_of(tmp_path, skipped=[("gp", "digits")]), "ranks").endswith("did not run on all: gp.")
    assert notes(report_of(tmp_path / "whole"), "ranks") == ""


def test_one_strategy_has_neither_ranks_nor_tests(tmp_path: Path) -> None:
    report = report_of(tmp_path, strategies=("random",))
    assert "need two strategies" in notes(report, "ranks")
    assert "need two strategies" in notes(report, "significance")


def test_one_seed_is_said_to_hide_luck(tmp_path: Path) -> None:
    assert "One seed only" in notes(report_of(tmp_path, seeds=1), "best-so-far")


def test_a_store_where_everything_failed_has_nothing_to_compare(tmp_path: Path) -> None:
    report = report_of(tmp_path, failures=1.0)
    assert all("succeeded" in notes(report, section) for section in ("best-so-far", "ranks", "significance"))


def test_a_section_with_nothing_to_show_keeps_its_title(tmp_path: Path) -> None:
    whole = {section.id: section.title for section in report_of(tmp_path / "whole").sections}
    empty = report_of(tmp_path / "empty", failures=1.0)
    mute = {section.id: section.title for section in empty.sections if "Nothing to show" in notes(empty, section.id)}
    assert {"run-length", "significance", "trial-cost"} <= mute.keys()
    assert mute == {name: whole[name] for name in mute}


def test_a_plug_in_with_nothing_to_show_has_the_title_that_its_module_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [
        "from results.errors import NothingToCompare",
        "def build(store):",
        '    raise NothingToCompare("all is well")',
    ]
    (tmp_path / "untitled_section.py").write_text("\n".join(lines))
    (tmp_path / "titled_section.py").write_text("\n".join(['TITLE = "Any blunders?"', *lines]))
    monkeypatch.syspath_prepend(tmp_path)
    for module, title in (("titled_section", "Any blunders?"), ("untitled_section", "My blunders")):
        provide(monkeypatch, "my-blunders", f"{module}:build")
        assert report_of(tmp_path / module).section("my-blunders").title == title


def test_a_store_without_any_trial_still_gives_a_report(tmp_path: Path) -> None:
    report = report_of(tmp_path, strategies=("random",), tasks=("branin",), skipped=(("random", "branin"),))
    assert "no trial was run" in notes(report, "cost")


def test_the_setup_shows_the_suite_as_it_was_run(tmp_path: Path) -> None:
    texts = [getattr(item, "text", "") for item in report_of(tmp_path, name="nightly").section("setup").items]
    assert 'name = "nightly"\n' in texts


def test_the_setup_lists_only_plug_ins_with_source_files_of_their_own(tmp_path: Path) -> None:
    run = write_example_run(tmp_path / "run")
    facts = json.loads((run / "run.json").read_text(encoding="utf-8"))
    facts["plugins"].append({"kind": "task", "name": "branin", "reference": "branin", "sha256": None})
    (run / "run.json").write_text(json.dumps(facts), encoding="utf-8")
    table = build_report(open_store(run)).section("setup").tables[-1]
    assert table.rows == (("strategy", "random", "example:Random", "000000000000"),)


def test_a_plug_in_adds_a_section_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    provide(monkeypatch, "greeting", f"{__name__}:greet")
    assert report_of(tmp_path).sections[-1] == Section("greeting", "Greeting", (Text("3 strategies"),))


def test_a_plug_in_replaces_a_built_in_section_in_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    provide(monkeypatch, "ranks", f"{__name__}:greet")
    assert report_of(tmp_path).sections[ALL.index("ranks")].id == "greeting"


@pytest.mark.parametrize("target", ["no.such.module:section", f"{__name__}:absent", "no-function"])
def test_a_broken_plug_in_is_shown_with_its_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str) -> None:
    provide(monkeypatch, "broken", target)
    report = report_of(tmp_path)
    assert [section.id for section in report.sections] == [*ALL, "broken"]
    assert f"section 'broken' ({target}) cannot be loaded" in notes(report, "broken")


def test_an_unknown_section_is_refused_with_the_known_ones() -> None:
    report = Report("title", (Section("verdict", "Verdict", ()),))
    with pytest.raises(ResultsError, match="no section called 'verdicts' in this report; known: verdict"):
        report.section("verdicts")


def test_a_row_that_does_not_fit_its_columns_is_refused() -> None:
    with pytest.raises(ResultsError, match="a row of 2 cells under 1 columns"):
        Table("caption", (Column("one"),), (("a", "b"),))


def test_every_chart_comes_with_its_data_and_a_description(tmp_path: Path) -> None:
    items = [item for section in report_of(tmp_path).sections for item in section.items]
    charts = [item for item in items if isinstance(item, Chart)]
    charts += [chart for item in items if isinstance(item, Panels) for chart in item.charts]
    assert len(charts) >= 12
    assert all(chart.data.rows and chart.description for chart in charts)


def test_building_and_printing_a_report_needs_no_plotting_library(tmp_path: Path) -> None:
    run = write_example_run(tmp_path / "run")
    script = (
        "import sys; from rich.console import Console; from results.report import build_report; "
        "from results.store import open_store; from results.render import render; "
        "from results.render.terminal import render_terminal; "
        f"report = build_report(open_store({str(run)!r})); render_terminal(report, Console()); "
        "[render(report, name) for name in ('md', 'csv', 'latex')]; "
        "sys.exit(bool({'altair', 'vl_convert', 'jinja2'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr


def greet(store: Store) -> Section:
    return Section("greeting", "Greeting", (Text(f"{len(store.strategies)} strategies"),))


def provide(monkeypatch: pytest.MonkeyPatch, name: str, target: str) -> None:
    """Have the installed packages provide a section."""
    point = EntryPoint(name, target, sections.ENTRY_POINTS)
    monkeypatch.setattr(sections, "entry_points", lambda group: [point] if group == sections.ENTRY_POINTS else [])
