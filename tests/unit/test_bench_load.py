"""The sender of requests under load: it reads answers of every shape, and counts what goes wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import numpy as np
import pytest

from bench.load_connections import Connections
from bench.load_requests import Reply, errors_of, latency_of, send_on_schedule

CHUNKS = b"3;x=y\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n"
ANSWERS = {
    "/sized": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "/chunks": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + CHUNKS,
    "/last": b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok",
    "/gone": b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
    "/none": b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n",
    "/broken": b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhel",
}


class Answering:
    """A server that answers by `ANSWERS`, and counts its connections; after `/gone` it hangs up on the next request."""

    def __init__(self) -> None:
        self.connections = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                target = head.split(b" ")[1].decode()
                writer.write(ANSWERS[target])
                if target in {"/last", "/broken"}:
                    break
                if target == "/gone":
                    await reader.readuntil(b"\r\n\r\n")
                    break
        except asyncio.IncompleteReadError:
            pass
        writer.close()


def with_server(ask: Callable[[Connections, Answering], Awaitable[None]], most: int = 4) -> None:
    async def run() -> None:
        answering = Answering()
        server = await asyncio.start_server(answering, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, Connections("127.0.0.1", port, {"x-own": "1"}, most, 5.0) as connections:
            await ask(connections, answering)

    asyncio.run(run())


def test_answers_of_every_shape_are_read_over_one_connection() -> None:
    async def ask(connections: Connections, answering: Answering) -> None:
        found = [await connections.get(target) for target in ("/sized", "/chunks", "/none", "/sized")]

        assert found == [(200, 5), (200, 19), (404, 0), (200, 5)]
        assert answering.connections == 1

    with_server(ask)


def test_a_connection_that_the_server_closes_is_not_used_again() -> None:
    async def ask(connections: Connections, answering: Answering) -> None:
        assert [await connections.get("/last") for _ in range(3)] == [(200, 2)] * 3
        assert answering.connections == 3

    with_server(ask)


def test_a_request_that_meets_a_connection_being_closed_is_sent_again() -> None:
    async def ask(connections: Connections, answering: Answering) -> None:
        assert await connections.get("/gone") == (200, 2)
        assert await connections.get("/sized") == (200, 5)
        assert answering.connections == 2

    with_server(ask)


def test_an_answer_that_is_cut_off_is_an_error_and_the_next_one_is_read() -> None:
    async def ask(connections: Connections, _answering: Answering) -> None:
        with pytest.raises(ConnectionError):
            await connections.get("/broken")
        assert await connections.get("/sized") == (200, 5)

    with_server(ask)


def test_no_more_connections_are_open_than_may_be() -> None:
    async def ask(connections: Connections, answering: Answering) -> None:
        await asyncio.gather(*(connections.get("/sized") for _ in range(20)))
        assert answering.connections <= 2

    with_server(ask, most=2)


def test_each_request_of_the_schedule_has_its_reply_and_errors_are_told_by_kind() -> None:
    async def ask(connections: Connections, _answering: Answering) -> None:
        kinds = {"good": lambda _: "/sized", "missing": lambda _: "/none", "cut": lambda _: "/broken"}
        replies = await send_on_schedule(connections, kinds, per_second=2000, seconds=0.1)

        assert len(replies) == 200
        wrong = {kind: {reply.error for reply in replies if reply.kind == kind} for kind in kinds}
        assert wrong == {"good": {""}, "missing": {"404 for missing"}, "cut": {"ConnectionError for cut"}}

    with_server(ask)


def test_latency_counts_errors_and_takes_quantiles_in_milliseconds() -> None:
    replies = [Reply("a", second / 1000, 0.0, "odd" if second == 100 else "") for second in range(1, 101)]

    found = latency_of(replies)

    assert (found.requests, found.errors, found.longest) == (100, 1, 100.0)
    assert [found.p50, found.p99] == pytest.approx(np.quantile(np.arange(1, 101), (0.5, 0.99)).tolist())
    assert errors_of(replies) == ["1 × odd"]
