"""How often, how many at once, and how long one visitor may ask."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from guarded_app import HOST, Client, Guarded, guarded, http_scope
from listening_under_test import free_port, listening, request
from starlette.types import Message

from tuner.server import guard_limits
from tuner.server.guard_limits import network_of
from tuner.server.settings import Limits

TIGHT = Limits(requests_per_second=5, failures_per_minute=3, event_streams=2)
BUSY = Limits(requests_at_once=2, exchange_at_once=3, requests_of_all=6)
RUNS = "/api/v1/runs"
EVENTS = "/runs/1/events"


@pytest.fixture
def service(tmp_path: Path) -> Guarded:
    return guarded(tmp_path)


@pytest.fixture
def busy(tmp_path: Path) -> Guarded:
    return guarded(tmp_path, BUSY)


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


def test_one_token_at_two_addresses_is_two_visitors(tight: Guarded) -> None:
    for _ in range(6):
        tight.client.ask("/api/v1/runs", token=tight.token)
    neighbour = Client(tight.guard, peer="10.0.0.9")

    assert tight.client.ask("/api/v1/runs", token=tight.token).status == 429
    assert neighbour.ask("/api/v1/runs", token=tight.token).status == 200


@pytest.mark.parametrize(
    ("peer", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8::7", "2001:db8::/64"),
        ("fe80::7%eth0", "fe80::/64"),
        ("x" * 10_000, "x" * 64),
    ],
)
def test_an_address_counts_as_one_however_it_is_written(peer: str, network: str) -> None:
    assert network_of(peer) == network


def test_of_a_long_address_only_the_beginning_is_kept() -> None:
    network_of("y" * 10_000)
    before = guard_limits._network_of.cache_info().hits
    network_of("y" * 64)

    assert guard_limits._network_of.cache_info().hits == before + 1


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
    asked = [Held(EVENTS, tight.token)] * 4

    assert asyncio.run(statuses_of_all_at_once(tight, asked)) == [200, 200, 429, 429]


def test_event_streams_of_one_token_at_another_address_are_another_visitors(tight: Guarded) -> None:
    asked = [Held(EVENTS, tight.token)] * 2 + [Held(EVENTS, tight.token, "10.0.0.9")] * 3

    assert asyncio.run(statuses_of_all_at_once(tight, asked)) == [200, 200, 200, 200, 429]


def test_too_many_requests_of_one_visitor_at_once_are_refused(busy: Guarded) -> None:
    asked = [Held(RUNS, busy.token)] * 4 + [Held(RUNS, busy.read_token)]

    assert asyncio.run(statuses_of_all_at_once(busy, asked)) == [200, 200, 429, 429, 200]


def test_of_workers_more_may_wait_at_once(busy: Guarded) -> None:
    asked = [Held("/api/v1/exchange/work", busy.exchange_token)] * 4

    assert asyncio.run(statuses_of_all_at_once(busy, asked)) == [200, 200, 200, 429]


def test_where_all_together_ask_too_much_at_once_it_says_that_it_is_busy(busy: Guarded) -> None:
    asked = [Held(RUNS, busy.token, f"10.0.0.{number}") for number in range(7)]

    assert asyncio.run(statuses_of_all_at_once(busy, asked)) == [200] * 6 + [503]


def test_that_it_is_busy_is_a_problem_like_any_other(tmp_path: Path) -> None:
    service = guarded(tmp_path, Limits(requests_of_all=0))
    reply = service.client.ask(RUNS, token=service.token)

    assert (reply.status, reply.headers["retry-after"]) == (503, "1")
    assert reply.detail == "the service is busy: it answers as many requests as it can"
    assert reply.headers["x-content-type-options"] == "nosniff"


def test_requests_that_are_over_do_not_count(tmp_path: Path) -> None:
    service = guarded(tmp_path, Limits(requests_at_once=1, requests_of_all=1))
    targets = [RUNS, "/api/v1/bug", "/api/v1/runs/quick", RUNS]

    assert [service.client.ask(target, token=service.token).status for target in targets] == [200, 500, 404, 200]


def test_a_stranger_takes_no_place_of_those_who_may_come_in(tmp_path: Path) -> None:
    service = guarded(tmp_path, Limits(requests_of_all=1))
    asked = [Held(RUNS, "0" * 64)] * 9 + [Held(RUNS, service.token)]

    assert asyncio.run(statuses_of_all_at_once(service, asked)) == [401] * 9 + [200]


def test_at_the_entrance_nobody_is_waited_for(tmp_path: Path) -> None:
    service = guarded(tmp_path, port=free_port())
    sent = request(service, "GET /enter", Content_Length="5", Connection="keep-alive").replace(b"Authorization", b"X-A")

    assert asyncio.run(begins(service, sent)).startswith(b"HTTP/1.1 403 ")


async def begins(service: Guarded, sent: bytes) -> bytes:
    """The first line of the answer, whatever comes after it."""
    async with listening(service) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        line = await asyncio.wait_for(reader.readline(), 5)
        writer.close()
        return line


def test_an_event_stream_that_has_ended_does_not_count(tight: Guarded) -> None:
    assert [tight.client.ask("/runs/1/events", cookie=tight.cookie()).status for _ in range(4)] == [200] * 4
    cookie = tight.cookie()
    assert [tight.client.ask("/runs/1/events", cookie=cookie).status for _ in range(4)] == [200] * 4


@dataclass(frozen=True)
class Held:
    """A request whose answer its client begins to take, and no more before all others have begun."""

    path: str
    token: str
    peer: str = "127.0.0.1"


async def statuses_of_all_at_once(service: Guarded, asked: Sequence[Held]) -> list[int]:
    statuses = [0] * len(asked)
    all_begun = asyncio.Event()

    async def ask(place: int, held: Held) -> None:
        waiting: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> Message:
            if waiting:
                return waiting.pop()
            await all_begun.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses[place] = message["status"]
                if all(statuses):
                    all_begun.set()
            else:
                await all_begun.wait()

        headers = [("host", HOST), ("authorization", f"Bearer {held.token}")]
        await service.guard(http_scope("GET", held.path, "", headers, held.peer), receive, send)

    await asyncio.wait_for(asyncio.gather(*(ask(place, held) for place, held in enumerate(asked))), 10)
    return statuses


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
