"""What is a request and what is none, byte by byte: nothing that two readers could read differently."""

from __future__ import annotations

import asyncio
import logging
from itertools import pairwise

import pytest
from httptools import HttpParserError
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from wire_under_test import Echo, Wire, answers_of, exchange

from tuner.server.guard_body import replay
from tuner.server.settings import Limits

GET = b"GET /a HTTP/1.1\r\nHost: a\r\n"
POST = b"POST /a HTTP/1.1\r\nHost: a\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
LONGEST = 4 * (Limits().header_bytes + Limits().target_bytes)


def is_told_so(wire: Wire) -> bool:
    """Whether the one answer is that this is no request, with all headers, and the connection is closed."""
    head, _, body = wire.sent.partition(b"\r\n\r\n")
    is_ours = b"\r\nx-content-type-options: nosniff" in head and b"\r\ncontent-type: application/problem+json" in head
    return is_ours and wire.line.is_closed and head.startswith(b"HTTP/1.1 400 ") and body.count(b"no request") == 1


HEADS = {
    "a blank line before it": b"\r\n" + GET + b"\r\n",
    "blank lines alone": b"\r\n\r\n",
    "a line feed before it": b"\n" + GET + b"\r\n",
    "a space before it": b" " + GET + b"\r\n",
    "two spaces": GET.replace(b"GET ", b"GET  ") + b"\r\n",
    "two spaces behind the target": GET.replace(b" HTTP", b"  HTTP") + b"\r\n",
    "a tab": GET.replace(b"GET ", b"GET\t") + b"\r\n",
    "a space behind the version": GET.replace(b"1.1", b"1.1 ") + b"\r\n",
    "HTTP/0.9": GET.replace(b"1.1", b"0.9") + b"\r\n",
    "HTTP/1.2": GET.replace(b"1.1", b"1.2") + b"\r\n",
    "HTTP/2.0": GET.replace(b"1.1", b"2.0") + b"\r\n",
    "what HTTP/2 begins with": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "another protocol": GET.replace(b"HTTP/1.1", b"RTSP/1.0") + b"\r\n",
    "no version": GET.replace(b" HTTP/1.1", b"") + b"\r\n",
    "a small method": GET.replace(b"GET", b"get") + b"\r\n",
    "a target that is no ASCII": GET.replace(b"/a", b"/\xe9") + b"\r\n",
    "NUL in the target": GET.replace(b"/a", b"/\x00") + b"\r\n",
    "bare line feeds": (GET + b"\r\n").replace(b"\r\n", b"\n"),
    "a bare line feed behind a header": GET + b"A: a\n\r\n",
    "a bare carriage return": GET + b"A: a\rB: b\r\n\r\n",
    "a folded line": GET + b"A: a\r\n b\r\n\r\n",
    "a line without a colon": GET + b"no header\r\n\r\n",
    "a space before the colon": GET + b"A : a\r\n\r\n",
    "an empty name": GET + b": a\r\n\r\n",
    "NUL in a value": GET + b"A: a\x00\r\n\r\n",
    "a control character in a value": GET + b"A: a\x01\r\n\r\n",
    "NUL in a name": GET + b"A\x00: a\r\n\r\n",
    "both lengths": POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "both lengths, the other way round": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
    "a list of lengths": POST + b"Content-Length: 5, 5\r\n\r\n",
    "a length with a sign": POST + b"Content-Length: +5\r\n\r\n",
    "an empty length": POST + b"Content-Length:\r\n\r\n",
    "a length beyond all numbers": POST + b"Content-Length: 99999999999999999999\r\n\r\n",
    "an encoding": POST + b"Transfer-Encoding: gzip\r\n\r\n",
    "an encoding in chunks": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunks twice in one line": POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "chunks twice in two": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks of HTTP/1.0": CHUNKED.replace(b"1.1", b"1.0") + b"0\r\n\r\n",
    "a head that is too long": GET + b"A: " + b"a" * LONGEST + b"\r\n\r\n",
}


@pytest.mark.parametrize("sent", HEADS.values(), ids=HEADS)
def test_what_is_no_request_reaches_nobody(sent: bytes) -> None:
    echo = Echo()

    assert is_told_so(exchange(echo, [sent]))
    assert echo.asked == []


@pytest.mark.parametrize("sent", HEADS.values(), ids=HEADS)
def test_neither_does_it_byte_by_byte(sent: bytes) -> None:
    echo = Echo()
    pieces = [sent] if len(sent) > LONGEST else [sent[at : at + 1] for at in range(len(sent))]

    assert is_told_so(exchange(echo, pieces))
    assert echo.asked == []


BODIES = {
    "no number": b"no number\r\n",
    "another notation": b"0x5\r\nhello\r\n0\r\n\r\n",
    "a sign": b"+5\r\nhello\r\n0\r\n\r\n",
    "a space behind the size": b"5 \r\nhello\r\n0\r\n\r\n",
    "no size": b"\r\nhello\r\n0\r\n\r\n",
    "a bare line feed behind the size": b"5\nhello\r\n0\r\n\r\n",
    "a bare line feed behind the chunk": b"5\r\nhello\n0\r\n\r\n",
    "a chunk that is too short": b"6\r\nhello\r\n0\r\n\r\n",
    "a chunk that is too long": b"4\r\nhello\r\n0\r\n\r\n",
    "a size beyond all numbers": b"ffffffffffffffffff\r\nhello\r\n",
    "a line of no header behind it": b"0\r\nno header\r\n\r\n",
    "a length behind it": b"0\r\nContent-Length: 3\r\n\r\n",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_that_is_none_is_told_so(body: bytes) -> None:
    assert is_told_so(exchange(Echo(), [CHUNKED, body]))


ENDLESS = {
    "a target": (b"GET /", b"a" * 1000),
    "a name": (GET, b"a" * 1000),
    "a value": (GET + b"A: ", b"a" * 1000),
    "spaces before a value": (GET + b"A:", b" " * 1000),
    "headers": (GET, b"A: a\r\n" * 100),
    "a chunk's size": (CHUNKED, b"0" * 1000),
    "a chunk's extension": (CHUNKED + b"5;", b"a" * 1000),
    "the extension of a later chunk": (CHUNKED + b"1\r\na\r\n1;", b"a" * 1000),
    "a name behind the body": (CHUNKED + b"0\r\n", b"a" * 1000),
    "headers behind the body": (CHUNKED + b"0\r\n", b"A: a\r\n" * 100),
}


@pytest.mark.parametrize(("begun", "more"), ENDLESS.values(), ids=ENDLESS)
def test_what_goes_on_without_end_is_given_up(begun: bytes, more: bytes) -> None:
    most = LONGEST // len(more)

    assert not exchange(Echo(), [begun, *[more] * (most - 1)]).line.is_closed
    assert is_told_so(exchange(Echo(), [begun, *[more] * (most + 1)]))


@pytest.mark.parametrize(
    "target", ["http://other.example/a", "/a#b", "*", "//other.example/a", "/a?b", "/a%2Fb", "/u:p@h:99999"]
)
def test_a_target_is_passed_on_as_it_stands(target: str) -> None:
    echo = Echo()
    exchange(echo, [GET.replace(b"/a", target.encode()) + b"\r\n"])

    raw_path, _, query = target.encode().partition(b"?")
    assert [(scope["raw_path"], scope["query_string"]) for scope in echo.asked] == [(raw_path, query)]


def test_the_place_that_a_tunnel_should_lead_to_is_passed_on_too() -> None:
    wire = exchange(Echo(), [b"CONNECT a.example:443 HTTP/1.1\r\nHost: a\r\n\r\n"])

    assert answers_of(wire.sent) == [{"method": "CONNECT", "target": "a.example:443", "body": ""}]


def test_headers_behind_a_body_are_dropped() -> None:
    echo = Echo()
    wire = exchange(echo, [CHUNKED + b"5\r\nhello\r\n0\r\nAuthorization: Bearer b\r\nExpect: 100-continue\r\n\r\n"])

    assert answers_of(wire.sent)[0]["body"] == "hello"
    assert [name for name, _ in echo.asked[0]["headers"]] == [b"host", b"transfer-encoding"]


def test_spaces_around_a_value_are_no_part_of_it() -> None:
    echo = Echo()
    exchange(echo, [GET + b"A: \t a b \t \r\n\r\n"])

    assert echo.asked[0]["headers"][1] == (b"a", b"a b")


@pytest.mark.parametrize(("version", "told"), [(b"1.1", b"HTTP/1.1 100 Continue\r\n\r\n"), (b"1.0", b"")])
def test_whoever_waits_to_send_a_body_is_told_to_where_the_version_has_that(version: bytes, told: bytes) -> None:
    head = POST.replace(b"1.1", version) + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\n"

    assert exchange(Echo(), [head]).sent == told


UPGRADE = b"Connection: Upgrade\r\nUpgrade: h2c\r\n"
NEXT = b"GET /next HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.mark.parametrize(
    "asking",
    [
        POST + UPGRADE + b"Content-Length: 5\r\n\r\nhello",
        POST + UPGRADE + b"Transfer-Encoding: chunked\r\n\r\n5;a\r\nhello\r\n0\r\nA: a\r\n\r\n",
        POST + UPGRADE + b"\r\n",
    ],
)
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_who_asks_for_another_protocol_is_answered_in_this_one(asking: bytes, size: int) -> None:
    sent = asking + NEXT + asking + NEXT
    wire = exchange(Echo(), [sent[at : at + size] for at in range(0, len(sent), size)])
    body = "hello" if b"hello" in asking else ""

    told = [(answer["target"], answer["body"]) for answer in answers_of(wire.sent)]
    assert told == [("/a", body), ("/next", ""), ("/a", body), ("/next", "")]


def test_a_body_that_is_none_is_told_so_to_who_asks_for_another_protocol() -> None:
    assert is_told_so(exchange(Echo(), [POST + UPGRADE + b"Transfer-Encoding: chunked\r\n\r\n", b"no number\r\n"]))


STREAM = (
    NEXT
    + POST
    + b"Content-Length: 8\r\n\r\n\r\n\r\n\r\n\r\n"
    + CHUNKED
    + b"4\r\n\r\n\r\n\r\n3;a=b\r\nabc\r\n0\r\nA: a\r\n\r\n"
    + POST
    + UPGRADE
    + b"Content-Length: 5\r\n\r\nhello"
    + NEXT
)
"""Five requests, the bodies of two of which look like the end of a head."""


@settings(max_examples=60, deadline=None)
@given(st.sets(st.integers(1, len(STREAM) - 1), max_size=30))
def test_how_a_stream_is_cut_into_pieces_changes_nothing(cuts: set[int]) -> None:
    edges = [0, *sorted(cuts), len(STREAM)]
    wire = exchange(Echo(), [STREAM[begin:end] for begin, end in pairwise(edges)])

    assert [answer["body"] for answer in answers_of(wire.sent)] == ["", "\r\n" * 4, "\r\n\r\nabc", "hello", ""]
    assert not wire.line.is_closed


class Slow(Echo):
    """Answers when it is allowed to."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked.append(scope)
        await self.go_on.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"{}"})


def test_nothing_is_read_behind_a_request_that_is_being_answered() -> None:
    async def talk() -> tuple[int, bool, int]:
        slow = Slow()
        wire = Wire(slow)
        await wire.say(NEXT * 3000)
        begun, is_read = len(slow.asked), wire.line.is_read
        slow.go_on.set()
        while len(slow.asked) < 3000:
            await wire.settle()
        await wire.settle()
        assert wire.line.is_read
        return begun, is_read, len(answers_of(wire.sent))

    assert asyncio.run(talk()) == (1, False, 3000)


class Yielding(Echo):
    """Lets others work before it answers."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        await asyncio.sleep(0)
        await super().__call__(scope, replay(message["body"], receive), send)


def test_what_waits_unread_is_bounded_however_much_is_sent() -> None:
    piece = NEXT * 10

    async def talk() -> tuple[int, int]:
        wire, most = Wire(Yielding()), 0
        for _ in range(1000):
            while not wire.line.is_read:  # noqa: ASYNC110  nobody tells
                await asyncio.sleep(0)
            wire.protocol.data_received(piece)
            most = max(most, len(wire.protocol._unread))
        while wire.protocol._unread:
            await wire.settle()
        await wire.settle()
        return most, wire.sent.count(b"HTTP/1.1 200 ")

    most, answers = asyncio.run(talk())
    assert most <= HIGH_WATER_LIMIT + len(piece)
    assert answers == 10_000


def test_while_little_waits_it_is_seen_whether_the_client_leaves() -> None:
    async def talk() -> bool:
        wire = Wire(Slow())
        await wire.say(NEXT * 2)
        return wire.line.is_read

    assert asyncio.run(talk())


def test_a_head_that_is_begun_behind_a_request_has_the_time_of_a_head() -> None:
    async def talk() -> tuple[int, bool]:
        wire = Wire(Echo())
        await wire.say(NEXT + b"GET /half")
        return len(answers_of(wire.sent)), wire.protocol.timeout_keep_alive_task is None

    assert asyncio.run(talk()) == (1, True)


def test_whoever_has_no_body_to_send_is_not_told_to() -> None:
    assert exchange(Echo(), [GET + b"Expect: 100-continue\r\n\r\n"]).sent.startswith(b"HTTP/1.1 200 ")


LOOKS_LIKE_ENDS = b"\r\n" * 125_000
IN_ONE_CHUNK = CHUNKED + b"%x\r\n%b\r\n0\r\n\r\n" % (len(LOOKS_LIKE_ENDS), LOOKS_LIKE_ENDS)


def test_what_looks_like_many_ends_is_not_read_before_the_app_takes_it() -> None:
    async def talk() -> int:
        wire = Wire(Slow())
        await wire.say(IN_ONE_CHUNK)
        return len(wire.protocol.cycle.body)

    assert asyncio.run(talk()) < 5000


def test_such_a_body_reaches_an_app_that_takes_it_and_so_does_what_follows() -> None:
    wire = exchange(Echo(), [IN_ONE_CHUNK + NEXT])

    assert [answer["body"].encode() for answer in answers_of(wire.sent)] == [LOOKS_LIKE_ENDS, b""]
    assert wire.line.is_read


def test_what_is_wrong_behind_a_request_does_not_spoil_its_answer() -> None:
    async def talk() -> bytes:
        slow = Slow()
        wire = Wire(slow)
        await wire.say(NEXT + b"no request\r\n\r\n")
        slow.go_on.set()
        await wire.settle()
        return wire.sent

    first, _, second = asyncio.run(talk()).partition(b"{}")
    assert first.startswith(b"HTTP/1.1 200 ")
    assert second.startswith(b"HTTP/1.1 400 ")


def test_nothing_is_read_behind_the_last_request() -> None:
    wire = exchange(Echo(), [GET + b"Connection: close\r\n\r\n" + NEXT])

    assert [answer["target"] for answer in answers_of(wire.sent)] == ["/a"]
    assert wire.line.is_closed


def test_nor_what_comes_while_the_connection_is_being_closed() -> None:
    async def talk() -> int:
        asked: list[Scope] = []

        async def once(scope: Scope, _receive: Receive, send: Send) -> None:
            asked.append(scope)
            await send({"type": "http.response.start", "status": 401, "headers": [(b"connection", b"close")]})
            await send({"type": "http.response.body"})

        wire = Wire(once)
        await wire.say(NEXT)
        await wire.say(NEXT)
        return len(asked)

    assert asyncio.run(talk()) == 1


def test_a_second_request_that_reaches_the_parser_too_early_is_none() -> None:
    async def talk() -> None:
        slow = Slow()
        wire = Wire(slow)
        await wire.say(NEXT)
        with pytest.raises(HttpParserError):
            wire.protocol.parser.feed_data(NEXT)
        slow.go_on.set()
        await wire.settle()
        assert len(slow.asked) == 1

    asyncio.run(talk())


@pytest.mark.parametrize("part", [b"a" * 1000, b"\r\n" * 500])
def test_a_body_may_be_longer_than_lines_may(part: bytes) -> None:
    parts = [part] * (2 * LONGEST // 1000)
    chunks = [b"%x\r\n%b\r\n" % (len(part), part) for part in parts]
    wire = exchange(Echo(), [POST + b"Content-Length: %d\r\n\r\n" % (1000 * len(parts)), *parts])
    other = exchange(Echo(), [CHUNKED, *chunks, b"0\r\n\r\n"])

    assert [answers_of(one.sent)[0]["body"].encode() for one in (wire, other)] == [b"".join(parts)] * 2


async def without_a_look(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Answers before the body has come."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"{}"})


def test_a_body_that_comes_after_its_answer_is_no_request() -> None:
    wire = exchange(without_a_look, [POST + b"Content-Length: 35\r\n\r\n", NEXT[:35], NEXT])

    assert len(answers_of(wire.sent)) == 2


def test_behind_an_answer_that_came_before_its_body_reading_goes_on() -> None:
    async def talk() -> bool:
        wire = Wire(without_a_look)
        await wire.say(IN_ONE_CHUNK[:-1])
        return wire.line.is_read

    assert asyncio.run(talk())


def test_an_error_of_our_own_is_logged(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def fail(_text: str) -> str:
        raise RuntimeError("swordfish")

    monkeypatch.setattr("tuner.server.one_request.unquote", fail)
    with caplog.at_level(logging.ERROR):
        wire = exchange(Echo(), [NEXT])

    assert is_told_so(wire)
    assert "swordfish" in caplog.text
