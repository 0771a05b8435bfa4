"""What the page of the bin says of a run that was deleted: where it is, or that nothing is left of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pages_under_test import Browser, browsing
from service_under_test import SUITE, service

from tuner.server.service import Service

__all__ = ["service"]
GONE = "It had stored nothing, so there is nothing to take back."


@pytest.fixture
def browser(service: Service) -> Iterator[Browser]:
    with browsing(service) as made:
        yield made


def deleted(browser: Browser, run: str) -> str:
    """The address that a browser is led to."""
    return browser.post(f"/runs/{run}/delete").headers["location"]


def test_a_run_that_was_stored_is_in_the_bin(browser: Browser) -> None:
    said = browser.text(deleted(browser, "example"))

    assert "example is in the bin." in said
    assert GONE not in said


def test_a_run_that_had_stored_nothing_is_gone(browser: Browser, service: Service) -> None:
    service.submit(SUITE)
    service.cancel("mine")

    assert f"mine is gone. {GONE}" in browser.text(deleted(browser, "mine"))


def test_a_run_that_was_taken_back_is_not_said_to_be_gone(browser: Browser) -> None:
    address = deleted(browser, "example")
    browser.post("/bin/example/restore")

    assert GONE not in browser.text(address)
    assert "example is in the bin." not in browser.text(address)


def test_a_run_whose_name_was_taken_anew_is_not_said_to_be_gone(browser: Browser, service: Service) -> None:
    service.submit(SUITE)
    service.cancel("mine")
    address = deleted(browser, "mine")
    service.submit(SUITE)

    assert GONE not in browser.text(address)


@pytest.mark.parametrize("query", ["moved=anything", "moved=..", "gone=..", "gone=", "gone=a%20b", "gone=example"])
def test_an_address_cannot_make_it_say_what_is_not_so(browser: Browser, query: str) -> None:
    said = browser.text(f"/bin?{query}")

    assert GONE not in said
    assert "is in the bin." not in said


def test_a_run_that_is_not_there_is_not_deleted(browser: Browser) -> None:
    assert browser.post("/runs/nowhere/delete").status_code == 404
