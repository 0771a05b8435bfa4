"""Answers that are given again: only while nothing has changed, only to whom they were given, and not without end."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from example_store import write_example_run
from guarded_app import http_scope
from pages_under_test import browsing
from service_under_test import SUITE, service, write_interrupted_run
from starlette.types import Message, Receive, Scope, Send

from tuner.server import kept_answers, run_directory, run_states
from tuner.server.browser_sessions import BrowserSession
from tuner.server.guard_visitors import Visitor
from tuner.server.kept_answers import KeptAnswers, keep_not, keep_while_same
from tuner.server.service import Service
from tuner.server.tokens import Access

__all__ = ["service"]
PROGRAM = Visitor("program", Access.FULL)
FRESH = ("/api/v1/runs/fresh", "/api/v1/runs/fresh/progress")
START: Message = {"type": "http.response.start", "status": 200, "headers": [(b"x-made", b"yes")]}


@dataclass
class App:
    """Answers with how many answers it has made; `state` is what they depend on."""

    state: Any = 0
    start: Message = field(default_factory=lambda: START)
    parts: tuple[bytes, ...] = ()
    meanwhile: Callable[[], object] = lambda: None
    made: int = 0

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        keep_while_same(self.stamp)
        self.meanwhile()
        self.made += 1
        await send(self.start)
        for part in self.parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b"%d" % self.made})

    def stamp(self) -> object:
        if isinstance(self.state, Exception):
            raise self.state
        return self.state


class Asker:
    """Sends requests to an app whose answers are kept."""

    def __init__(self, app: App) -> None:
        self.kept = KeptAnswers(app)

    def ask(self, target: str = "/a", visitor: Visitor = PROGRAM, method: str = "GET") -> str:
        path, _, query = target.partition("?")
        scope = {**http_scope(method, path, query, [], "127.0.0.1"), "state": {"visitor": visitor}}
        answered: list[Message] = []

        async def send(message: Message) -> None:
            answered.append(message)

        asyncio.run(self.kept(scope, send, send))  # type: ignore[arg-type]  # nothing is received
        assert answered[0]["headers"] == [(b"x-made", b"yes")]
        return b"".join(message["body"] for message in answered[1:]).decode()


def asked_twice(app: App, **changes: Any) -> list[str]:
    asker = Asker(app)
    return [asker.ask(), asker.ask(**changes)]


def test_an_answer_is_given_again_while_nothing_has_changed() -> None:
    assert asked_twice(App()) == ["1", "1"]


def test_an_answer_is_made_anew_once_something_has_changed() -> None:
    app = App()
    asker = Asker(app)
    before = [asker.ask(), asker.ask()]
    app.state = 1

    assert [*before, asker.ask(), asker.ask()] == ["1", "1", "2", "2"]


def test_a_change_while_an_answer_is_made_is_seen_the_next_time() -> None:
    app = App()
    app.meanwhile = lambda: setattr(app, "state", app.state + 1 if app.made == 0 else app.state)

    assert asked_twice(app) == ["1", "2"]


@pytest.mark.parametrize(
    "changes",
    [
        {"target": "/b"},
        {"target": "/a?offset=1"},
        {"method": "POST"},
        {"method": "HEAD"},
        {"visitor": Visitor("program", Access.READ)},
        {"visitor": Visitor("browser", Access.FULL, BrowserSession("one", Access.FULL))},
    ],
)
def test_what_is_asked_otherwise_or_by_somebody_else_is_answered_anew(changes: dict[str, Any]) -> None:
    assert asked_twice(App(), **changes) == ["1", "2"]


def test_two_browsers_do_not_get_each_others_pages() -> None:
    asker = Asker(App())
    visitors = [Visitor("browser", Access.FULL, BrowserSession(secret, Access.FULL)) for secret in ("one", "two")]

    assert [asker.ask(visitor=visitor) for visitor in visitors * 2] == ["1", "2", "1", "2"]


@pytest.mark.parametrize(
    "app",
    [
        App(state=None),
        App(start={**START, "status": 404}),
        App(parts=(b"",)),
        App(parts=(b"", b"")),
    ],
    ids=["of unknown state", "an error", "in two parts", "in three parts"],
)
def test_only_whole_good_answers_of_known_state_are_kept(app: App) -> None:
    assert asked_twice(app) == ["1", "2"]


def test_an_answer_that_tells_of_what_no_stamp_sees_is_not_kept() -> None:
    assert asked_twice(App(meanwhile=keep_not)) == ["1", "2"]


def test_of_what_was_asked_for_within_another_request_nothing_is_kept_for_that_one() -> None:
    app = App()
    asker = Asker(app)

    async def passing_on(scope: Scope, receive: Receive, send: Send) -> None:
        async def unseen(_message: Message) -> None:
            pass

        await asker.kept({**scope, "path": "/b", "method": "HEAD"}, receive, unseen)
        app.made += 10
        await send(START)
        await send({"type": "http.response.body", "body": b"%d" % app.made})

    outer = Asker(app)
    outer.kept.app = passing_on

    assert [outer.ask(), outer.ask()] == ["11", "22"]


def test_an_answer_of_which_nothing_was_said_is_not_kept() -> None:
    made = []

    async def silent(_scope: Scope, _receive: Receive, send: Send) -> None:
        made.append(1)
        await send(START)
        await send({"type": "http.response.body", "body": b"%d" % len(made)})

    asker = Asker(App())
    asker.kept.app = silent

    assert [asker.ask(), asker.ask()] == ["1", "2"]


def test_where_nobody_knows_whether_something_has_changed_the_app_is_asked() -> None:
    app = App()
    asker = Asker(app)
    asker.ask()
    app.state = OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        asker.ask()


def test_of_many_answers_those_that_were_asked_for_last_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_answers, "MOST_ANSWERS", 2)
    asker = Asker(App())

    assert [asker.ask(path) for path in ("/a", "/b", "/a", "/c", "/a", "/b")] == ["1", "2", "1", "3", "1", "4"]


def test_answers_are_kept_up_to_so_many_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_answers, "MOST_BYTES", 2)
    app = App()
    asker = Asker(app)
    before = [asker.ask(path) for path in ("/a", "/b", "/c", "/b", "/a")]
    app.state = 1
    after = [asker.ask(path) for path in ("/a", "/b", "/a", "/b")]

    assert (before, after) == (["1", "2", "3", "2", "4"], ["5", "6", "5", "6"])


def test_a_long_answer_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_answers, "MOST_BYTES_OF_ONE", 0)

    assert asked_twice(App()) == ["1", "2"]


@pytest.fixture
def pages(service: Service) -> Iterator[Callable[[str], str]]:
    """What a browser reads of a service with two runs."""
    write_interrupted_run(service.folder.runs / "stopped")
    with browsing(service) as browser:
        yield browser.text


@pytest.mark.parametrize("path", ["/", "/runs/mine", "/api/v1/runs", "/api/v1/runs/mine", "/api/v1/runs/mine/progress"])
def test_what_happens_to_a_job_is_told_at_once(service: Service, pages: Callable[[str], str], path: str) -> None:
    service.submit(SUITE)
    before = [pages(path), pages(path)]
    service.cancel("mine")
    after = pages(path)

    assert before[0] == before[1] != after
    assert after.count("cancelled") == before[0].count("cancelled") + 1
    assert after.count("queued") < before[0].count("queued")


@pytest.mark.parametrize("what", ["sealed_studies_of", "read_run_info"])
@pytest.mark.parametrize(
    "path", ["/", "/runs/fresh", "/api/v1/runs", "/api/v1/runs/fresh", "/api/v1/runs/fresh/progress"]
)
def test_a_trouble_that_passes_is_not_told_any_more(
    service: Service, pages: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, path: str, what: str
) -> None:
    def fail(_path: Path) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    write_example_run(service.folder.runs / "fresh")
    with monkeypatch.context() as patched:
        patched.setattr(run_directory, what, fail)
        during = pages(path)

    assert "Too many open files" in during
    assert "Too many open files" not in pages(path)


@pytest.mark.parametrize("path", ["/?text=stopped", "/runs/stopped", "/api/v1/runs/stopped"])
def test_a_lock_that_was_there_for_an_instant_is_not_told_any_more(
    service: Service, pages: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(run_states, "is_locked", lambda _run: True)
        during = pages(path)

    assert pages(path).count("interrupted") == during.count("interrupted") + 1
