"""More questions at once than the workshop can answer: a few wait, the others are told so, and nobody else waits."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
from guarded_app import Client, Reply, http_scope
from service_under_test import SUITE, make_service
from starlette.types import ASGIApp

from tuner.server import workshop as workshops
from tuner.server.app import create_app
from tuner.server.settings import ServerSettings
from tuner.server.workshop import MOST_PLANS, MOST_REPORTS, Workshop, WorkshopBusy

MANY = 60


@dataclass
class Slow:
    """A process that answers when it is let, and whoever asks waits until then."""

    let: threading.Event = field(default_factory=threading.Event)
    asked: Queue[str] = field(default_factory=Queue)
    is_alive: bool = True

    def ask(self, question: dict[str, Any], seconds: float) -> dict[str, Any]:
        self.asked.put(question["question"])
        assert self.let.wait(min(seconds, 20))
        return {"answer": {"suite": SUITE, "studies": 0, "skipped": [], "tasks": []}}

    def end(self) -> None:
        self.let.set()


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    """What every workshop has for its processes."""
    made = Slow()
    monkeypatch.setattr(workshops, "WorkshopProcess", lambda: made)
    yield made
    made.let.set()


def outcomes(workshop: Workshop, question: str, number: int) -> Queue[object]:
    """Of so many who ask at once, as they come."""
    found: Queue[object] = Queue()

    def ask() -> None:
        try:
            found.put(workshop.ask(question))
        except WorkshopBusy as error:
            found.put(error)

    for _ in range(number):
        threading.Thread(target=ask, daemon=True).start()
    return found


@pytest.mark.parametrize(("question", "most"), [("plan", MOST_PLANS), ("report", MOST_REPORTS)])
def test_a_few_wait_and_the_others_are_told_at_once(slow: Slow, question: str, most: int) -> None:
    found = outcomes(Workshop(), question, most + 5)
    refused = [found.get(timeout=10) for _ in range(5)]

    assert {type(one) for one in refused} == {WorkshopBusy}
    assert str(refused[0]) == f"{most} others wait already, the most that may: ask for the {question} again later"
    slow.let.set()
    assert {type(found.get(timeout=10)) for _ in range(most)} == {dict}


def test_places_are_free_again_once_there_are_answers(slow: Slow) -> None:
    workshop = Workshop()
    slow.let.set()

    assert len([workshop.ask("plan") for _ in range(3 * MOST_PLANS)]) == 3 * MOST_PLANS


def test_plans_take_no_places_of_reports(slow: Slow) -> None:
    workshop = Workshop()
    found = outcomes(workshop, "plan", MOST_PLANS + 1)
    found.get(timeout=10)
    outcomes(workshop, "report", 1)

    assert [slow.asked.get(timeout=10) for _ in range(2)] == ["plan", "report"]


def test_the_catalogue_is_made_however_many_ask_for_plans(slow: Slow) -> None:
    workshop = Workshop()
    found = outcomes(workshop, "plan", MOST_PLANS + 1)
    assert isinstance(found.get(timeout=10), WorkshopBusy)
    catalogue = outcomes(workshop, "catalogue", 1)
    slow.let.set()

    assert isinstance(catalogue.get(timeout=10), dict)


def test_nobody_waits_for_ever_for_their_turn(slow: Slow) -> None:
    workshop = Workshop(seconds=0.05)
    with workshop._planning._turn("plan"), pytest.raises(WorkshopBusy, match=r"others were worked on for 0\.05 s"):
        workshop.ask("plan")
    slow.let.set()


def test_many_slow_plans_keep_nobody_else_waiting(slow: Slow, tmp_path: Path) -> None:
    service = make_service(tmp_path)
    service.workshop = Workshop()
    settings = ServerSettings(tmp_path)
    app = create_app(settings, service)

    refused, health, planned = asyncio.run(replies_while_plans_wait(app, settings.folder.token.read_text(), slow))

    assert {(one.status, one.headers["retry-after"]) for one in refused} == {(503, "2")}
    assert refused[0].detail.startswith(f"{MOST_PLANS} others wait already")
    assert health.status == 200
    assert [one.status for one in planned] == [200] * MOST_PLANS
    service.close()


async def replies_while_plans_wait(app: ASGIApp, token: str, slow: Slow) -> tuple[list[Reply], Reply, list[Reply]]:
    """What plans were answered at once, what something else was meanwhile, and what the other plans were then."""
    plans = [asyncio.create_task(ask(app, "POST", "/api/v1/plans", token, SUITE)) for _ in range(MANY)]
    coming = asyncio.as_completed(plans, timeout=15)
    refused = [await next(coming) for _ in range(MANY - MOST_PLANS)]
    health = await asyncio.wait_for(ask(app, "GET", "/api/v1/health", token), 5)
    slow.let.set()
    return refused, health, [await one for one in coming]


async def ask(app: ASGIApp, method: str, path: str, token: str, body: str = "") -> Reply:
    client = Client(app)
    headers = [
        ("host", client.host),
        ("authorization", f"Bearer {token.strip()}"),
        ("content-type", "application/toml"),
    ]
    return await client._send(http_scope(method, path, "", headers, client.peer), [body.encode()])
