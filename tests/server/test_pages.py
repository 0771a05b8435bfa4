"""The pages: each is there, says what it should, and holds to the rules that all of them keep."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from example_store import write_example_run
from pages_under_test import Browser, Seen, browsing, reader, serving, words
from service_under_test import make_service, small_catalogue

from tuner.server.catalogue import write_catalogue
from tuner.server.pages import assets
from tuner.server.pages.assets import asset
from tuner.server.tokens import Access

__all__ = ["reader"]
HOSTILE = '<script>alert("1")</script>'
PAGES = {
    "/": "example finished",
    "/new": "quick a first look",
    "/new?way=own&task=branin": "what branin measures",
    "/new?way=file": "Suite, as TOML",
    "/runs/example": "finished 288 trials of 288 , 24 of 24 studies done",
    "/runs/example/live": "By task and strategy",
    "/runs/example/how": "Finished 2026",
    "/runs/example/studies": "This run has 24 studies.",
    "/runs/example/trials": "288 trials. All of the run as a file: CSV , Parquet , Arrow",
    "/runs/example/trials/0/0": "random on branin , seed 0.",
    "/compare": "Compare two strategies",
    "/compare?run=example": "One random tpe gp The other",
    "/strategies": "what tpe does",
    "/strategies/tpe": "Thinks with code of its own",
    "/tasks": "what branin measures",
    "/tasks/branin": "One evaluation 1 second",
    "/suites": "a first look",
    "/suites/quick": 'name = "quick"',
    "/bin": "The bin is empty.",
    "/help": "class MySearch(SearchStrategy)",
    "/api/v1/docs": "GET /api/v1/runs List the runs",
}
FOCUSABLE = ("a", "button", "summary")
PARTS = ("/live", "/how")
"""What is put into a page that is open."""
MOST_BYTES = 300_000


@pytest.mark.parametrize("path", PAGES)
def test_a_page_says_what_it_should(reader: Browser, path: str) -> None:
    assert PAGES[path] in reader.text(path)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_holds_no_inline_script_style_or_handler(reader: Browser, path: str) -> None:
    for tag, attributes in Seen(reader.get(path).text).tags:
        assert tag != "style"
        assert tag != "script" or str(attributes["src"]).startswith("/static/")
        assert [name for name in attributes if name == "style" or name.startswith(("on", "hx-on"))] == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_with_all_its_files_is_small_and_all_of_them_are_ours(reader: Browser, path: str) -> None:
    answer = reader.get(path)
    named = re.findall(r'(?:<script src|<link rel="stylesheet" href|<img src)="([^"]+)"', answer.text)

    assert all(address.startswith("/static/") for address in named)
    assert len(answer.content) + sum(len(reader.get(address).content) for address in named) < MOST_BYTES


@pytest.mark.parametrize("path", PAGES)
def test_every_form_that_changes_something_carries_its_proof(reader: Browser, path: str) -> None:
    text = reader.get(path).text

    assert len(re.findall(r'name="csrf" value="[0-9a-f]{64}"', text)) == text.count('method="post"')


@pytest.mark.parametrize("path", PAGES)
def test_every_field_that_is_filled_in_has_a_label(reader: Browser, path: str) -> None:
    text = reader.get(path).text
    labelled = "".join(re.findall(r"<label.*?</label>", text, re.DOTALL))
    for tag, attributes in Seen(text).tags:
        if tag in {"input", "select", "textarea"} and attributes.get("type") != "hidden":
            assert f'for="{attributes.get("id")}"' in text or f'name="{attributes["name"]}"' in labelled


@pytest.mark.parametrize("path", [path for path in PAGES if not path.endswith(PARTS)])
def test_a_page_has_a_title_a_language_one_heading_and_a_link_past_the_navigation(reader: Browser, path: str) -> None:
    text = reader.get(path).text

    assert '<html lang="en">' in text
    assert re.search(r"<title>[^<]+ · tuner</title>", text)
    assert text.count("<h1") == 1
    assert Seen(text[text.index("<body>") :]).tags[1] == ("a", {"class": "skip", "href": "#content"})


def test_files_have_addresses_that_may_be_kept_for_ever_and_older_ones_are_gone(reader: Browser) -> None:
    address = asset("page.css").address

    assert reader.get(address).headers["cache-control"] == "private, max-age=31536000, immutable"
    assert reader.get(address.replace(asset("page.css").digest, "0" * 16)).status_code == 404


def test_pages_share_the_colours_of_reports() -> None:
    assert b"--series-0: #0072b2" in asset("page.css").content


def test_a_fresh_service_says_what_to_do_first(tmp_path: Path) -> None:
    with serving(tmp_path) as fresh:
        assert "No runs yet." in fresh.text("/")
        assert 'href="/new?suite=quick"' in fresh.get("/").text
        assert "Nothing to compare yet." in fresh.text("/compare")


def test_while_the_catalogue_is_made_a_page_waits_and_looks_again(tmp_path: Path) -> None:
    made = make_service(tmp_path)
    made.folder.catalogue.unlink()
    with browsing(made) as browser:
        answer = browser.get("/strategies")
        assert browser.get("/").status_code == 200
    made.close()
    made.queue.close()

    assert answer.status_code == 503
    assert '<meta http-equiv="refresh" content="3">' in answer.text


def test_an_unknown_run_is_a_page_with_one_line(reader: Browser) -> None:
    answer = reader.get("/runs/nowhere")

    assert answer.status_code == 404
    assert "no run called 'nowhere'" in words(answer.text)


@pytest.mark.parametrize("name", ["new", "bin", "live", "report", "trials.csv"])
def test_a_run_of_any_name_has_its_pages(tmp_path: Path, name: str) -> None:
    write_example_run(tmp_path / name, trials=2, seeds=1)
    with serving(tmp_path) as browser:
        assert f'href="/runs/{name}"' in browser.get("/").text
        assert "finished" in browser.text(f"/runs/{name}")
        assert "trials. All of the run as a file" in browser.text(f"/runs/{name}/trials")


def test_hostile_texts_stay_texts(tmp_path: Path) -> None:
    write_example_run(tmp_path / "example", strategies=("random", HOSTILE), tasks=("branin", "<b>task</b>"))
    made = make_service(tmp_path)
    content = small_catalogue()
    cards = [replace(card, summary=HOSTILE, description=f"`{HOSTILE}` \x1b[31m") for card in content.strategies]
    write_catalogue(replace(content, strategies=cards), made.folder.catalogue)
    paths = ("/", "/runs/example", "/runs/example/trials", "/strategies", "/strategies/tpe", "/new?way=own")
    queries = ("/?text=", "/runs/example/trials?text=", "/runs/example/trials?strategy=", "/new?way=file&toml=")
    with browsing(made) as browser:
        for path in (
            *paths,
            "/new?way=own&name=%22%3E%3Cb%3E",
            f"/runs/example/trials?strategy={HOSTILE}",
            *queries,
        ):
            text = browser.get(path).text
            assert "<script>" not in text, path
            assert "<b>task" not in text, path
            assert "\x1b" not in text, path
        assert HOSTILE in browser.text("/runs/example")
    made.close()
    made.queue.close()


def test_a_browser_that_may_only_look_sees_no_button_that_changes_something(tmp_path: Path) -> None:
    write_example_run(tmp_path / "example")
    with serving(tmp_path, Access.READ) as browser:
        texts = [browser.get(path).text for path in ("/", "/runs/example", "/bin", "/suites/quick", "/new")]

    for text in texts:
        assert set(re.findall(r'<form method="post" action="([^"]+)"', text)) <= {"/leave", "/new"}
        assert 'name="do"' not in text


def test_a_run_that_moves_is_watched_and_one_that_is_over_is_not(tmp_path: Path) -> None:
    write_example_run(tmp_path / "example")
    with serving(tmp_path) as browser:
        browser.post("/new", way="suite", suite="quick", do="start")
        moving, over = browser.get("/runs/quick").text, browser.get("/runs/example").text

    assert 'data-events="/api/v1/runs/quick/events"' in moving
    assert 'href="/runs/quick">Look again</a>' in moving
    assert "data-events" not in over
    assert "live.js" not in over


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_no_whole_page(reader: Browser, part: str) -> None:
    assert "<html" not in reader.get(f"/runs/example{part}").text


def test_how_a_run_is_run_is_asked_for_again_once_it_is_over(tmp_path: Path) -> None:
    write_example_run(tmp_path / "example")
    with serving(tmp_path) as browser:
        browser.post("/new", way="suite", suite="quick", do="start")
        moving, over = browser.get("/runs/quick").text, browser.get("/runs/example").text

    assert '<div id="how-part" hx-get="/runs/quick/how" hx-trigger="over">' in moving
    assert '<div id="how-part">' in over


@pytest.mark.parametrize("path", ["/", "/runs/example"])
def test_what_can_have_the_focus_in_a_part_that_is_exchanged_has_a_name_that_stays(reader: Browser, path: str) -> None:
    exchanged = re.split(r'<div id="(?:runs|live)"|</main>', reader.get(path).text)[1]
    tags = Seen(exchanged).tags
    named = [attributes.get("id") for tag, attributes in tags if tag in FOCUSABLE or "tabindex" in attributes]

    assert len(named) >= 3
    assert None not in named
    assert len(set(named)) == len(named)


def test_curves_are_drawn_in_the_colours_of_the_report_and_told_in_words(reader: Browser) -> None:
    text = reader.get("/runs/example").text

    assert text.count('role="img" aria-label="') == 2
    assert re.search(r'aria-label="branin: best score so far, median over seeds: random [\d.]+, tpe', text)
    assert 'stroke="var(--series-2)" stroke-width="2" stroke-dasharray="2 2"' in text


def test_runs_are_searched_in_the_address(reader: Browser) -> None:
    assert "example finished" in reader.text("/?text=EXAM&state=finished")
    assert "No run is like that." in reader.text("/?text=other")
    assert reader.get("/?state=nonsense").status_code == 422


def test_a_long_list_has_pages_that_keep_the_search(tmp_path: Path) -> None:
    for number in range(32):
        write_example_run(tmp_path / f"run-{number:02}", trials=1, seeds=1, tasks=("branin",))
    with serving(tmp_path) as browser:
        first = browser.get("/?text=run")
        second = browser.text("/?text=run&offset=30")

    assert "1 to 30 of 32 runs" in words(first.text)
    assert 'id="next" href="/?text=run&amp;offset=30" rel="next"' in first.text
    assert "31 to 32 of 32 runs" in second


def test_the_vendored_script_is_what_its_readme_says() -> None:
    folder = Path(assets.__file__).parent / "static" / "vendored"
    readme = (folder / "README.md").read_text()

    assert f"{hashlib.sha256((folder / 'htmx.min.js').read_bytes()).hexdigest()}  htmx.min.js" in readme
    assert (folder / "LICENSE").read_text().startswith("Zero-Clause BSD")


def test_the_vendored_script_may_neither_evaluate_texts_nor_write_styles(reader: Browser) -> None:
    (settings,) = re.findall(r"name=\"htmx-config\" content='([^']+)'", reader.get("/").text)
    told = json.loads(settings)

    assert (told["allowEval"], told["includeIndicatorStyles"], told["selfRequestsOnly"]) == (False, False, True)
