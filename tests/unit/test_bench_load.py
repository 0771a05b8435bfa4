"""The sender of requests under load: it reads answers of every shape, and counts what goes wrong."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

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
    "/unsized": b"HTTP/1.1 200 OK\r\n\r\nfour",
    "/never": b"",
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
                if target in {"/last", "/broken", "/unsized"}:
                    break
                if target == "/gone":
                    await reader.readuntil(b"\r\n\r\n")
                    break
        except asyncio.IncompleteReadError:
            pass
        writer.close()


@contextmanager
def answered(most: int = 4) -> Iterator[tuple[Connections, Answering]]:
    """Connections to a server in a thread of its own."""
    answering, loop = Answering(), asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(answering, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    with Connections("127.0.0.1", server.sockets[0].getsockname()[1], {"x-own": "1"}, most, 5.0) as connections:
        yield connections, answering
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    server.close()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()


def get(connections: Connections, target: str) -> tuple[int, int, str]:
    """Status, size and error."""
    connections.ask(0, target)
    while True:
        for got in connections.wait(0.1):
            return got.status, got.size, got.error


def test_answers_of_every_shape_are_read_over_one_connection() -> None:
    with answered() as (connections, answering):
        found = [get(connections, target) for target in ("/sized", "/chunks", "/none", "/sized")]

        assert found == [(200, 5, ""), (200, 19, ""), (404, 0, ""), (200, 5, "")]
        assert answering.connections == 1


def test_an_answer_ends_with_its_connection_where_it_says_no_size() -> None:
    with answered() as (connections, _):
        assert get(connections, "/unsized") == (200, 4, "")
        assert get(connections, "/sized") == (200, 5, "")


def test_a_connection_that_the_server_closes_is_not_used_again() -> None:
    with answered() as (connections, answering):
        assert [get(connections, "/last") for _ in range(3)] == [(200, 2, "")] * 3
        assert answering.connections == 3


def test_a_request_that_meets_a_connection_being_closed_is_sent_again() -> None:
    with answered() as (connections, answering):
        assert get(connections, "/gone") == (200, 2, "")
        assert get(connections, "/sized") == (200, 5, "")
        assert answering.connections == 2


def test_an_answer_that_is_cut_off_is_an_error_and_the_next_one_is_read() -> None:
    with answered() as (connections, _):
        assert get(connections, "/broken") == (0, 0, "ConnectionError")
        assert get(connections, "/sized") == (200, 5, "")


def test_an_answer_that_does_not_come_in_time_is_an_error() -> None:
    with answered() as (connections, _):
        connections.seconds = 0.05

        assert get(connections, "/never") == (0, 0, "TimeoutError")


def test_where_nobody_listens_every_request_fails() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with Connections("127.0.0.1", unused.getsockname()[1], {}, 4, 5.0) as connections:
            assert get(connections, "/sized") == (0, 0, "ConnectionRefusedError")


def test_no_more_connections_are_open_than_may_be() -> None:
    with answered(most=2) as (connections, answering):
        for number in range(20):
            connections.ask(number, "/sized")
        found = set[int]()
        while len(found) < 20:
            found |= {got.number for got in connections.wait(5.0)}

        assert answering.connections <= 2


def test_each_request_of_the_schedule_has_its_reply_and_errors_are_told_by_kind() -> None:
    with answered() as (connections, _):
        kinds = {"good": lambda _: "/sized", "missing": lambda _: "/none", "cut": lambda _: "/broken"}
        replies = send_on_schedule(connections, kinds, per_second=2000, seconds=0.1)

    assert len(replies) == 200
    wrong = {kind: {reply.error for reply in replies if reply.kind == kind} for kind in kinds}
    assert wrong == {"good": {""}, "missing": {"404 for missing"}, "cut": {"ConnectionError for cut"}}


def test_latency_counts_errors_and_takes_quantiles_in_milliseconds() -> None:
    replies = [Reply("a", second / 1000, 0.0, "odd" if second == 100 else "") for second in range(1, 101)]

    found = latency_of(replies)

    assert (found.requests, found.errors, found.longest) == (100, 1, 100.0)
    assert [found.p50, found.p99] == pytest.approx(np.quantile(np.arange(1, 101), (0.5, 0.99)).tolist())
    assert errors_of(replies) == ["1 × odd"]
