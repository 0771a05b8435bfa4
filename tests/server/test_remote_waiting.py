"""Requests that wait for news, over real connections: they end when either side does, and there are only so many."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable

import httpx2
import pytest
from served_under_test import Served, served

from tuner.remote.exchange import Exchange
from tuner.remote.question import Question
from tuner.server import mailbox, remote_waiting
from tuner.server.guard import Guard
from tuner.server.kept_answers import KeptAnswers
from tuner.server.remote_waiting import Waiting

__all__ = ["served"]
TALK = "c" * 32
TEXT = '{"type":"ask","count":1}'


def headers(served: Served, kind: str = "token") -> dict[str, str]:
    return {"Authorization": f"Bearer {served.token(kind)}"}


def waits(served: Served) -> Waiting:
    assert served.server is not None
    guard = served.server.config.app
    assert isinstance(guard, Guard)
    assert isinstance(guard.app, KeptAnswers)
    found: Waiting = guard.app.app.state.remote_desk.waits  # type: ignore[attr-defined]  # which wraps a FastAPI
    return found


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.fixture
def session(served: Served) -> str:
    return served.client().open_strategy("mine").id


def polling(served: Served, session: str) -> httpx2.Response:
    url = f"{served.url}/api/v1/remote-strategies/{session}/questions?wait=30"
    return httpx2.get(url, headers=headers(served), timeout=60, trust_env=False)


def asking(served: Served, session: str, number: int = 0, wait: float = 0.0) -> httpx2.Response:
    url = f"{served.url}/api/v1/exchange/{session}/{TALK}/{number}"
    body = {"text": TEXT, "wait": wait}
    return httpx2.post(url, json=body, headers=headers(served, "exchange-token"), timeout=60, trust_env=False)


def test_a_request_that_its_client_has_abandoned_waits_no_longer(served: Served, session: str) -> None:
    line = f"GET /api/v1/remote-strategies/{session}/questions?wait=30 HTTP/1.1"
    sent = [line, f"Host: 127.0.0.1:{served.port}", *(f"{name}: {value}" for name, value in headers(served).items())]
    with socket.create_connection(("127.0.0.1", served.port)) as connection:
        connection.sendall("\r\n".join([*sent, "", ""]).encode())
        until(lambda: len(waits(served)) == 1)

    until(lambda: len(waits(served)) == 0)


def test_whoever_waits_is_told_what_there_is_when_the_service_ends(served: Served, session: str) -> None:
    quiet = served.client().open_strategy("quiet").id
    answers: dict[str, httpx2.Response] = {}
    threads = [
        threading.Thread(target=lambda: answers.update(poll=polling(served, quiet))),
        threading.Thread(target=lambda: answers.update(ask=asking(served, session, wait=30))),
    ]
    for thread in threads:
        thread.start()
    until(lambda: len(waits(served)) == 2)

    assert served.server is not None
    served.server.should_exit = True
    for thread in threads:
        thread.join(20)

    assert (answers["poll"].status_code, answers["poll"].json()) == (200, {"questions": [], "is_ended": False})
    assert (answers["ask"].status_code, answers["ask"].json()) == (202, {"answered": 0})


def test_one_request_more_than_may_wait_is_told_when_to_come_again(
    served: Served, session: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_waiting, "MOST_POLLS", 0)

    refused = polling(served, session)

    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    line = "0 requests wait for the questions of this session, and no more may"
    assert (refused.headers["content-type"], refused.json()["detail"]) == ("application/problem+json", line)


def test_a_worker_asks_again_once_there_is_room_for_its_question(
    served: Served, session: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "MOST_WAITING", 1)
    asking(served, session)
    found: list[object] = []
    exchange = Exchange(served.url, served.token("exchange-token"))
    worker = threading.Thread(target=lambda: found.append(exchange.ask(Question(session, TALK, 1, TEXT), 20)))
    refused = asking(served, session, 1)

    worker.start()
    for number in (0, 1):
        answer(served, session, number)
    worker.join(20)

    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert found == [{"proposals": []}]


def answer(served: Served, session: str, number: int) -> None:
    """Answer a question once it waits."""
    place = f"{served.url}/api/v1/remote-strategies/{session}/questions/{TALK}/{number}"
    body: dict[str, object] = {"answer": {"proposals": []}}
    until(lambda: httpx2.post(place, json=body, headers=headers(served), trust_env=False).status_code == 204)


def test_a_session_that_stores_as_much_as_it_may_is_refused_more(
    served: Served, session: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "MOST_BYTES", 100)

    refused = asking(served, session)

    assert refused.status_code == 507
    assert "at most 100 are kept: open another session for further runs" in refused.json()["detail"]
