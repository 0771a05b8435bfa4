"""The Python client says what the service says, and repeats only what cannot happen twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tuner import Suite
from tuner.client import Service, ServiceError
from tuner.client.connection import find_token

TOKEN = "0" * 64
RUN = {
    "name": "mine",
    "suite": "mine",
    "state": "queued",
    "created": "2026-11-28T12:00:00Z",
    "finished": None,
    "trials": 0,
    "expected": None,
    "failures": 0,
    "studies": 0,
    "studies_done": 0,
    "workers": None,
    "leader": None,
    "message": "",
}


class Told:
    """What was asked, and what is answered in turn: a status with JSON, or an error."""

    def __init__(self, *answers: tuple[int, Any] | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[httpx2.Request] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return httpx2.Response(answer[0], json=answer[1])


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _seconds: None)


def client(told: Callable[[httpx2.Request], httpx2.Response], **options: Any) -> Service:
    return Service("http://127.0.0.1:8321", TOKEN, transport=httpx2.MockTransport(told), **options)


def test_a_refusal_is_one_line_with_the_services_own_words_and_its_status() -> None:
    with pytest.raises(ServiceError, match=r"^no run called 'x'$") as caught:
        client(Told((404, {"detail": "no run\ncalled 'x'"}))).run("x")

    assert caught.value.status == 404


def test_a_submission_is_repeated_with_the_same_key_until_it_is_answered() -> None:
    told = Told(httpx2.ReadError("gone"), (503, {"detail": "busy"}), (201, RUN))

    run = client(told).submit("quick", seeds=2)

    keys = {request.headers["idempotency-key"] for request in told.asked}
    assert (run.name, len(told.asked), len(keys)) == ("mine", 3, 1)
    assert json.loads(told.asked[-1].content) == {"suite": "quick", "seeds": 2}


def test_two_submissions_have_two_keys() -> None:
    told = Told((201, RUN), (201, RUN))
    service = client(told)

    service.submit("quick")
    service.submit("quick")

    assert len({request.headers["idempotency-key"] for request in told.asked}) == 2


def test_what_could_happen_twice_is_not_repeated_once_it_may_have_arrived() -> None:
    told = Told((201, RUN), httpx2.ReadError("gone"))

    with pytest.raises(ServiceError, match=r"^http://127.0.0.1:8321 cannot be reached: gone$"):
        client(told).submit("quick").cancel()
    assert len(told.asked) == 2


def test_a_request_that_never_arrived_is_repeated_whatever_it_is() -> None:
    told = Told((201, RUN), httpx2.ConnectError("refused"), (200, {**RUN, "state": "cancelled"}))

    assert client(told).submit("quick").cancel().state == "cancelled"


def test_patience_ends() -> None:
    told = Told(*[httpx2.ConnectError("refused")] * 100)

    with pytest.raises(ServiceError, match="cannot be reached: refused"):
        client(told, patience_seconds=0.0).runs()
    assert len(told.asked) == 1


def test_a_redirect_is_not_followed_with_the_token() -> None:
    asked: list[httpx2.Request] = []

    def redirect(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        return httpx2.Response(307, headers={"Location": "http://elsewhere.example/"})

    with pytest.raises(ServiceError):
        client(redirect).runs()
    assert [request.url.host for request in asked] == ["127.0.0.1"]


def test_all_pages_of_a_list_are_read() -> None:
    told = Told(
        (200, {"items": [RUN], "next": "/api/v1/runs?offset=1"}),
        (200, {"items": [{**RUN, "name": "other"}], "next": None}),
    )

    assert [run.name for run in client(told).runs(state="queued")] == ["mine", "other"]
    assert dict(told.asked[1].url.params) == {"offset": "1", "limit": "500", "state": "queued"}


def test_a_suite_may_be_a_name_a_table_a_file_or_a_suite(tmp_path: Path) -> None:
    text = 'name = "mine"\nstrategies = ["random"]\ntasks = ["branin"]\nbudget = { trials = 3 }\n'
    (tmp_path / "mine.toml").write_text(text)
    made = Suite.model_validate(
        {"name": "mine", "strategies": ["random"], "tasks": ["branin"], "budget": {"trials": 3}}
    )
    told = Told(*[(201, RUN)] * 4)
    service = client(told)

    for suite in ("mine", {"name": "mine"}, str(tmp_path / "mine.toml"), made):
        service.submit(suite)

    sent = [json.loads(request.content)["suite"] for request in told.asked]
    assert sent[0] == "mine"
    assert [one["name"] for one in sent[1:]] == ["mine"] * 3
    assert sent[2]["budget"] == {"trials": 3}


def test_waiting_tells_each_change_and_ends_with_the_run() -> None:
    states = ["running", "running", "finished"]
    told = Told((201, RUN), *[(200, {"summary": {**RUN, "state": s}, "cells": [], "failures": []}) for s in states])
    shown: list[str] = []

    summary = client(told).submit("quick").wait(lambda one: shown.append(one.state))

    assert summary.state == "finished"
    assert shown == ["running", "finished"]


def test_the_token_is_given_or_in_a_file_or_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    assert find_token(TOKEN) == find_token(tmp_path / "token") == find_token(str(tmp_path / "token")) == TOKEN

    monkeypatch.setenv("TUNER_TOKEN", TOKEN)
    assert find_token(None) == TOKEN


@pytest.mark.parametrize("given", ["nowhere", "pyproject.toml", None])
def test_without_a_token_nothing_is_asked(given: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("x = 1")
    monkeypatch.delenv("TUNER_TOKEN", raising=False)

    with pytest.raises(ServiceError, match="token"):
        find_token(given)


@pytest.mark.parametrize("url", ["ftp://host", "127.0.0.1:8321", "http://user@host", "http://"])
def test_an_url_that_leads_to_no_service_is_refused(url: str) -> None:
    with pytest.raises(ServiceError, match="is no URL of a service"):
        Service(url, TOKEN)
