"""The page: one file that asks for nothing, runs its own scripts only, and shows every name as text."""

from __future__ import annotations

import base64
import hashlib
import re
import threading
from collections import Counter
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from example_store import write_example_run

from results.items import Chart, Column, Gallery, Heading, Item, Level, Panels, Picture, Table, Text
from results.pictures import picture
from results.render import render
from results.report import Report, Section, build_report
from results.store import open_store

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "a\x1b[31m\x00b",
    "{{ 7*7 }}${7*7}",
    "]]>&lt;",
)
STARTS = re.compile(r"^(https?:|//|data:|javascript:|file:)", re.IGNORECASE)


class Page(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        self.text.setdefault(self._open[-1] if self._open else "", []).append(data)

    def values(self, attribute: str) -> list[str]:
        return [attributes[attribute] for _, attributes in self.elements if attribute in attributes]


def without_scripts(text: str) -> str:
    return re.sub(r"<script[^>]*>.*?</script>", "", text, flags=re.DOTALL)


def report_of(folder: Path, **changes: object) -> Report:
    return build_report(open_store(write_example_run(folder, **changes)))


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    return render(report_of(tmp_path_factory.mktemp("run")), "html")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> str:
    names = {"strategies": HOSTILE, "tasks": HOSTILE[:2], "name": "</title></style><script>alert(3)</script>"}
    return render(report_of(tmp_path_factory.mktemp("run"), **names), "html")


def test_hostile_names_add_no_element_and_no_attribute(text: str, hostile: str) -> None:
    harmless = {(tag, name) for tag, attributes in Page(text).elements for name in attributes}
    assert {(tag, name) for tag, attributes in Page(hostile).elements for name in attributes} <= harmless
    assert not {"img", "iframe", "object", "link"} & {tag for tag, _ in Page(hostile).elements}


def test_a_hostile_name_is_shown_as_text_in_tables_and_charts(hostile: str) -> None:
    page = Page(hostile)
    assert HOSTILE[0] in page.text["th"]
    assert any(text.startswith("<script>alert") for text in page.text["text"])
    assert "</title></style><script>alert(3)</script>" in page.text["title"][0]


def test_control_characters_do_not_reach_the_page(hostile: str) -> None:
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f]", hostile)


def test_names_are_not_read_as_templates(hostile: str) -> None:
    assert "{{ 7*7 }}${7*7}" in Page(hostile).text["th"]


def test_the_page_asks_the_network_for_nothing(text: str) -> None:
    page = Page(text)
    assert not page.values("src")
    assert all(link.startswith("#") for link in page.values("href"))
    assert not [value for _, attributes in page.elements for value in attributes.values() if STARTS.match(value)]
    assert "@import" not in text
    assert not re.search(r"url\((?!#)", without_scripts(text))


def test_the_content_policy_allows_the_style_sheet_and_the_scripts_of_the_page_and_nothing_else(text: str) -> None:
    style = "".join(Page(text).text["style"])
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    (policy,) = (given["content"] for _, given in Page(text).elements if "http-equiv" in given)
    style_source, script_source = f"style-src {sources([style])}", f"script-src {sources(scripts)}"
    others = "img-src data:; base-uri 'none'; form-action 'none'"
    assert len(scripts) == 3
    assert policy == f"default-src 'none'; {style_source}; {script_source}; {others}"
    assert not Page(text).values("style")


def sources(texts: list[str]) -> str:
    digests = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts)
    return " ".join(f"'sha256-{digest}'" for digest in digests)


def test_the_same_store_gives_the_same_bytes(tmp_path: Path, text: str) -> None:
    assert render(report_of(tmp_path), "html") == text


def test_every_section_has_a_heading_and_a_place_in_the_contents(tmp_path: Path, text: str) -> None:
    page = Page(text)
    for section in report_of(tmp_path).sections:
        assert section.title in page.text["h2"]
        assert f"#{section.id}" in page.values("href")
        assert section.id in page.values("id")


def test_every_id_is_there_once_and_every_reference_finds_one(text: str) -> None:
    page = Page(text)
    counts = Counter(page.values("id"))
    assert max(counts.values()) == 1
    labels = {label for value in page.values("aria-labelledby") for label in value.split()}
    clips = {value.removeprefix("url(#").removesuffix(")") for value in page.values("clip-path")}
    assert labels | clips | {link.removeprefix("#") for link in page.values("href")} <= set(counts)


def test_every_chart_is_an_image_with_a_title_and_its_data_below(tmp_path: Path, text: str) -> None:
    items = [item for section in report_of(tmp_path).sections for item in section.items]
    charts = sum(len(item.charts) if isinstance(item, Panels) else isinstance(item, Chart) for item in items)
    page = Page(text)
    images = [attributes for tag, attributes in page.elements if tag == "svg" and attributes.get("role") == "img"]
    assert charts >= 8
    assert len(images) == charts
    assert len(page.text["desc"]) == charts
    assert page.text["summary"].count("Data of this chart") == charts


def test_chart_colours_follow_the_page(text: str) -> None:
    painted = {value for name in ("fill", "stroke") for value in Page(text).values(name)}
    assert {value for value in painted if not value.startswith("var(--")} <= {"none", "transparent"}


def test_a_page_of_six_strategies_on_six_tasks_is_small(tmp_path: Path) -> None:
    names = {"strategies": [f"strategy-{n}" for n in range(6)], "tasks": [f"task-{n}" for n in range(6)]}
    assert len(render(report_of(tmp_path, **names, seeds=3, trials=50), "html").encode()) < 1_600_000


def page_of(*items: Item) -> Page:
    return Page(render(Report("A report", (Section("part", "Part", items),)), "html"))


def dotted() -> dict[str, object]:
    return {"data": {"values": [{"x": 1}]}, "mark": "point", "encoding": {"x": {"field": "x", "type": "quantitative"}}}


SEVEN = picture("A seven", 'a "seven"', np.eye(3, dtype=np.uint8), width=90)
CHART = Chart("Dots", "dots", dotted, Table("dots", (Column("x"),), ()))


@pytest.mark.parametrize(("level", "tag"), [(3, "h3"), (4, "h4"), (5, "h5")])
def test_headings_stand_below_that_of_the_section(level: Level, tag: str) -> None:
    assert page_of(Heading("<b>Effects</b>", level)).text[tag] == ["<b>Effects</b>"]


def test_a_picture_lies_in_the_page_with_what_it_shows_in_words() -> None:
    page = page_of(SEVEN)
    (image,) = (attributes for tag, attributes in page.elements if tag == "img")
    assert image["alt"] == 'a "seven"'
    assert image["width"] == "90"
    assert base64.b64decode(image["src"].removeprefix("data:image/png;base64,")) == SEVEN.png
    assert page.text["figcaption"][-1].strip() == "A seven"
    assert page.text["b"] == ["Figure 1."]


def test_the_content_policy_allows_the_pictures_of_the_page(text: str) -> None:
    (policy,) = (given["content"] for _, given in Page(text).elements if "http-equiv" in given)
    assert "img-src data:;" in policy


def test_pictures_are_shown_pixel_by_pixel(text: str) -> None:
    (rule,) = re.findall(r"^img \{(.+)\}$", "".join(Page(text).text["style"]), re.MULTILINE)
    assert "image-rendering: pixelated;" in rule
    assert "max-width: 100%;" in rule


def test_a_gallery_is_one_figure_with_a_caption_for_each_picture() -> None:
    page = page_of(Gallery("Digits", (SEVEN, SEVEN, SEVEN)), SEVEN)
    assert sum(tag == "img" for tag, _ in page.elements) == 4
    assert [text.strip() for text in page.text["figcaption"] if text.strip()] == ["A seven"] * 3 + ["Digits", "A seven"]
    assert page.text["b"] == ["Figure 1.", "Figure 2."]


def test_charts_and_pictures_are_numbered_together() -> None:
    assert page_of(SEVEN, CHART, Gallery("Digits", (SEVEN,))).text["b"] == ["Figure 1.", "Figure 2.", "Figure 3."]


def test_a_picture_with_hostile_words_adds_no_attribute() -> None:
    page = page_of(Picture(HOSTILE[1], HOSTILE[1], SEVEN.png, 9))
    (image,) = (attributes for tag, attributes in page.elements if tag == "img")
    assert set(image) == {"src", "alt", "width"}
    assert image["alt"] == HOSTILE[1]


@pytest.mark.parametrize(
    "changes",
    [
        {"strategies": ("random",)},
        {"seeds": 1},
        {"trials": 1},
        {"failures": 1.0},
        {"spread": 0.0},
        {"best_known": False},
        {"tasks": ("branin",), "strategies": ("random",), "skipped": (("random", "branin"),)},
    ],
    ids=str,
)
def test_a_store_with_little_in_it_gives_a_whole_page(tmp_path: Path, changes: dict[str, object]) -> None:
    text = render(report_of(tmp_path, **changes), "html")
    assert text.rstrip().endswith("</html>")
    shown = re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
    assert "NaN" not in shown
    assert not re.search(r"\bnan\b", shown)


def test_a_chart_that_cannot_be_drawn_leaves_a_note_and_the_rest_of_the_page() -> None:
    bad = Chart("Bad", "Nothing", lambda: {"mark": "nonsense"}, Table("t", (Column("x"),), (("a",),)))
    page = render(Report("Title", (Section("one", "One", (bad, Text("and on it goes"))),)), "html")
    assert "This chart cannot be drawn" in page
    assert "and on it goes" in page


def test_a_chart_fetches_nothing() -> None:
    class Visited(BaseHTTPRequestHandler):
        paths: ClassVar[list[str]] = []

        def do_GET(self) -> None:
            self.paths.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Visited)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/data.csv"
        encoding = {"x": {"field": "a", "type": "quantitative"}}
        specification = {"data": {"url": url}, "mark": "point", "encoding": encoding}
        render(
            Report("T", (Section("one", "One", (Chart("C", "d", lambda: specification, Table("t", (), ())),)),)), "html"
        )
    finally:
        server.shutdown()
        server.server_close()
    assert Visited.paths == []
