"""How often, how many at once, and how long one visitor may ask."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from guarded_app import HOST, Client, Guarded, guarded, http_scope
from starlette.types import Message

from tuner.server.settings import Limits

TIGHT = Limits(requests_per_second=5, failures_per_minute=3, event_streams=2)


@pytest.fixture
def service(tmp_path: Path) -> Guarded:
    return guarded(tmp_path)


@pytest.fixture
def tight(tmp_path: Path) -> Guarded:
    return guarded(tmp_path, TIGHT)


def test_too_many_requests_of_one_visitor_have_to_wait(tight: Guarded) -> None:
    statuses = [tight.client.ask("/api/v1/runs", token=tight.token).status for _ in range(7)]
    refused = tight.client.ask("/api/v1/runs", token=tight.token)
    others = tight.client.ask("/api/v1/runs", token=tight.read_token).status
    tight.clock.now += 1

    assert statuses == [200] * 5 + [429] * 2
    assert refused.headers["retry-after"] == "1"
    assert others == 200
    assert tight.client.ask("/api/v1/runs", token=tight.token).status == 200


def test_a_hundred_requests_a_second_are_served(service: Guarded) -> None:
    statuses = []
    for _ in range(200):
        statuses.append(service.client.ask("/api/v1/runs", token=service.token).status)
        service.clock.now += 0.01

    assert set(statuses) == {200}


def test_too_many_wrong_tokens_from_one_address_have_to_wait(tight: Guarded) -> None:
    statuses = [tight.client.ask("/", token="0" * 64).status for _ in range(5)]

    assert statuses == [401] * 3 + [429] * 2
    assert Client(tight.guard, peer="10.0.0.9").ask("/", token="0" * 64).status == 401


def test_the_right_token_does_not_wait_for_wrong_ones(tight: Guarded) -> None:
    for _ in range(5):
        tight.client.ask("/", token="0" * 64)

    assert tight.client.ask("/api/v1/runs", token=tight.token).status == 200


def test_addresses_of_one_ipv6_network_count_as_one(tight: Guarded) -> None:
    clients = [Client(tight.guard, peer=f"2001:db8::{number}") for number in range(1, 6)]

    assert [client.ask("/", token="0" * 64).status for client in clients] == [401] * 3 + [429] * 2


def test_too_many_event_streams_of_one_visitor_are_refused(tight: Guarded) -> None:
    assert asyncio.run(statuses_of_open_streams(tight, 4)) == [200, 200, 429, 429]


def test_an_event_stream_that_has_ended_does_not_count(tight: Guarded) -> None:
    assert [tight.client.ask("/runs/1/events", cookie=tight.cookie()).status for _ in range(4)] == [200] * 4
    cookie = tight.cookie()
    assert [tight.client.ask("/runs/1/events", cookie=cookie).status for _ in range(4)] == [200] * 4


async def statuses_of_open_streams(service: Guarded, number: int) -> list[int]:
    """Open streams with one token, none of which ends before all have begun."""
    statuses: list[int] = []
    all_begun = asyncio.Event()

    async def listen() -> None:
        waiting: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> Message:
            if waiting:
                return waiting.pop()
            await all_begun.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])
                if len(statuses) == number:
                    all_begun.set()
            elif statuses[-1] == 200:
                await all_begun.wait()

        headers = [("host", HOST), ("authorization", f"Bearer {service.token}")]
        await service.guard(http_scope("GET", "/runs/1/events", "", headers, "127.0.0.1"), receive, send)

    await asyncio.wait_for(asyncio.gather(*(listen() for _ in range(number))), 10)
    return sorted(statuses)


def test_a_body_that_does_not_arrive_in_time_is_given_up(tmp_path: Path) -> None:
    service = guarded(tmp_path, Limits(body_seconds=0.01))

    assert asyncio.run(status_of_a_stalled_body(service)) == 408


async def status_of_a_stalled_body(service: Guarded) -> int:
    sent: list[Message] = []

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [("host", HOST), ("authorization", f"Bearer {service.token}"), ("content-length", "5")]
    await service.guard(http_scope("POST", "/api/v1/runs", "", headers, "127.0.0.1"), receive, send)
    status: int = sent[0]["status"]
    return status
