"""Pages of errors: one that was asked for looks again by itself, one after a form was sent does not send it again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pages_under_test import Browser, browsing, words
from service_under_test import SUITE, service

from tuner.server.catalogue import CatalogueMissing
from tuner.server.jobs import JobQueue, QueueUnreachable
from tuner.server.service import Service
from tuner.server.workshop import WorkshopBusy, WorkshopFailed

__all__ = ["service"]
AGAIN = 'http-equiv="refresh"'
FORM: dict[str, str | list[str]] = {
    "way": "own",
    "name": "mine",
    "seeds": "7",
    "trials": "3",
    "task": ["branin", "table"],
    "strategy": "random",
}


@pytest.fixture
def browser(service: Service) -> Iterator[Browser]:
    with browsing(service) as made:
        yield made


def fail(error: Exception) -> Callable[..., Any]:
    """In place of a method of the service."""

    def failing(*_args: object, **_options: object) -> None:
        raise error

    return failing


def test_a_page_that_cannot_be_had_now_looks_again(
    browser: Browser, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.text("/")  # is given again only as long as the queue can be asked whether it has changed
    monkeypatch.setattr(JobQueue, "version", property(fail(QueueUnreachable("the database is away"))))
    answer = browser.get("/")

    assert answer.status_code == 503
    assert AGAIN in answer.text


def test_a_report_that_took_too_long_is_not_begun_again_and_again_by_an_open_page(
    browser: Browser, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "report_html", fail(WorkshopFailed("the report took longer than 600 s")))
    answer = browser.get("/runs/example/report")

    assert (answer.status_code, "retry-after" in answer.headers) == (503, False)
    assert "took longer than 600 s" in words(answer.text)
    assert AGAIN not in answer.text


@pytest.mark.parametrize(("path", "back"), [("/runs/example/pause", "/runs/example"), ("/bin/example/restore", "/bin")])
def test_a_form_that_could_not_be_taken_is_not_sent_again_by_the_page_that_says_so(
    browser: Browser, service: Service, monkeypatch: pytest.MonkeyPatch, path: str, back: str
) -> None:
    monkeypatch.setattr(service, path.rpartition("/")[2], fail(QueueUnreachable("the database is away")))
    answer = browser.post(path)

    assert answer.status_code == 503
    assert "the database is away" in words(answer.text)
    assert AGAIN not in answer.text
    assert f'<a href="{back}">Back to where it was asked for</a>' in answer.text


def test_a_step_that_came_too_late_leads_back_to_its_run(browser: Browser) -> None:
    assert '<a href="/runs/example">Back' in browser.post("/runs/example/pause").text


def test_what_was_asked_of_a_run_that_is_not_there_leads_to_all_runs(browser: Browser) -> None:
    answer = browser.post("/runs/nowhere/pause")

    assert answer.status_code == 404
    assert '<p><a href="/">All runs</a></p>' in answer.text


def test_a_new_run_that_came_before_the_catalogue_can_be_sent_again_as_it_was(
    browser: Browser, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    csrf = re.findall(r'name="csrf" value="([0-9a-f]+)"', browser.get("/").text)[0]
    monkeypatch.setattr(service.catalogue, "content", fail(CatalogueMissing("it is being made")))
    answer = browser.post("/new", **FORM, do="start", key="<b>")

    sent = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', answer.text)
    assert answer.status_code == 503
    assert AGAIN not in answer.text
    assert ("csrf", csrf) in sent
    assert [name for name, _ in sent].count("csrf") == 2  # its own, and that of the form for leaving
    assert {("task", "branin"), ("task", "table"), ("seeds", "7"), ("do", "start"), ("key", "&lt;b&gt;")} < set(sent)


def test_a_new_run_that_cannot_be_planned_now_stays_in_its_form(
    browser: Browser, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "plan", fail(WorkshopBusy("8 others wait already")))
    answer = browser.post("/new", way="file", toml=SUITE, do="look")

    assert answer.status_code == 503
    assert AGAIN not in answer.text
    assert "8 others wait already" in words(answer.text)
    assert "seeds = 2" in answer.text
