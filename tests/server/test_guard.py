"""The outermost layer: what it refuses, and that it lets the rest through."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest
from guarded_app import ORIGIN, Guarded, guarded
from starlette.types import ASGIApp, Message

from tuner.server.guard_answer import CONTENT_POLICY
from tuner.server.guard_checks import Headers
from tuner.server.settings import Limits

TIGHT = Limits(body_bytes=1000, header_count=20, header_bytes=2000, target_bytes=200)


@pytest.fixture
def service(tmp_path: Path) -> Guarded:
    return guarded(tmp_path)


@pytest.fixture
def tight(tmp_path: Path) -> Guarded:
    return guarded(tmp_path, TIGHT)


def test_the_right_token_lets_a_program_in(service: Guarded) -> None:
    assert service.client.ask("/api/v1/runs", token=service.token).status == 200


def test_without_a_token_nobody_comes_in(service: Guarded) -> None:
    reply = service.client.ask("/api/v1/runs")

    assert reply.status == 401
    assert reply.headers["www-authenticate"] == "Bearer"
    assert reply.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("value", ["Bearer", "Bearer ", "Basic YTpi", "Bearer " + "0" * 64, "Bearer \xff", "0" * 64])
def test_a_wrong_token_is_no_token(service: Guarded, value: str) -> None:
    assert service.client.ask("/api/v1/runs", headers=[("authorization", value)]).status == 401


@pytest.mark.parametrize("kind", ["", "Basic ", "Token ", "Bearer Bearer "])
def test_the_right_token_in_another_form_is_no_token(service: Guarded, kind: str) -> None:
    headers = [("authorization", f"{kind}{service.token}")]

    assert service.client.ask("/api/v1/runs", headers=headers).status == 401


def test_a_wrong_token_is_not_made_good_by_a_cookie(service: Guarded) -> None:
    assert service.client.ask("/api/v1/runs", token="0" * 64, cookie=service.cookie()).status == 401


def test_a_token_in_the_url_is_no_token(service: Guarded) -> None:
    assert service.client.ask(f"/api/v1/runs?token={service.token}&access_token={service.token}").status == 401


def test_a_cookie_lets_a_browser_in(service: Guarded) -> None:
    assert service.client.ask("/", cookie=f"other=1; {service.cookie()}").status == 200


def test_a_cookie_that_stands_there_twice_is_none(service: Guarded) -> None:
    cookie = service.cookie()

    assert service.client.ask("/", cookie=f"{cookie}; {cookie}").status == 401


def test_a_browser_that_is_unknown_is_told_how_to_get_in(service: Guarded) -> None:
    reply = service.client.ask("/", headers=[("accept", "text/html,*/*")])

    assert reply.status == 401
    assert "tuner serve --new-code" in reply.text
    assert reply.headers["content-type"] == "text/html; charset=utf-8"


def test_below_api_even_a_browser_gets_a_problem(service: Guarded) -> None:
    reply = service.client.ask("/api/v1/runs", headers=[("accept", "text/html")])

    assert reply.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "CONNECT", "PATCH", "PROPFIND", "get", "X"])
def test_a_method_that_nothing_answers_is_refused(service: Guarded, method: str) -> None:
    reply = service.client.ask("/api/v1/runs", method, token=service.token)

    assert (reply.status, reply.headers["allow"]) == (405, "DELETE, GET, HEAD, POST, PUT")


@pytest.mark.parametrize(
    "path",
    [
        "/static/../guarded_app.py",
        "/static/%2e%2e/guarded_app.py",
        "/static/..%2fguarded_app.py",
        "/static/a%2Fb",
        "/static/a%5cb",
        "/static/a\\b",
        "/static/%00",
        "/static/%0d%0a",
        "/static/%7f",
        "/static/%ff",
        "/static/%",
        "/static/%4",
        "/static/%zz",
        "//evil.example/",
        "/api//v1/runs",
        "/./api/v1/runs",
        "http://evil.example/",
        "static",
        "/é",
        '/"',
    ],
)
def test_a_path_with_something_hidden_in_it_is_refused(service: Guarded, path: str) -> None:
    assert service.client.ask(path, token=service.token).status == 400


@pytest.mark.parametrize("path", ["/api/v1/runs/a%20b", "/api/v1/runs/%C3%A9", "/api/v1/runs/a+b=(c),d:e@f~g.h"])
def test_a_path_with_text_in_it_comes_through(service: Guarded, path: str) -> None:
    assert service.client.ask(path, token=service.token).status == 404


def test_a_query_with_raw_control_characters_is_refused(service: Guarded) -> None:
    assert service.client.ask("/api/v1/runs?a=\x01", token=service.token).status == 400


@pytest.mark.parametrize("target", ["/" + "a" * 200, "/?" + "a" * 200])
def test_a_url_that_is_too_long_is_refused(tight: Guarded, target: str) -> None:
    assert tight.client.ask(target, token=tight.token).status == 414


def test_too_many_headers_are_refused(tight: Guarded) -> None:
    assert tight.client.ask("/", token=tight.token, headers=[("x-a", "b")] * 19).status == 431


def test_too_long_headers_are_refused(tight: Guarded) -> None:
    assert tight.client.ask("/", token=tight.token, headers=[("x-a", "b" * 2000)]).status == 431


@pytest.mark.parametrize("name", ["authorization", "host", "origin", "cookie", "content-length", "X-CSRF-Token"])
def test_a_header_that_must_be_single_is_refused_when_it_stands_there_twice(service: Guarded, name: str) -> None:
    reply = service.client.ask("/api/v1/runs", headers=[(name, "1"), (name, "1")])

    assert (reply.status, reply.detail) == (400, f"the header {name.lower()} stands there twice")


def test_two_lengths_of_one_body_are_refused(service: Guarded) -> None:
    headers = [("content-length", "1"), ("transfer-encoding", "chunked")]

    assert service.client.ask("/api/v1/runs", "POST", token=service.token, headers=headers, body=b"1").status == 400


@pytest.mark.parametrize("host", ["127.0.0.1:8321", "localhost:8321", "LOCALHOST:8321", "[::1]:8321"])
def test_this_machine_is_called_by_each_of_its_own_names(service: Guarded, host: str) -> None:
    assert service.client.ask("/api/v1/runs", token=service.token, host=host).status == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8321", "127.0.0.1", "127.0.0.1:80", "127.0.0.1:8321.evil.example", "localhost.", ""],
)
def test_a_name_that_is_not_ours_is_refused_even_with_the_right_token(service: Guarded, host: str) -> None:
    assert service.client.ask("/api/v1/runs", token=service.token, host=host).status == 403


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://127.0.0.1:8321", "http://127.0.0.1", "http://localhost:8321", ""]
)
def test_a_page_of_another_place_is_refused_even_with_the_right_token(service: Guarded, origin: str) -> None:
    assert service.client.ask("/api/v1/runs", token=service.token, headers=[("origin", origin)]).status == 403


def test_our_own_pages_are_let_through(service: Guarded) -> None:
    headers = [("origin", ORIGIN), ("sec-fetch-site", "same-origin")]

    assert service.client.ask("/api/v1/runs", cookie=service.cookie(), headers=headers).status == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site", "strange"])
def test_a_request_that_a_page_of_another_place_caused_is_refused(service: Guarded, site: str) -> None:
    assert service.client.ask("/", cookie=service.cookie(), headers=[("sec-fetch-site", site)]).status == 403


def test_a_link_on_a_page_of_the_same_host_can_be_followed(service: Guarded) -> None:
    headers = [("sec-fetch-site", "same-site"), ("sec-fetch-mode", "navigate")]

    assert service.client.ask("/", cookie=service.cookie(), headers=headers).status == 200
    assert service.client.ask("/api/v1/runs", "POST", token=service.token, headers=headers).status == 403
    assert service.client.ask("/api/v1/runs", "POST", token=service.token).status == 201


def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_read(tight: Guarded) -> None:
    headers = [("content-length", "1001")]

    assert tight.client.ask("/api/v1/runs", "POST", token=tight.token, headers=headers).status == 413


@pytest.mark.parametrize("length", ["9" * 400, "-1", "1e3", "0x10", "²"])
def test_a_length_that_is_no_sensible_number_is_refused(tight: Guarded, length: str) -> None:
    reply = tight.client.ask("/api/v1/runs", "POST", token=tight.token, headers=[("content-length", length)])

    assert reply.status in {400, 413}


@pytest.mark.parametrize("headers", [[], [("transfer-encoding", "chunked")], [("content-length", "10")]])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_body_that_grows_too_large_is_refused_whatever_was_announced(
    tight: Guarded, method: str, headers: list[tuple[str, str]]
) -> None:
    parts = [b"a" * 400] * 3
    reply = tight.client.ask("/api/v1/runs/quick", method, token=tight.token, headers=headers, body=parts)

    assert reply.status == 413
    assert reply.headers["connection"] == "close"


def test_a_body_of_just_the_limit_arrives_whole(tight: Guarded) -> None:
    reply = tight.client.ask("/api/v1/runs", "POST", token=tight.token, body=[b"a" * 500, b"b" * 500])

    assert (reply.status, reply.body) == (201, b'{"length":1000,"visitor":"full token from 127.0.0.1"}')


def test_a_body_is_not_read_for_a_stranger(tight: Guarded) -> None:
    assert tight.client.ask("/api/v1/runs", "POST", body=[b"a" * 400] * 3).status == 401


def test_only_http_is_spoken(service: Guarded) -> None:
    assert asyncio.run(first_message(service.guard, {"type": "websocket", "path": "/"})) == "websocket.close"
    assert asyncio.run(first_message(service.guard, {"type": "strange", "path": "/"})) is None


async def first_message(app: ASGIApp, scope: dict[str, Any]) -> str | None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent[0]["type"] if sent else None


@pytest.mark.parametrize("target", ["/", "/api/v1/runs", "/static/guarded_app.py", "/nowhere", "/docs"])
def test_every_answer_has_the_headers_that_keep_a_browser_safe(service: Guarded, target: str) -> None:
    for reply in (service.client.ask(target, token=service.token), service.client.ask(target)):
        assert reply.headers["content-security-policy"] == CONTENT_POLICY
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["referrer-policy"] == "no-referrer"
        assert reply.headers["cross-origin-opener-policy"] == "same-origin"
        assert reply.headers["cross-origin-resource-policy"] == "same-origin"
        assert reply.headers["cache-control"] == "no-store"
        assert not any(name.startswith("access-control") for name in reply.headers)


def test_a_page_may_bring_a_policy_of_its_own_and_nothing_else(service: Guarded) -> None:
    reply = service.client.ask("/report.html", token=service.token)

    assert reply.headers["content-security-policy"] == "default-src 'none'; script-src 'sha256-x'"
    assert reply.headers["x-frame-options"] == "DENY"


def test_an_unforeseen_error_tells_nothing_but_where_it_is_logged(
    service: Guarded, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        reply = service.client.ask("/api/v1/bug?secret=1", token=service.token)
    number = reply.detail.rpartition(" ")[2]

    assert reply.status == 500
    assert "swordfish" not in reply.text
    assert [record.message for record in caplog.records] == [f"{number}: GET '/api/v1/bug' failed"]
    assert "swordfish" in caplog.text
    assert service.token not in caplog.text


def test_an_error_of_the_guard_itself_is_told_likewise(service: Guarded, caplog: pytest.LogCaptureFixture) -> None:
    service.sessions.close()
    reply = service.client.ask("/", cookie=f"tuner={'0' * 64}")

    assert reply.status == 500
    assert reply.detail.startswith("internal error")


def test_an_error_of_ours_is_told_with_its_status_and_without_paths(service: Guarded) -> None:
    reply = service.client.ask("/api/v1/runs/quick", token=service.token)

    assert (reply.status, reply.detail) == (404, "no run at quick")
    assert reply.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("headers", [[(f"x-{number}", "") for number in range(65)], [("x-long", "a" * 4096)]])
def test_of_many_or_long_headers_nothing_is_kept(service: Guarded, headers: list[tuple[str, str]]) -> None:
    before = Headers._kept.cache_info().currsize
    service.client.ask("/api/v1/runs", headers=headers)

    assert Headers._kept.cache_info().currsize == before
