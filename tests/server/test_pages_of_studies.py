"""The studies of a run, page by page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from example_store import write_example_run
from pages_under_test import Browser, reader, serving, words
from service_under_test import SUITE, make_service

from tuner.server.pages import run_pages

__all__ = ["reader"]


def numbers(page: str) -> list[int]:
    """The studies in a table."""
    return [int(number) for number in re.findall(r'<th scope="row" class="n"><a [^>]*>(\d+)</a>', page)]


def test_every_study_is_listed_page_by_page(reader: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_pages, "_STUDIES", 10)
    pages = [reader.get("/runs/example/studies").text]
    while following := re.findall(r'href="([^"]+)" rel="next"', pages[-1]):
        pages.append(reader.get(following[0]).text)

    assert [number for page in pages for number in numbers(page)] == list(range(24))
    assert "21 to 24 of 24 studies" in words(pages[-1])


def test_a_run_leads_to_its_studies_and_each_of_them_to_its_trials(reader: Browser) -> None:
    assert 'href="/runs/example/studies">24 studies, one by one</a>' in reader.get("/runs/example").text
    assert 'href="/runs/example/trials?study=0">0</a>' in reader.get("/runs/example/studies").text


def test_a_run_that_waits_says_that_there_are_none_yet(tmp_path: Path) -> None:
    with serving(tmp_path) as browser:
        browser.post("/new", way="file", toml=SUITE, do="start")

        assert "There are none yet: the run waits, or is being planned. Watch the run" in browser.text(
            "/runs/mine/studies"
        )


def test_a_run_that_was_cancelled_while_it_waited_is_not_said_to_wait(tmp_path: Path) -> None:
    made = make_service(tmp_path)
    made.submit(SUITE)
    made.cancel("mine")
    made.close()
    made.queue.close()
    with serving(tmp_path) as browser:
        said = browser.text("/runs/mine/studies")

    assert "There are none. The run" in said
    assert "waits" not in said


def test_the_studies_of_an_unknown_run_are_a_page_with_one_line(reader: Browser) -> None:
    answer = reader.get("/runs/nowhere/studies")

    assert answer.status_code == 404
    assert "no run called 'nowhere'" in words(answer.text)


def test_names_with_markup_stand_among_the_studies_as_text(tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script>"
    write_example_run(tmp_path / "example", strategies=("random", hostile), tasks=("<b>task</b>",))
    with serving(tmp_path) as browser:
        answer = browser.get("/runs/example/studies")

    assert hostile in words(answer.text)
    assert "<script>" not in answer.text
    assert "<b>task" not in answer.text
