"""What a browser sees that has not been let in: a page that looks like the others and needs none of their files."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import pytest
from guarded_app import Client, Guarded, Reply, guarded
from pages_under_test import Seen, serving, words

from tuner.server.outside_page import refusal_page, way_in_page

BROWSER = [("accept", "text/html,*/*")]
WAYS = {
    "without anything": "/",
    "to the page about the API": "/api/v1/docs",
    "with a link that was used": f"/enter?code={'0' * 32}",
}


@pytest.fixture
def service(tmp_path: Path) -> Guarded:
    return guarded(tmp_path)


def style_of(page: str) -> str:
    return str(re.findall(r"<style>(.*?)</style>", page, re.DOTALL)[0])


@pytest.fixture(params=WAYS)
def reply(request: pytest.FixtureRequest, tmp_path: Path) -> Reply:
    with serving(tmp_path) as browser:
        return Client(browser.client.app).ask(WAYS[request.param], headers=BROWSER)


def test_whoever_comes_without_a_way_in_is_told_how_to_get_one(reply: Reply) -> None:
    assert reply.status in {401, 403}
    assert "How to get in" in words(reply.text)
    assert "tuner serve --new-code" in words(reply.text)


def test_its_policy_allows_its_own_style_and_nothing_else(reply: Reply) -> None:
    digest = base64.b64encode(hashlib.sha256(style_of(reply.text).encode()).digest()).decode()
    rules = reply.headers["content-security-policy"].split("; ")

    assert {rule for rule in rules if not rule.endswith("'none'")} == {f"style-src 'sha256-{digest}'"}
    assert "default-src 'none'" in rules


def test_it_asks_for_no_other_file(reply: Reply) -> None:
    assert [tag for tag, attributes in Seen(reply.text).tags if {"src", "href"} & attributes.keys()] == []


def test_a_link_that_was_used_is_named_as_the_reason(tmp_path: Path) -> None:
    with serving(tmp_path) as browser:
        text = Client(browser.client.app).ask(WAYS["with a link that was used"], headers=BROWSER).text

    assert "used already, or is older than ten minutes" in words(text)


def test_a_refusal_for_other_reasons_says_which_and_not_how_to_get_in(service: Guarded) -> None:
    reply = service.client.ask("/", headers=BROWSER, host="evil.example")

    assert "this service is not called that" in words(reply.text)
    assert "--new-code" not in reply.text


@pytest.mark.parametrize("page", [refusal_page("<b>", "<script>"), way_in_page("<script>")])
def test_what_was_asked_stands_there_as_text(page: bytes) -> None:
    assert b"<script>" not in page
    assert b"<b>" not in page
    assert b"&lt;script&gt;" in page
