"""The page on the report shows what the report of the shipped run shows."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from docs.pages import ROOT, headings_of
from typer.testing import CliRunner

from results.items import Note, Text
from results.render import render
from results.render.figures import draw_figure
from results.render.numbered import numbered_charts
from results.report import Report, build_report
from results.sections import load_section, section_targets
from results.store import open_store
from tuner.cli.main import app

DOCS = ROOT / "docs"
RUN, CLOCK = DOCS / "example-run", DOCS / "example-run-clock"
PAGE = DOCS / "reference" / "report.md"
PICTURES = DOCS / "pictures" / "report"
UPDATE = "TUNER_UPDATE_PICTURES"
"""Set this variable to draw the pictures of the page anew, then look at them before committing them."""

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_BUILT_IN = [name for name, target in section_targets().items() if target.startswith("results.")]


@pytest.fixture(scope="module")
def report() -> Report:
    return build_report(open_store(RUN))


@pytest.fixture(scope="module")
def special() -> Report:
    """The two sections that most reports do not have: of both runs together, and of the second one."""
    stores = {"joined": open_store(RUN, CLOCK), "simulated-clock": open_store(CLOCK)}
    found = [load_section(name, section_targets()[name])(store) for name, store in stores.items()]
    return Report("Special sections", tuple(section for section in found if section is not None))


@pytest.fixture(scope="module")
def drawn(report: Report) -> Mapping[str, str]:
    """The pictures that the page shows, by file name, as the report draws them now."""
    charts = {f"{chart.name.partition('-')[2]}.svg": chart for chart in numbered_charts(report)}
    found = {name: draw_figure(charts[name], "svg").decode() for name in shown_by_page()}
    if os.environ.get(UPDATE):
        for name, picture in found.items():
            (PICTURES / name).write_text(picture, encoding="utf-8")
    return found


def shown_by_page() -> list[str]:
    return re.findall(r"\]\(\.\./pictures/report/([\w-]+\.svg)\)", PAGE.read_text(encoding="utf-8"))


def quoted_by_page() -> Iterator[str]:
    """Sentences and rows of tables that are told to be the report's."""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith(("> ", "| ")):
            yield line.removeprefix("> ")


def shape_of(picture: str) -> tuple[list[str], list[float]]:
    """Its texts, and the numbers between them."""
    return _NUMBER.split(picture), [float(number) for number in _NUMBER.findall(picture)]


@pytest.mark.parametrize("name", [name for name in _BUILT_IN if name not in {"joined", "simulated-clock"}])
def test_the_shipped_run_has_something_to_show_in_every_section(report: Report, name: str) -> None:
    section = report.section(name)

    assert [item for item in section.items if not isinstance(item, Text | Note)]
    assert not any(isinstance(item, Note) and item.text.startswith("Nothing to show") for item in section.items)


def test_the_second_shipped_run_has_something_to_show_in_the_sections_that_are_left(special: Report) -> None:
    assert special.section("joined").tables
    assert special.section("simulated-clock").tables


def test_the_page_has_a_heading_for_every_section_in_page_order(report: Report, special: Report) -> None:
    titles = {section.id: section.title for one in (report, special) for section in one.sections}

    assert headings_of(PAGE)[1:] == [titles[name] for name in _BUILT_IN]


def test_what_the_page_quotes_is_in_the_reports(report: Report, special: Report) -> None:
    told = "".join(render(one, "md") for one in (report, special))
    quotes = list(quoted_by_page())

    assert len(quotes) > 5
    assert [quote for quote in quotes if quote not in told] == []


def test_the_page_shows_every_picture_that_is_there(drawn: Mapping[str, str]) -> None:
    assert sorted(drawn) == sorted(path.name for path in PICTURES.iterdir())


def test_the_pictures_say_and_show_what_the_report_draws_now(drawn: Mapping[str, str]) -> None:
    for name, picture in drawn.items():
        texts, numbers = shape_of((PICTURES / name).read_text(encoding="utf-8"))
        expected, places = shape_of(picture)
        assert texts == expected, f"{name} is another picture now: set {UPDATE}=1 to draw it anew"
        assert numbers == pytest.approx(places, abs=0.5), f"{name} has moved: set {UPDATE}=1 to draw it anew"


@pytest.mark.parametrize("path", sorted(PICTURES.iterdir()), ids=lambda path: path.name)
def test_a_picture_is_small(path: Path) -> None:
    assert path.stat().st_size < 60_000


@pytest.mark.parametrize("run", [RUN, CLOCK], ids=["example-run", "example-run-clock"])
def test_a_shipped_run_is_what_its_suite_explains(run: Path) -> None:
    done = CliRunner().invoke(app, ["verify", str(run)])

    assert done.exit_code == 0, done.output


def test_the_shipped_runs_are_small_and_hold_no_report() -> None:
    files = [path for run in (RUN, CLOCK) for path in run.rglob("*") if path.is_file()]

    assert sum(path.stat().st_size for path in files) < 1_000_000
    assert not [path for path in files if path.suffix == ".html"]
