"""What the server does about clients that keep it waiting, on the wire."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from guarded_app import Guarded, guarded
from listening_under_test import asked, free_port, listening, pair, request, serving, trusting, what_comes_back
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.server import ServerState
from wire_under_test import Wire

from tuner.server.open_connections import OpenConnections
from tuner.server.patience import PatientProtocol, protocol_with
from tuner.server.settings import Limits, ServerSettings

__all__ = ["pair"]
FEW = Limits(connections=8)
SILENT = 40


@asynccontextmanager
async def silent(port: int) -> AsyncIterator[asyncio.StreamReader]:
    """Connections of clients that say nothing, the oldest of which is given."""
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(SILENT)]
    yield opened[0][0]
    for _, writer in opened:
        writer.close()


async def asked_beside_silent_ones(service: Guarded, **options: Any) -> bytes:
    """The answer; the oldest of the silent ones is closed."""
    async with listening(service) as port, silent(port) as oldest:
        answer = await what_comes_back(port, request(service), **options)
        assert await asyncio.wait_for(oldest.read(), 5) == b""
        return answer


def test_silent_connections_keep_nobody_out(tmp_path: Path) -> None:
    service = guarded(tmp_path, FEW, port=free_port())

    assert asyncio.run(asked_beside_silent_ones(service)).startswith(b"HTTP/1.1 200 ")


def test_nor_do_those_that_never_complete_their_handshake(tmp_path: Path, pair: tuple[Path, Path]) -> None:
    service = guarded(tmp_path, FEW, port=free_port(), tls_certificate=pair[0], tls_key=pair[1])
    answer = asyncio.run(asked_beside_silent_ones(service, context=trusting(pair[0])))

    assert answer.startswith(b"HTTP/1.1 200 ")


def test_a_handshake_that_is_never_completed_is_given_up(tmp_path: Path, pair: tuple[Path, Path]) -> None:
    limits = Limits(header_seconds=0.05)
    service = guarded(tmp_path, limits, port=free_port(), tls_certificate=pair[0], tls_key=pair[1])

    assert asyncio.run(asked(service, b"")) == b""


def test_a_request_that_is_being_answered_is_not_closed_for_others(tmp_path: Path) -> None:
    settings = ServerSettings(tmp_path, port=free_port(), limits=FEW)

    assert asyncio.run(answer_beside_silent_ones(settings)).endswith(b"done")


async def answer_beside_silent_ones(settings: ServerSettings) -> bytes:
    """Of a request that was sent before any of them came, and answered when all were there."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def patient(scope: Scope, _receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        begun.set()
        await go_on.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
        await send({"type": "http.response.body", "body": b"done"})

    async with serving(patient, settings):
        asking = asyncio.create_task(
            what_comes_back(settings.port, b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        )
        await asyncio.wait_for(begun.wait(), 5)
        async with silent(settings.port):
            go_on.set()
            return await asking


async def endless(_scope: Scope, receive: Receive, send: Send) -> None:
    """An answer that goes on for as long as there is somebody."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    leaving = asyncio.create_task(_until_gone(receive))
    while not leaving.done():
        await send({"type": "http.response.body", "body": bytes(1 << 16), "more_body": True})
        await asyncio.sleep(0)
    await leaving


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def long(_scope: Scope, _receive: Receive, send: Send) -> None:
    """An answer that is given all at once."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": bytes(1 << 25)})


async def announced(_scope: Scope, _receive: Receive, send: Send) -> None:
    """The same, and the client knows how long it is."""
    headers = [(b"content-length", b"%d" % (1 << 25))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": bytes(1 << 25)})


@pytest.mark.parametrize("app", [endless, long, announced])
@pytest.mark.parametrize("is_encrypted", [False, True])
def test_a_client_that_takes_nothing_of_its_answer_is_let_go(
    tmp_path: Path, pair: tuple[Path, Path], app: ASGIApp, *, is_encrypted: bool
) -> None:
    files: dict[str, Any] = {"tls_certificate": pair[0], "tls_key": pair[1]} if is_encrypted else {}
    settings = ServerSettings(tmp_path, port=free_port(), limits=Limits(write_seconds=0.05), **files)

    asyncio.run(until_it_is_let_go(app, settings))


async def until_it_is_let_go(app: ASGIApp, settings: ServerSettings) -> None:
    context = None if settings.tls_certificate is None else trusting(settings.tls_certificate)
    async with serving(app, settings) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", settings.port, ssl=context, limit=1)
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        await reader.readexactly(1)
        async with asyncio.timeout(5):
            while server.server_state.connections or server.server_state.tasks:  # noqa: ASYNC110  nobody tells
                await asyncio.sleep(0.01)
        writer.transport.abort()


@dataclass(eq=False)
class Transport:
    """Of which a test says how much was taken."""

    waiting: int = 0
    is_aborted: bool = False

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def get_extra_info(self, _name: str) -> None:
        return None

    def close(self) -> None:
        raise AssertionError

    def is_closing(self) -> bool:
        return False

    def abort(self) -> None:
        self.is_aborted = True


@dataclass
class Loop:
    """Whose time passes when a test says so."""

    calls: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def call_later(self, seconds: float, call: Callable[..., None], *arguments: object) -> Loop:
        self.calls.append((seconds, lambda: call(*arguments)))
        return self

    def cancel(self) -> None:
        pass

    def pass_seconds(self, seconds: float) -> None:
        (call,) = [call for after, call in self.calls if after == seconds]
        self.calls = [(after, other) for after, other in self.calls if after != seconds]
        call()


def test_a_client_that_takes_a_little_each_time_is_not() -> None:
    limits, transport, loop = Limits(write_seconds=7), Transport(), Loop()
    made: Any = protocol_with(limits, OpenConnections(8))
    protocol: PatientProtocol = made(uvicorn.Config(long, log_config=None), ServerState(), {}, loop)
    protocol.connection_made(transport)
    transport.waiting = 1000
    protocol.pause_writing()

    for transport.waiting in (999, 998, 997):
        loop.pass_seconds(7)
    assert not transport.is_aborted
    loop.pass_seconds(7)
    assert transport.is_aborted


async def last(_scope: Scope, _receive: Receive, send: Send) -> None:
    """A long answer, and the last one on its connection."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"connection", b"close")]})
    await send({"type": "http.response.body", "body": bytes(1 << 25)})


def test_a_client_that_takes_nothing_of_its_last_answer_is_let_go_in_the_same_time(
    tmp_path: Path, pair: tuple[Path, Path], caplog: pytest.LogCaptureFixture
) -> None:
    limits = Limits(header_seconds=0.05, write_seconds=0.2)
    settings = ServerSettings(tmp_path, port=free_port(), limits=limits, tls_certificate=pair[0], tls_key=pair[1])
    with caplog.at_level(logging.ERROR):
        asyncio.run(until_it_is_let_go(last, settings))

    assert caplog.records == []


def test_a_connection_that_is_closing_is_not_closed_again_when_the_service_stops() -> None:
    async def talk() -> int:
        wire = Wire(last)
        await wire.say(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        wire.protocol.shutdown()
        return wire.line.closes

    assert asyncio.run(talk()) == 1


def head_and_body(answer: bytes) -> tuple[str, dict[str, Any]]:
    head, _, body = answer.partition(b"\r\n\r\n")
    return head.decode().lower(), json.loads(body)


@pytest.mark.parametrize(
    "sent", [b"\x16\x03\x01 no HTTP\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\nno header\r\n\r\n"]
)
def test_what_is_no_request_is_told_so_as_a_problem_with_our_headers(tmp_path: Path, sent: bytes) -> None:
    head, told = head_and_body(asyncio.run(asked(guarded(tmp_path, port=free_port()), sent)))

    assert head.startswith("http/1.1 400 ")
    assert "content-type: application/problem+json" in head
    assert "x-content-type-options: nosniff" in head
    assert "content-security-policy: default-src 'none'" in head
    assert (told["status"], told["title"]) == (400, "Bad Request")


def test_a_body_that_is_none_is_told_so_without_a_word_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    service = guarded(tmp_path, port=free_port())
    sent = request(service, "POST /api/v1/runs", Transfer_Encoding="chunked") + b"no number\r\n"
    with caplog.at_level(logging.WARNING):
        answer = asyncio.run(asked(service, sent))

    assert head_and_body(answer)[1]["status"] == 400
    assert caplog.records == []
