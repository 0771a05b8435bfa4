"""A service of which only the answers to a runner's requests are there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import httpx2
import pytest

from tuner.client.connection import Connection
from tuner.runners import insistence

RUN, ME = "mine", "me.1"
JOURNAL = "journal/000001.journal"
Answer = Callable[[httpx2.Request], httpx2.Response]


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(insistence, "_FIRST_PAUSE_SECONDS", 0.001)
    monkeypatch.setattr(insistence, "_LONGEST_PAUSE_SECONDS", 0.001)


@contextmanager
def connected(answer: Answer) -> Iterator[Connection]:
    transport = httpx2.MockTransport(answer)
    with closing(Connection("http://127.0.0.1:1", "0" * 64, patience_seconds=0.0, transport=transport)) as made:
        yield made


class Service:
    """Has no file of a run, takes all that comes, and notes it."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "GET":
            return httpx2.Response(200, json=[])
        self.take(name_of(request))
        return httpx2.Response(204)

    def take(self, name: str) -> None:
        self.sent.append(name)


class Refusing(Service):
    """Says the same of every file."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "PUT":
            self.take(name_of(request))
            return httpx2.Response(self.status, json={"detail": "no"})
        return super().__call__(request)


def name_of(request: httpx2.Request) -> str:
    return request.url.path.rpartition("/files/")[2]
