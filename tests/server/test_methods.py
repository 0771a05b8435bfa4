"""HEAD is answered as GET is, without body and without waiting for news; other methods are refused by name."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from example_store import write_example_run
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from guarded_app import Client, Reply, http_scope
from service_under_test import SUITE, make_service
from starlette.types import Receive, Scope, Send

from tuner.server.app import create_app
from tuner.server.kept_answers import KeptAnswers
from tuner.server.methods import Heads
from tuner.server.pages.assets import asset
from tuner.server.settings import Limits, ServerSettings

KNOWN = {"run": "example", "study": "0", "trial": "0", "digest": asset("page.css").digest}
NAMES = {"strategies": "random", "tasks": "branin", "suites": "quick", "static": "page.css"}
WAITING = "mine"
"""Of a run that waits there are no reports, which would take seconds to make."""
COMPARED = f"?run={WAITING}&a=random&b=tpe"
QUERIES = {"/api/v1/comparison": COMPARED, "/compare": COMPARED, "/new": "?key=0"}
STRATEGY = b'{"name": "mine"}'
AT_ONCE_SECONDS = 5.0


class Whole:
    """The service with one finished run, one that waits, and a strategy that a client answers for."""

    def __init__(self, runs: Path) -> None:
        write_example_run(runs / "example", trials=4, seeds=2)
        self.service = make_service(runs)
        self.service.submit(SUITE)
        generous = Limits(failures_per_minute=1e6, entries_per_minute=1e6, requests_per_second=1e6)
        settings = ServerSettings(runs=runs, limits=generous)
        self.guard = create_app(settings, self.service)
        self.client = Client(self.guard)
        self.token = settings.folder.token.read_text().strip()
        sent = [("content-type", "application/json")]
        self.session = self.ask("/api/v1/remote-strategies", "POST", headers=sent, body=STRATEGY).headers["location"]

    def ask(self, path: str, method: str, **options: Any) -> Reply:
        return self.client.ask(path, method, token=self.token, **options)

    @property
    def templates(self) -> list[str]:
        """The paths of all routes that can be got, their parameters in braces."""
        assert isinstance(self.guard.app, KeptAnswers)
        assert isinstance(self.guard.app.app, FastAPI)
        routes = list(iter_route_contexts(self.guard.app.app.routes))
        return sorted({route.path or "" for route in routes if "GET" in (route.methods or ())})

    def filled(self, template: str) -> str:
        """A path of this kind, of something that is there as far as possible."""
        collection = template.removeprefix("/api/v1").split("/")[1]
        run = WAITING if "/report" in template else KNOWN["run"]
        known = {**KNOWN, "run": run, "name": NAMES.get(collection, ""), "session": self.session.rpartition("/")[2]}
        path = re.sub(r"\{(\w+)[^}]*\}", lambda found: known.get(found[1], "0" * 32), template)
        return path + QUERIES.get(template, "")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    made = Whole(tmp_path_factory.mktemp("heads") / "runs")
    yield made
    made.service.close()
    made.service.queue.close()
    made.guard.sessions.close()


def test_every_route_answers_head_as_it_answers_get_but_for_the_body(whole: Whole) -> None:
    different, seen = set(), set()
    for template in whole.templates:
        path = whole.filled(template)
        got, head = whole.ask(path, "GET"), whole.ask(path, "HEAD")
        seen.add(got.status)
        if (head.status, head.headers, head.body) != (got.status, got.headers, b""):
            different.add(path)

    assert different == {"/enter"}
    assert 200 in seen


def test_at_the_entrance_head_uses_up_no_code(whole: Whole) -> None:
    code = whole.guard.sessions.new_code(time.time())

    assert whole.ask(f"/enter?code={code}", "HEAD").status == 405
    assert whole.client.ask(f"/enter?code={code}").status == 303


@pytest.mark.parametrize("path", [f"/api/v1/runs/{WAITING}/events", "{session}/questions?wait=30"])
def test_head_waits_for_nothing_where_get_would(whole: Whole, path: str) -> None:
    began = time.monotonic()

    assert whole.ask(path.format(session=whole.session), "HEAD").status == 200
    assert time.monotonic() - began < AT_ONCE_SECONDS


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("wait=2&wait", ""),
        ("w%61it=2&run=a%2Bb+c&run=", "run=a%2Bb+c&run="),
        ("run=a%2bb%20c&awaited=1", "run=a%2bb%20c&awaited=1"),
    ],
)
def test_head_leaves_out_what_asks_for_a_wait_however_it_is_written(query: str, asked: str) -> None:
    seen: list[Any] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append((scope["method"], scope["query_string"].decode()))

    asyncio.run(Heads(app)(http_scope("HEAD", "/api/v1/runs", query, [], "127.0.0.1"), never, never))

    assert seen == [("GET", asked)]


async def never(*_given: object) -> Any:
    raise AssertionError("there is nothing to say")


def test_head_of_what_can_only_be_posted_is_refused(whole: Whole) -> None:
    assert whole.ask("/api/v1/plans", "HEAD").status == 405


@pytest.mark.parametrize(
    ("path", "method", "allowed"),
    [
        ("/api/v1/runs", "DELETE", "GET, HEAD, POST"),
        ("/api/v1/runs/example", "POST", "DELETE, GET, HEAD"),
        ("/api/v1/plans", "GET", "POST"),
        ("/enter", "POST", "GET"),
        ("/api/v1/openapi.json", "POST", "GET, HEAD"),
    ],
)
def test_a_method_that_a_path_has_not_is_refused_with_those_that_it_has(
    whole: Whole, path: str, method: str, allowed: str
) -> None:
    reply = whole.ask(path, method)

    assert (reply.status, reply.headers["allow"]) == (405, allowed)
    assert reply.headers["content-type"] == "application/problem+json"
