"""Nothing is open: every route of the live route table, with every method, is closed to those it is not for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from guarded_app import HOST, Client, guarded, paths_of

from tuner.server.app import create_app
from tuner.server.kept_answers import KeptAnswers
from tuner.server.settings import Limits, ServerSettings

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT")
SECRET = "0" * 64
REFUSED: dict[str, dict[str, Any]] = {
    "no token": {},
    "a wrong token": {"token": SECRET},
    "a wrong cookie": {"cookie": f"tuner={SECRET}"},
    "another name": {"host": "evil.example:8321", "token": "right"},
    "another page": {"headers": [("origin", "http://evil.example")], "token": "right"},
    "a request that another page caused": {"headers": [("sec-fetch-site", "cross-site")], "token": "right"},
}


class NoService:
    """Fails whoever comes through to it."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a request came through as far as {name}")


class Whole:
    """An app, its paths, and the token that opens it."""

    def __init__(self, app: FastAPI, client: Client, token: str) -> None:
        self.paths = paths_of(app)
        self.client = client
        self.token = token


@pytest.fixture(scope="module", params=["the service", "one route of each kind"])
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    folder = tmp_path_factory.mktemp("whole")
    generous = Limits(failures_per_minute=1e6, entries_per_minute=1e6, requests_per_second=1e6)
    if request.param == "the service":
        settings = ServerSettings(runs=folder, limits=generous)
        settings.folder.create()
        guard = create_app(settings, NoService())  # type: ignore[arg-type]  # no request comes through to it
    else:
        small = guarded(folder, generous)
        settings, guard = small.settings, small.guard
    app = guard.app.app if isinstance(guard.app, KeptAnswers) else guard.app
    assert isinstance(app, FastAPI)
    yield Whole(app, Client(guard), settings.folder.token.read_text().strip())
    guard.sessions.close()


@pytest.mark.parametrize("way", REFUSED)
def test_every_route_is_closed_to(whole: Whole, way: str) -> None:
    asked = {**REFUSED[way]}
    if asked.get("token") == "right":
        asked["token"] = whole.token
    opened = {
        (method, path)
        for path in [*whole.paths, "/nowhere"]
        for method in METHODS
        if whole.client.ask(path, method, **asked).status not in {401, 403, 405}
    }

    assert opened == set()


def test_no_method_but_a_few_is_answered_by_any_route_even_with_the_right_token(whole: Whole) -> None:
    for path in whole.paths:
        for method in METHODS[5:]:
            reply = whole.client.ask(path, method, token=whole.token)
            assert (reply.status, reply.detail) == (405, "the method is none of DELETE, GET, HEAD, POST, PUT")


def test_the_route_table_holds_what_it_should(whole: Whole) -> None:
    assert {"/enter", "/leave", "/api/v1/openapi.json"} <= set(whole.paths)


def test_behind_the_guard_the_right_token_finds_the_way(whole: Whole) -> None:
    reply = whole.client.ask("/api/v1/openapi.json", token=whole.token, host=HOST)

    assert reply.status == 200
    assert b'"openapi"' in reply.body
