"""The service as a person uses it: a link lets the browser in, a run is started, watched and read."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from example_store import write_example_run
from served_under_test import Served, served
from service_under_test import small_catalogue

from tuner.events import Event, WaveStored
from tuner.server.browser_sessions import BrowserSessions
from tuner.server.catalogue import write_catalogue

pytestmark = pytest.mark.slow

__all__ = ["served"]
PAGES = (
    *("/", "/new", "/new?way=own", "/new?way=file", "/runs/example", "/runs/example/trials", "/runs/example/studies"),
    *("/runs/example/trials/0/0", "/compare?run=example&a=random&b=tpe", "/runs/example/report"),
    *("/strategies", "/strategies/tpe", "/tasks", "/tasks/branin", "/suites", "/suites/quick", "/bin", "/help"),
    "/api/v1/docs",
)
WATCH = """
window.broken = [];
document.addEventListener("securitypolicyviolation", (event) => window.broken.push(event.violatedDirective));
"""
SCROLL = "id => { const region = document.getElementById(id); region.focus(); region.scrollLeft = 40; }"
STANDING = "() => [document.activeElement.id, document.activeElement.scrollLeft]"
FOCUSED = "() => [document.activeElement.innerText, document.activeElement.value, document.activeElement.id].join(' ')"


@dataclass
class Person:
    """A browser at the service, and what happened while its pages were open."""

    page: Any
    url: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        self.page.goto(self.url + path)

    def tab_to(self, name: str) -> None:
        """Press the tabulator until what is called so has the focus."""
        for _ in range(80):
            self.page.keyboard.press("Tab")
            if name in self.page.evaluate(FOCUSED):
                return
        raise AssertionError(f"the tabulator does not come to {name}")

    def strays(self) -> list[str]:
        """Requests that left the service."""
        return [address for address in self.requests if not address.startswith((f"{self.url}/", "data:"))]


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


def let_in(browser: Any, served: Served, **context: object) -> Person:
    """A browser that has followed a link with a one-time code."""
    opened = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **context})
    opened.set_default_timeout(20_000)
    person = Person(opened.new_page(), served.url)
    person.page.on("request", lambda request: person.requests.append(request.url))
    person.page.on("console", lambda message: person.complaints.append(message.text))
    person.page.on("pageerror", lambda error: person.complaints.append(str(error)))
    person.page.add_init_script(WATCH)
    sessions = BrowserSessions(served.settings.folder.database)
    person.go(f"/enter?code={sessions.new_code(time.time())}")
    sessions.close()
    return person


@pytest.fixture
def ready(served: Served) -> Served:
    """With a small suite called quick, whose studies are stored one after the other."""
    known = small_catalogue()
    quick = replace(known.suites[0], toml=f"shard_size = 1\n{known.suites[0].toml}")
    write_catalogue(replace(known, suites=[quick]), served.settings.folder.catalogue)
    return served


@pytest.fixture
def person(browser: Any, ready: Served) -> Iterator[Person]:
    found = let_in(browser, ready)
    yield found
    found.page.context.close()


@dataclass
class Gate:
    """Holds a run after its first wave until it is let on."""

    opened: threading.Event = field(default_factory=threading.Event)

    def __call__(self, event: Event) -> None:
        if isinstance(event, WaveStored):
            self.opened.wait(timeout=60)


def test_a_run_is_started_watched_and_read(person: Person, ready: Served) -> None:
    page, gate = person.page, Gate()
    assert page.url == f"{ready.url}/"
    page.get_by_role("link", name="Start quick").click()
    page.get_by_label("Seeds").fill("1")
    page.get_by_role("button", name="See what it comes to").click()
    assert "2 studies, 6 trials at most" in page.locator(".preview").inner_text()
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_url("**/runs/quick")
    assert page.locator(".state").inner_text() == "queued"

    ready.run_next(gate)
    page.locator("#standing-words b", has_text="3 trials of 6").wait_for()
    assert page.locator("#live svg[role=img] path[fill=none]").count() == 1
    gate.opened.set()
    page.locator("#standing-words b", has_text="6 trials of 6").wait_for()
    page.locator(".state", has_text="finished").wait_for()
    assert page.locator("#live svg[role=img] path[fill=none]").count() == 2
    page.locator("#how-part dt", has_text="Finished").wait_for()
    assert page.locator("#how-part dt", has_text="Machine").count() == 1
    page.wait_for_function("document.getElementById('said').textContent.startsWith('finished')")

    page.get_by_role("link", name="Report").click()
    page.get_by_role("heading", name="Verdict").wait_for()
    plot = page.locator("#best-so-far .plot").first
    plot.scroll_into_view_if_needed()
    plot.locator(".live svg.marks").wait_for()
    assert page.evaluate("window.broken") == []
    page.get_by_role("navigation", name="Service").get_by_role("link", name="Runs").click()
    assert page.get_by_role("link", name="quick").is_visible()
    assert person.complaints == []
    assert person.strays() == []
    assert ready.errors == []


def test_a_run_is_started_by_the_keyboard_alone(person: Person, ready: Served) -> None:
    page = person.page
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED).startswith("Skip to the content")
    person.tab_to("New run")
    page.keyboard.press("Enter")
    page.wait_for_url("**/new")
    person.tab_to("seeds")
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    page.locator(".preview").wait_for()
    assert page.evaluate(FOCUSED).endswith("plan")
    assert ready.queue is not None
    assert ready.queue.all() == []
    person.tab_to("start")
    page.keyboard.press("Enter")
    page.wait_for_url("**/runs/quick")
    assert [job.run for job in ready.queue.all()] == ["quick"]
    assert person.complaints == []


def test_a_table_stays_where_it_was_scrolled_to_and_keeps_the_focus_while_its_page_is_live(
    browser: Any, ready: Served
) -> None:
    long = "a-label-that-is-rather-long-"
    labels = [f'{{ name = "random", label = "{long}{number}" }}' for number in range(4)]
    tables = f'name = "wide"\nseeds = 1\nshard_size = 1\ntasks = ["branin"]\nstrategies = [{", ".join(labels)}]\n'
    ready.service.submit(f"{tables}budget = {{ trials = 3 }}\n")
    person, gate = let_in(browser, ready, viewport={"width": 360, "height": 740}), Gate()
    page = person.page
    person.go("/")
    at_first = page.locator("#scroll-runs").evaluate_handle("region => region")
    page.evaluate(SCROLL, "scroll-runs")
    ready.run_next(gate)
    page.wait_for_function("region => !region.isConnected", arg=at_first)
    assert page.evaluate(STANDING) == ["scroll-runs", 40]

    person.go("/runs/wide")
    page.locator("#standing-words b", has_text="3 trials of 12").wait_for()
    page.evaluate(SCROLL, "scroll-progress")
    gate.opened.set()
    page.locator("#standing-words b", has_text="12 trials of 12").wait_for()
    page.locator(".state", has_text="finished").wait_for()
    assert page.evaluate(STANDING) == ["scroll-progress", 40]
    assert person.complaints == []
    page.context.close()


def test_without_script_a_run_is_started_and_looked_at_again(browser: Any, ready: Served) -> None:
    person = let_in(browser, ready, java_script_enabled=False)
    person.go("/new")
    person.page.get_by_role("button", name="Start at once").click()
    person.page.wait_for_url("**/runs/quick")
    person.page.get_by_role("link", name="Look again").click()
    person.page.get_by_role("button", name="Cancel").click()
    assert person.page.locator(".state").inner_text() == "cancelled"
    person.page.context.close()


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_every_page_fits_a_phone_and_breaks_no_rule(browser: Any, ready: Served, colours: str) -> None:
    write_example_run(ready.runs / "example")
    person = let_in(browser, ready, viewport={"width": 360, "height": 740}, color_scheme=colours)
    for path in PAGES:
        person.go(path)
        assert person.page.evaluate("document.documentElement.scrollWidth") <= 360, path
        assert person.page.evaluate("window.broken") == [], path
        paper = person.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert paper == ("rgb(254, 254, 254)" if colours == "light" else "rgb(21, 23, 27)"), path
    assert person.complaints == []
    assert person.strays() == []
    person.page.context.close()
