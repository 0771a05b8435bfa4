"""Charts as pictures for papers."""

from __future__ import annotations

import json
import re
import zlib
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from example_store import write_example_run

from results.charts.theme import FULL_WIDTH
from results.errors import NothingToCompare, ResultsError
from results.items import Chart, Column, Key, Panels, Specification, Table, Text
from results.render.figures import FORMATS, draw_figure
from results.render.folder import write_figures
from results.render.numbered import Numbered, numbered_charts
from results.report import Report, Section
from results.sections import curves, leaderboard
from results.store import open_store

SVG = "{http://www.w3.org/2000/svg}"
DATA = Table("Scores", (Column("Strategy"), Column("Score", "number")), (("random", 0.5),))


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """A leaderboard with one chart, and curves of two tasks under a key."""
    store = open_store(write_example_run(tmp_path_factory.mktemp("example")))
    found = curves.section(store)
    assert found is not None
    return Report("Example", (leaderboard.section(store), found), store.strategies, store.tasks)


@pytest.fixture(scope="module")
def figures(report: Report) -> dict[str, Numbered[Chart]]:
    return {figure.name: figure for figure in numbered_charts(report)}


def texts_of(svg: bytes) -> list[str]:
    return ["".join(element.itertext()) for element in ET.fromstring(svg).iter(f"{SVG}text")]


def chart_of(specification: Specification) -> Chart:
    return Chart("A chart", "dots", lambda: specification, DATA)


def fail() -> Specification:
    raise ValueError("no such mark\nand more")


def test_figures_are_named_after_their_section_their_number_and_their_task(
    figures: dict[str, Numbered[Chart]],
) -> None:
    assert list(figures) == ["01-leaderboard-1", "02-best-so-far-1-branin", "02-best-so-far-2-digits"]


def test_figures_of_one_section_keep_their_names(report: Report) -> None:
    named = [figure.name for figure in numbered_charts(report, "best-so-far")]
    assert named == ["02-best-so-far-1-branin", "02-best-so-far-2-digits"]


def test_a_section_that_is_not_there_is_told(report: Report) -> None:
    with pytest.raises(ResultsError, match="no section called 'nope'"):
        numbered_charts(report, "nope")


def test_a_chart_among_others_has_their_caption_too(figures: dict[str, Numbered[Chart]]) -> None:
    caption = figures["02-best-so-far-1-branin"].caption
    assert caption.startswith("branin (lower is better): Best value so far over the trials of a study")


def test_the_text_of_an_svg_is_text(figures: dict[str, Numbered[Chart]]) -> None:
    assert {"random", "tpe", "gp"} <= set(texts_of(draw_figure(figures["01-leaderboard-1"], "svg")))


def test_the_text_has_the_font_that_comes_with_the_renderer(figures: dict[str, Numbered[Chart]]) -> None:
    drawn = ET.fromstring(draw_figure(figures["02-best-so-far-1-branin"], "svg"))
    fonts = {element.attrib["font-family"].partition(",")[0] for element in drawn.iter(f"{SVG}text")}
    assert fonts == {"Liberation Sans"}


def test_the_text_of_a_pdf_is_text_in_a_font_that_it_holds(figures: dict[str, Numbered[Chart]]) -> None:
    pdf = draw_figure(figures["01-leaderboard-1"], "pdf")
    drawn = b"".join(map(unpacked, re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)))

    assert b"LiberationSans" in pdf
    assert re.search(rb"/\w+ [\d.]+ Tf", drawn)


def unpacked(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""


def test_a_png_has_300_pixels_for_an_inch_of_the_chart(figures: dict[str, Numbered[Chart]]) -> None:
    png = draw_figure(figures["01-leaderboard-1"], "png")
    assert png.startswith(b"\x89PNG")
    assert int.from_bytes(png[16:20], "big") == round(FULL_WIDTH * 300 / 72)


def test_a_chart_whose_key_stands_elsewhere_on_the_page_gets_its_own(figures: dict[str, Numbered[Chart]]) -> None:
    drawn = ET.fromstring(draw_figure(figures["02-best-so-far-1-branin"], "svg"))
    legend = [group for group in drawn.iter(f"{SVG}g") if "role-legend-label" in group.get("class", "")]

    assert ["".join(group.itertext()) for group in legend] == ["random", "tpe", "gp"]


def test_a_key_makes_a_figure_higher_and_leaves_its_width(figures: dict[str, Numbered[Chart]]) -> None:
    figure = figures["02-best-so-far-1-branin"]
    asked = figure.item.specification()
    drawn = ET.fromstring(draw_figure(figure, "svg"))

    assert int(drawn.attrib["width"]) == asked["width"]
    assert int(drawn.attrib["height"]) == int(str(asked["height"])) + 22


def test_a_chart_that_names_its_strategies_gets_no_key(figures: dict[str, Numbered[Chart]]) -> None:
    below_a_key = replace(figures["01-leaderboard-1"], key=("random", "tpe", "gp"))
    assert draw_figure(below_a_key, "svg") == draw_figure(figures["01-leaderboard-1"], "svg")


def test_a_figure_is_drawn_on_white(figures: dict[str, Numbered[Chart]]) -> None:
    root = ET.fromstring(draw_figure(figures["01-leaderboard-1"], "svg"))
    first = next(root.iter(f"{SVG}rect"))
    assert first.attrib["fill"] == "white"


def test_a_caption_is_the_title_of_the_picture_and_never_markup() -> None:
    hostile = Chart("</title><script>x</script> & more", "a < b", lambda: {"mark": "point", "data": {}}, DATA)
    root = ET.fromstring(draw_figure(Numbered("1-x-1", Section("x", "X", ()), hostile.caption, hostile), "svg"))

    assert root.findtext(f"{SVG}title") == hostile.caption
    assert root.findtext(f"{SVG}desc") == "a < b"


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_chart_gives_the_same_bytes(figures: dict[str, Numbered[Chart]], name: str) -> None:
    for figure in figures.values():
        assert len({draw_figure(figure, name) for _ in range(3)}) == 1


def test_a_clipped_figure_is_the_same_whatever_was_drawn_before_it(figures: dict[str, Numbered[Chart]]) -> None:
    clipped = figures["02-best-so-far-1-branin"]
    first = draw_figure(clipped, "svg")
    draw_figure(figures["02-best-so-far-2-digits"], "svg")

    assert draw_figure(clipped, "svg") == first
    names = re.findall(rb'id="(.*?)"', first)
    assert names == [b"clip%d" % place for place in range(len(names))]
    assert set(re.findall(rb'clip-path="url\(#(.*?)\)"', first)) == set(names)


def test_a_name_that_looks_like_a_clip_stays_as_it_is() -> None:
    name = 'id="clip7" url(#clip7)'
    mark = {"type": "text", "clip": True, "tooltip": None}
    named: Specification = {"data": {"values": [{"a": name}]}, "mark": mark, "encoding": {"text": {"field": "a"}}}
    drawn = draw_figure(Numbered("1-x-1", Section("x", "X", ()), "c", chart_of(named)), "svg")

    assert name in texts_of(drawn)


def test_a_folder_of_figures_has_an_index_of_their_captions(report: Report, tmp_path: Path) -> None:
    written = write_figures(report, tmp_path / "new" / "figures", "svg", "best-so-far")
    index = json.loads((tmp_path / "new" / "figures" / "figures.json").read_text())

    assert [path.name for path in written.paths[:-1]] == [entry["file"] for entry in index]
    assert {path.name for path in (tmp_path / "new" / "figures").iterdir()} == {path.name for path in written.paths}
    assert index[0]["section"] == "best-so-far"
    assert index[0]["caption"].startswith("branin")
    assert index[0]["description"].startswith("Best score so far on branin")


def test_a_chart_that_cannot_be_drawn_is_left_out_and_named(tmp_path: Path) -> None:
    good, bad = chart_of({"mark": "point", "data": {"values": [{"a": 1}]}}), Chart("Bad", "none", fail, DATA)
    section = Section("mine", "Mine", (Panels("Two", (bad, good)),))
    written = write_figures(Report("x", (section,)), tmp_path, "svg")

    assert written.left_out == ("01-mine-1: no such mark",)
    assert [path.name for path in written.paths] == ["01-mine-2.svg", "figures.json"]


def test_where_there_is_no_chart_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(NothingToCompare, match="no chart"):
        write_figures(Report("x", (Section("mine", "Mine", (Text("no chart"),)),)), tmp_path / "figures", "svg")
    assert not (tmp_path / "figures").exists()


def test_a_chart_of_a_plugin_without_a_size_is_drawn_without_a_key() -> None:
    section = Section("mine", "Mine", (Key(("random",)), chart_of({"mark": "point", "data": {"values": []}})))
    (figure,) = numbered_charts(Report("x", (section,)))

    assert figure.key == ("random",)
    assert draw_figure(figure, "svg").startswith(b"<svg")
