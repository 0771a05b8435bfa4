"""A short answer is one write; what has to come early comes early."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from wire_under_test import Wire, exchange

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
LARGE = bytes(256 * 1024 + 1)


def app_of(
    *parts: bytes, length: int | None = None, status: int = 200, header: tuple[bytes, bytes] | None = None
) -> ASGIApp:
    """Sends these parts of a body, one after the other."""
    named = [] if length is None else [(b"content-length", b"%d" % length)]
    named += [] if header is None else [header]

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": status, "headers": named})
        for number, part in enumerate(parts, start=1):
            await send({"type": "http.response.body", "body": part, "more_body": number < len(parts)})

    return app


def writes_of(app: ASGIApp, asking: bytes = GET) -> list[bytes]:
    return exchange(app, [asking]).line.writes


def test_a_short_answer_is_one_write() -> None:
    (answer,) = writes_of(app_of(b"hello", length=5))

    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"\r\n\r\nhello")


def test_an_empty_one_is_too() -> None:
    assert len(writes_of(app_of(b"", length=0))) == 1


def test_a_large_body_is_not_copied() -> None:
    head, body = writes_of(app_of(LARGE, length=len(LARGE)))

    assert head.endswith(b"\r\n\r\n")
    assert body is LARGE


def test_the_head_of_a_long_answer_goes_with_its_first_part() -> None:
    first, *rest = writes_of(app_of(b"a", b"b", b"c", length=3))

    assert first.endswith(b"\r\n\r\na")
    assert rest == [b"b", b"c"]


def test_the_head_of_a_stream_is_written_before_there_is_a_body() -> None:
    async def talk() -> list[bytes]:
        event = asyncio.Event()

        async def stream(_scope: Scope, _receive: Receive, send: Send) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await event.wait()
            await send({"type": "http.response.body", "body": b"event"})

        wire = Wire(stream)
        await wire.say(GET)
        before = list(wire.line.writes)
        event.set()
        await wire.settle()
        assert wire.line.writes[len(before) :] == [b"5\r\nevent\r\n0\r\n\r\n"]
        return before

    (head,) = asyncio.run(talk())
    assert head.endswith(b"transfer-encoding: chunked\r\n\r\n")


@pytest.mark.parametrize(
    ("app", "asking"),
    [
        (app_of(b"hello", length=5), GET.replace(b"GET", b"HEAD")),
        (app_of(b"hello"), GET.replace(b"GET", b"HEAD")),
        (app_of(b"", status=204), GET),
        (app_of(b"", status=304, length=5), GET),
    ],
)
def test_where_there_is_no_body_the_head_stands_alone(app: ASGIApp, asking: bytes) -> None:
    wire = exchange(app, [asking])

    (head,) = wire.line.writes
    assert head.endswith(b"\r\n\r\n")
    assert b"transfer-encoding" not in head
    assert not wire.line.is_closed


def test_a_client_of_the_old_version_gets_no_chunks() -> None:
    wire = exchange(app_of(b"a", b"b"), [GET.replace(b"1.1", b"1.0")])
    head, _, body = wire.sent.partition(b"\r\n\r\n")

    assert body == b"ab"
    assert head.endswith(b"connection: close")
    assert wire.line.is_closed


@pytest.mark.parametrize("asked", [b"close", b"Keep-Alive, Close"])
def test_who_asks_for_the_end_is_told_of_it(asked: bytes) -> None:
    wire = exchange(app_of(b"hello", length=5), [GET[:-2] + b"Connection: " + asked + b"\r\n\r\n"])

    assert wire.sent.count(b"connection: close\r\n") == 1
    assert wire.line.is_closed


def test_an_answer_that_says_that_it_is_the_last_one_is() -> None:
    wire = exchange(app_of(b"hello", length=5, header=(b"connection", b"close")), [GET])

    assert wire.sent.count(b"connection: close\r\n") == 1
    assert wire.line.is_closed


async def late_to_fail(_scope: Scope, _receive: Receive, send: Send) -> None:
    await app_of(b"hello", length=5, header=(b"connection", b"close"))(_scope, _receive, send)
    raise RuntimeError


def test_a_connection_is_closed_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.CRITICAL):
        wire = exchange(late_to_fail, [GET])

    assert wire.line.closes == 1


async def failing(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    raise RuntimeError


def test_an_answer_that_breaks_off_behind_its_head_has_its_head(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.CRITICAL):
        wire = exchange(failing, [GET])

    assert wire.sent.endswith(b"content-length: 5\r\n\r\n")
    assert wire.line.is_closed


@pytest.mark.parametrize("parts", [[b"hello!"], [b"hell"], [b"hel", b"lo!"], [b"hel", b"l"]])
def test_a_body_of_another_length_than_announced_ends_the_connection(parts: Sequence[bytes]) -> None:
    wire = exchange(app_of(*parts, length=5), [GET])

    assert len(wire.sent.partition(b"\r\n\r\n")[2]) <= 5
    assert wire.line.is_closed


@pytest.mark.parametrize("header", [(b"a", b"b\r\nc: d"), (b"a", b"b\x00"), (b"a:b", b"c"), (b"a\r\nb", b"c")])
def test_no_header_of_an_answer_can_be_read_as_two(header: tuple[bytes, bytes]) -> None:
    wire = exchange(app_of(b"hello", length=5, header=header), [GET])

    assert wire.sent == b""
    assert wire.line.is_closed


def _body_first(_message: Message) -> list[Message]:
    return [{"type": "http.response.body"}]


def _start_twice(message: Message) -> list[Message]:
    return [message, message]


@pytest.mark.parametrize(("order", "status"), [(_body_first, b"500"), (_start_twice, b"200")])
def test_messages_out_of_order_end_the_connection(order: Callable[[Message], list[Message]], status: bytes) -> None:
    async def confused(_scope: Scope, _receive: Receive, send: Send) -> None:
        for message in order({"type": "http.response.start", "status": 200, "headers": []}):
            await send(message)

    wire = exchange(confused, [GET])

    assert wire.sent.startswith(b"HTTP/1.1 " + status)
    assert wire.line.is_closed


def test_to_a_client_that_has_gone_nothing_is_written() -> None:
    async def talk() -> bytes:
        event = asyncio.Event()

        async def late(_scope: Scope, _receive: Receive, send: Send) -> None:
            await event.wait()
            await app_of(b"hello", length=5)(_scope, _receive, send)

        wire = Wire(late)
        await wire.say(GET)
        wire.protocol.connection_lost(None)
        event.set()
        await wire.settle()
        return wire.sent

    assert asyncio.run(talk()) == b""


def test_a_client_that_takes_nothing_is_waited_for_before_a_head_too() -> None:
    async def talk() -> tuple[bytes, int]:
        wire = Wire(app_of(b"hello", length=5))
        wire.protocol.pause_writing()
        await wire.say(GET)
        before = wire.sent
        wire.protocol.resume_writing()
        await wire.settle()
        return before, len(wire.line.writes)

    assert asyncio.run(talk()) == (b"", 1)
