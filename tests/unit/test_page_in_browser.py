"""The page in a browser: it asks for nothing, breaks no rule of its policy, and shows what its reader chooses."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from example_store import write_example_run

from results.render import render
from results.report import build_report
from results.store import open_store

pytestmark = pytest.mark.slow

HOSTILE = "<script>alert(1)</script>"
STRATEGIES = ("random", "tpe", HOSTILE)
WATCH = """
window.broken = [];
document.addEventListener("securitypolicyviolation", (event) => window.broken.push(event.violatedDirective));
"""


@dataclass
class Seen:
    """A page, and what happened while it was open."""

    page: Any
    address: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def plot(self, section: str, place: int = 0) -> Any:
        """A chart, once it is alive."""
        plot = self.page.locator(f"#{section} .plot").nth(place)
        plot.scroll_into_view_if_needed()
        plot.locator(".live svg.marks").wait_for()
        return plot

    def lines(self, plot: Any) -> int:
        """How many lines a chart shows."""
        drawn = plot.locator(".live .mark-line path")
        return sum(bool(path.get_attribute("d")) for path in drawn.all())

    def settle(self) -> None:
        """Wait until the charts have drawn what was asked for."""
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    api = pytest.importorskip("playwright.sync_api")
    installed = shutil.which("chromium") or shutil.which("google-chrome")
    with api.sync_playwright() as playwright:
        try:
            found = playwright.chromium.launch(executable_path=installed, args=["--no-sandbox"])
        except api.Error as error:
            pytest.skip(f"no Chromium to start: {str(error).partition(chr(10))[0]}")
        yield found
        found.close()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    run = write_example_run(folder / "run", strategies=STRATEGIES, tasks=("branin", "digits"), trials=20)
    (folder / "report.html").write_text(render(build_report(open_store(run)), "html"), encoding="utf-8")
    return folder / "report.html"


def opened(browser: Any, file: Path, fragment: str = "", **context: object) -> Seen:
    page = browser.new_context(**{"viewport": {"width": 1300, "height": 900}, **context}).new_page()
    seen = Seen(page, file.as_uri())
    page.on("request", lambda request: seen.requests.append(request.url))
    page.on("console", lambda message: seen.complaints.append(message.text))
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.on("dialog", lambda dialog: seen.complaints.append(dialog.message))
    page.add_init_script(WATCH)
    page.goto(seen.address + fragment)
    return seen


@pytest.fixture
def seen(browser: Any, file: Path) -> Iterator[Seen]:
    found = opened(browser, file)
    yield found
    found.page.context.close()


def test_every_chart_comes_alive_without_a_request_an_error_or_a_broken_policy(seen: Seen) -> None:
    plots = seen.page.locator(".plot")
    for plot in plots.all():
        plot.scroll_into_view_if_needed()
        plot.locator(".live svg.marks").wait_for()
    assert plots.count() > 5
    assert seen.requests == [seen.address]
    assert seen.complaints == []
    assert seen.page.evaluate("window.broken") == []


def test_a_hidden_strategy_loses_its_line_and_its_rows(seen: Seen) -> None:
    plot = seen.plot("best-so-far")
    assert seen.lines(plot) == 3
    seen.page.locator("#view input[value=tpe]").uncheck()
    seen.settle()
    assert seen.lines(plot) == 2
    assert not seen.page.locator("#leaderboard tr", has_text="tpe").first.is_visible()
    assert seen.page.locator("#leaderboard tr", has_text="random").first.is_visible()


def test_a_hidden_task_loses_its_chart(seen: Seen) -> None:
    seen.page.locator("#view summary").click()
    seen.page.locator("#view input[value=branin]").uncheck()
    shown = [figure.is_visible() for figure in seen.page.locator("#best-so-far .grid figure").all()]
    assert shown == [False, True]


def test_the_address_holds_the_choice_and_a_link_shows_the_same(browser: Any, seen: Seen, file: Path) -> None:
    seen.page.locator("#view input[value=tpe]").uncheck()
    seen.page.locator("nav a", has_text="Best so far").click()
    fragment = seen.page.evaluate("location.hash")
    assert fragment == "#best-so-far?without=tpe"
    other = opened(browser, file, fragment)
    assert not other.page.locator("#view input[value=tpe]").is_checked()
    assert other.lines(other.plot("best-so-far")) == 2
    other.page.context.close()


def test_a_strategy_of_a_hostile_name_is_chosen_as_any_other(seen: Seen) -> None:
    plot = seen.plot("best-so-far")
    seen.page.locator("#view input[data-s='2']").uncheck()
    seen.settle()
    assert seen.lines(plot) == 2
    assert HOSTILE in seen.page.locator("#view").inner_text()
    assert seen.complaints == []


def test_the_pointer_reads_off_every_line_and_its_band(seen: Seen) -> None:
    plot = seen.plot("best-so-far")
    box = plot.bounding_box()
    seen.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tip = seen.page.locator(".tip")
    assert tip.locator("p").inner_text().startswith("trials: ")
    assert {cell.inner_text() for cell in tip.locator("td:first-child").all()} == set(STRATEGIES)
    assert re.search(r"\d to ", tip.inner_text())


def test_the_keyboard_reads_off_a_line_aloud(seen: Seen) -> None:
    seen.plot("best-so-far").locator(".live").focus()
    seen.page.keyboard.press("ArrowRight")
    assert seen.page.locator("#status").inner_text().startswith("trials: 1; ")


def test_a_chart_comes_closer_by_key_and_is_whole_again_after_a_double_click(seen: Seen) -> None:
    plot = seen.plot("best-so-far")
    labels = plot.locator(".live .role-axis-label text")
    before = labels.all_inner_texts()
    plot.locator(".live").focus()
    seen.page.keyboard.press("+")
    seen.settle()
    assert labels.all_inner_texts() != before
    plot.dblclick()
    seen.settle()
    assert labels.all_inner_texts() == before


def test_the_toggle_turns_the_page_dark_and_its_charts_with_it(seen: Seen) -> None:
    text = seen.plot("best-so-far").locator(".live .role-axis-label text").first
    light = text.evaluate("(label) => getComputedStyle(label).fill")
    seen.page.locator("#dark").click()
    assert text.evaluate("(label) => getComputedStyle(label).fill") != light
    assert seen.page.evaluate("location.hash") == "#?colours=dark"


def test_the_page_is_no_wider_than_a_phone(browser: Any, file: Path) -> None:
    seen = opened(browser, file, viewport={"width": 390, "height": 844})
    for plot in seen.page.locator(".plot").all():
        plot.scroll_into_view_if_needed()
    assert seen.page.evaluate("document.documentElement.scrollWidth") == 390
    seen.page.context.close()


def test_without_script_the_pictures_stand_and_no_control_shows(browser: Any, file: Path) -> None:
    seen = opened(browser, file, java_script_enabled=False)
    assert all(picture.is_visible() for picture in seen.page.locator(".plot > svg").all())
    assert not seen.page.locator("#view").is_visible()
    seen.page.context.close()


def test_paper_shows_every_picture_and_no_control(seen: Seen) -> None:
    seen.plot("best-so-far")
    seen.page.locator("#view summary").click()
    seen.page.locator("#view input[value=branin]").uncheck()
    seen.page.emulate_media(media="print", color_scheme="dark")
    assert all(picture.is_visible() for picture in seen.page.locator(".plot > svg").all())
    assert not [part for part in seen.page.locator(".live, #view").all() if part.is_visible()]
    assert seen.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(254, 254, 254)"
