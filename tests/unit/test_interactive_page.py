"""What the page's script works with: charts as data, choices, and libraries that are what they were published as."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from example_store import write_example_run
from hatchling.builders.wheel import WheelBuilder

from results.charts.critical_difference import critical_difference
from results.charts.curve import ValueAxis, best_so_far
from results.charts.interval import scores_with_intervals
from results.charts.palette import Point
from results.charts.plain import Axes, Overlay, lines
from results.item_json import item_value, read_item
from results.items import Cell, Chart, Column, Key, Panels, Table
from results.json_object import JsonObject, canonical
from results.render import render
from results.render.compiled import compile_chart
from results.render.live import make_live
from results.render.scripts import embedded_json, page_scripts
from results.report import Report, Section, build_report
from results.store import open_store

ROOT = Path(__file__).parents[2]
RENDER = ROOT / "results" / "render"
NAMES = ("random", "tpe")
HOSTILE = "</script><script>alert(1)</script>"
PAGE_LIMIT = 2_000_000


def curve(names: tuple[str, ...] = NAMES, along: str = "trials", *, logarithmic: bool = False) -> dict[str, object]:
    points: list[Point] = [
        {"strategy": name, "trial": trial, "low": 1.0 / trial, "median": 10.0 / trial, "high": 100.0 / trial}
        for name in names
        for trial in range(1, 9)
    ]
    return dict(best_so_far(points, names, ValueAxis("error", logarithmic, along=along)))


def live(specification: dict[str, object]) -> Any:
    return make_live(compile_chart(specification), NAMES, ("branin",))


def filters(chart: Any) -> list[str]:
    return [step["expr"] for source in chart["vega"]["data"] for step in source.get("transform", ()) if "expr" in step]


def chart_over(axes: tuple[str, ...], task: str | None = None, names: tuple[str, ...] = NAMES) -> Chart:
    ways = {axis: partial(curve, names, axis) for axis in axes}
    return Chart("A chart", "Lines", partial(curve, names), Table("data", (), ()), task, ways if len(axes) > 1 else {})


def page_of(*items: Chart | Key | Table | Panels, names: tuple[str, ...] = NAMES) -> str:
    return render(Report("A report", (Section("part", "Part", items),), names, ("branin", "ackley")), "html")


def embedded(page: str) -> list[Any]:
    return [json.loads(text) for text in re.findall(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)]


class Elements(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


def attributes_of(page: str, tag: str, **wanted: str) -> list[dict[str, str]]:
    return [given for name, given in Elements(page).found if name == tag and wanted.items() <= given.items()]


def test_a_chart_leaves_out_the_rows_of_a_hidden_strategy() -> None:
    assert filters(live(curve()))[0] == "indexof(hidden_strategies, datum['strategy']) < 0"


def test_a_field_that_holds_something_else_than_strategies_is_no_choice() -> None:
    assert not [step for step in filters(live(curve(("random", "stranger")))) if "hidden" in step]


def test_a_field_of_tasks_follows_the_tasks() -> None:
    values = [{"x": 1, "where": "branin"}]
    encoding = {"x": {"field": "x", "type": "quantitative"}, "y": {"field": "where", "type": "nominal"}}
    chart = live({"data": {"values": values}, "mark": "point", "encoding": encoding})
    assert filters(chart)[0] == "indexof(hidden_tasks, datum['where']) < 0"


def test_the_diagram_of_ranks_leaves_out_the_label_and_the_lead_line_of_a_hidden_strategy() -> None:
    ranks = [("random", 1.2), ("tpe", 1.8)]
    chart = live(dict(critical_difference(ranks, [], 0.5)))
    hidden = [source for source in chart["vega"]["data"] if "hidden_strategies" in str(source.get("transform"))]
    labels = {
        cell for source in hidden if "rows" in source["values"] for row in source["values"]["rows"] for cell in row
    }
    assert {"random 1.20", "1.80 tpe"} <= labels


def test_the_colours_of_the_palette_become_those_of_the_page() -> None:
    chart = live(curve())["vega"]
    colours = next(scale["range"] for scale in chart["scales"] if scale["name"] == "color")
    assert colours == ["var(--series-0)", "var(--series-1)"]
    assert chart["config"]["axis"]["labelColor"] == "var(--muted)"


def test_a_name_that_looks_like_a_colour_of_the_palette_stays_a_name() -> None:
    values = live(curve(("#0072b2",)))["vega"]["data"][0]["values"]
    assert {row[values["fields"].index("strategy")] for row in values["rows"]} == {"#0072b2"}


def test_rows_that_do_not_agree_in_their_fields_stay_as_they_are() -> None:
    values = [{"x": 1, "y": 2}, {"x": 2}]
    encoding = {"x": {"field": "x", "type": "quantitative"}, "y": {"field": "y", "type": "quantitative"}}
    (source, *_) = live({"data": {"values": values}, "mark": "point", "encoding": encoding})["vega"]["data"]
    assert source["values"] == values


def test_a_line_is_read_off_with_its_band_as_stairs() -> None:
    follow = live(curve())["follow"]
    assert follow["x"] == "trial"
    assert (follow["low"], follow["y"], follow["high"]) == ("low", "median", "high")
    assert follow["series"] == "strategy"
    assert follow["steps"] is True
    assert follow["title"] == "trials"


def test_a_line_chart_can_be_moved_along_both_axes() -> None:
    chart = live(curve())
    domains = {scale["name"]: scale.get("domainRaw") for scale in chart["vega"]["scales"]}
    assert chart["zoom"] == ["x", "y"]
    assert domains["x"] == {"signal": "zoom_x"}
    assert domains["color"] is None


def test_named_values_of_a_logarithmic_axis_give_way_when_it_is_moved() -> None:
    values = [axis["values"] for axis in live(curve(logarithmic=True))["vega"]["axes"] if "values" in axis]
    assert values
    assert all(value["signal"].startswith("zoom_y ? null : [") for value in values)


def test_intervals_are_not_moved_and_tell_both_ends() -> None:
    points: list[Point] = [{"strategy": "tpe", "score": 0.5, "low": 0.4, "high": 0.6}]
    chart = live(dict(scores_with_intervals(points, NAMES)))
    assert chart["zoom"] == []
    assert "follow" not in chart
    assert "95% from" in json.dumps(chart["vega"]["marks"])


def test_a_label_over_lines_is_cut_off_only_where_the_chart_has_been_moved() -> None:
    table = Table("t", (Column("x", "number"), Column("y", "number")), ((1.0, 2.0), (2.0, 3.0)))
    named: tuple[tuple[Cell, ...], ...] = ((1.5, 2.5, "here"),)
    over = Table("t", (*table.columns, Column("name")), named)
    drawn = lines("c", "d", table, Axes("x", "y"), overlays=[Overlay(over, label="name")]).specification()
    texts = [mark for mark in live(dict(drawn))["vega"]["marks"] if mark["type"] == "text"]
    assert texts
    assert {str(mark["clip"]) for mark in texts} == {"{'signal': '!!zoom_x || !!zoom_y'}"}


def test_a_stored_chart_keeps_its_task_and_its_axes() -> None:
    value = json.loads(canonical(item_value(chart_over(("work", "trials"), task="ackley"))))
    found = read_item(JsonObject.of(value, "here"))
    assert isinstance(found, Chart)
    assert found.task == "ackley"
    assert {axis: build() for axis, build in found.axes.items()} == {axis: curve(along=axis) for axis in value["axes"]}


def test_a_stored_chart_without_a_task_and_axes_is_written_as_before() -> None:
    assert set(item_value(chart_over(("trials",)))) == {"item", "caption", "description", "specification", "data"}


def test_embedded_json_cannot_end_its_element() -> None:
    text = str(embedded_json({"name": HOSTILE, "more": "<!--&"}))
    assert not set("<>&") & set(text)
    assert json.loads(text) == {"name": HOSTILE, "more": "<!--&"}


def test_a_hostile_name_adds_no_script_and_stays_itself_in_the_data() -> None:
    page = page_of(chart_over(("trials",), names=(HOSTILE, "tpe")), names=(HOSTILE, "tpe"))
    assert len(attributes_of(page, "script")) == 4
    (charts,) = embedded(page)
    assert charts[""]["vega"]["data"][0]["values"]["rows"][0][0] == HOSTILE
    assert attributes_of(page, "input", value=HOSTILE)


def test_the_controls_are_hidden_until_a_script_shows_them() -> None:
    (form,) = attributes_of(page_of(chart_over(("trials",))), "form")
    assert form["id"] == "view"
    assert "hidden" in form
    assert form["aria-label"]


def test_every_strategy_and_task_can_be_chosen() -> None:
    page = page_of(chart_over(("trials",)))
    boxes = attributes_of(page, "input", type="checkbox")
    assert [box["value"] for box in boxes if "data-s" in box] == ["random", "tpe"]
    assert [box["value"] for box in boxes if "data-t" in box] == ["branin", "ackley"]


def test_a_report_of_one_strategy_on_one_task_offers_no_choice_of_them() -> None:
    page = render(Report("A report", (), ("random",), ("branin",)), "html")
    assert not attributes_of(page, "input", type="checkbox")


def test_a_chart_with_two_axes_holds_both_and_offers_them() -> None:
    page = page_of(chart_over(("work", "trials")))
    (charts,) = embedded(page)
    assert list(charts) == ["work", "trials"]
    radios = attributes_of(page, "input", type="radio")
    assert [radio["value"] for radio in radios] == ["trials", "work"]
    assert [radio["value"] for radio in radios if "checked" in radio] == ["work"]


def test_charts_whose_own_axes_differ_keep_them_until_a_reader_chooses() -> None:
    page = page_of(chart_over(("work", "trials")), chart_over(("trials", "work")))
    chosen = [radio["value"] for radio in attributes_of(page, "input", type="radio") if "checked" in radio]
    assert chosen == [""]


def test_without_a_second_axis_there_is_nothing_to_choose() -> None:
    assert not attributes_of(page_of(chart_over(("trials",))), "input", type="radio")


def test_a_chart_of_one_task_follows_that_task() -> None:
    page = page_of(Panels("Charts", (chart_over(("trials",), task="ackley"), chart_over(("trials",)))))
    assert [given.get("data-t") for given in attributes_of(page, "figure")] == [None, "1", None]


def test_a_row_follows_the_strategies_and_the_task_that_it_is_about() -> None:
    columns = (Column("A"), Column("B"), Column("Task"), Column("Note"))
    rows = (("random", "tpe", "ackley", "random"), ("tpe", "random", "elsewhere", "fine"))
    marks = [
        (given.get("data-s"), given.get("data-t")) for given in attributes_of(page_of(Table("t", columns, rows)), "tr")
    ]
    assert marks == [(None, None), ("0 1", "1"), ("1 0", None)]


def test_the_key_follows_the_strategies() -> None:
    assert [given["data-s"] for given in attributes_of(page_of(Key(NAMES)), "li") if given] == ["0", "1"]


def test_every_section_of_a_report_tells_which_task_a_small_chart_is_about(tmp_path: Path) -> None:
    report = build_report(open_store(write_example_run(tmp_path)))
    panels = [item for section in report.sections for item in section.items if isinstance(item, Panels)]
    assert {chart.task for panel in panels for chart in panel.charts} == {"branin", "digits"}


def test_light_and_dark_differ_in_no_other_way_when_they_are_chosen_than_when_the_system_asks() -> None:
    style = (RENDER / "page.css").read_text()
    blocks = re.findall(r':root(?:\[data-theme="dark"\]|:not\(\[data-theme="light"\]\)) \{(.*?)\}', style, re.DOTALL)
    system, chosen = (set(re.findall(r"--[\w-]+: [^;]+", block)) for block in blocks)
    assert len(system) > 10
    assert system == chosen


def test_a_page_is_under_two_megabytes(tmp_path: Path) -> None:
    page = render(build_report(open_store(write_example_run(tmp_path, trials=100))), "html")
    assert len(page.encode()) < PAGE_LIMIT


def test_the_scripts_are_less_than_six_hundred_kilobytes() -> None:
    assert sum(len(script.encode()) for script in page_scripts()) < 600_000


def test_no_script_can_end_its_own_element() -> None:
    assert not [script[:40] for script in page_scripts() if re.search(r"</script|<!--", script, re.IGNORECASE)]


def test_the_interpreter_became_a_script() -> None:
    interpreter = page_scripts()[1]
    assert not re.search(r"^(import|export)\b", interpreter, re.MULTILINE)
    assert "vega.expressionInterpreter = expression;" in interpreter


def test_our_own_script_makes_no_code_from_texts() -> None:
    own = page_scripts()[2]
    assert not re.search(r"\beval\b|\bFunction\(|innerHTML|insertAdjacentHTML|document\.write|outerHTML", own)


@pytest.mark.parametrize("file", ["vega.min.js", "vega-interpreter.js"])
def test_a_vendored_library_is_what_its_readme_says(file: str) -> None:
    folder = RENDER / "vendored"
    digest = hashlib.sha256((folder / file).read_bytes()).hexdigest()
    assert f"    {digest}  {file}\n" in (folder / "README.md").read_text()


def test_vega_tells_the_version_that_its_readme_names() -> None:
    (version,) = re.findall(r't\.version="([\d.]+)"', page_scripts()[0])
    assert f"| {version} | `build/vega.min.js` |" in (RENDER / "vendored" / "README.md").read_text()


def test_the_wheel_holds_the_scripts_and_the_licences() -> None:
    files = {included.distribution_path for included in WheelBuilder(str(ROOT)).recurse_included_files()}
    wanted = [path for folder in ("script", "vendored") for path in (RENDER / folder).iterdir()]
    assert len(wanted) > 8
    assert {str(path.relative_to(ROOT)) for path in wanted} <= files


def test_a_broken_second_axis_leaves_a_note_in_place_of_the_chart() -> None:
    chart = replace(chart_over(("trials", "work")), axes={"trials": curve, "work": lambda: {"mark": "nonsense"}})
    assert "This chart cannot be drawn" in page_of(chart)
