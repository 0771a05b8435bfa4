"""The port: encrypted where it should be, and patient with slow clients only for a while."""

from __future__ import annotations

import asyncio
import json
import subprocess
from contextvars import ContextVar
from pathlib import Path

import pytest
from guarded_app import Guarded, guarded
from listening_under_test import asked, free_port, listening, pair, request, serving, trusting, what_comes_back
from starlette.types import Receive, Scope, Send

from tuner.server.listening import check_certificate, make_server
from tuner.server.settings import InvalidSettings, Limits, ServerSettings

__all__ = ["pair"]


@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\nHost: ", b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow:"])
def test_a_client_that_never_completes_its_headers_is_let_go(tmp_path: Path, begun: bytes) -> None:
    service = guarded(tmp_path, Limits(header_seconds=0.05), port=free_port())

    assert asyncio.run(asked(service, begun)) == b""


def test_so_is_one_that_has_been_answered_before(tmp_path: Path) -> None:
    port = free_port()
    service = guarded(tmp_path, Limits(header_seconds=0.05), port=port)
    head = f"Host: 127.0.0.1:{port}\r\nAuthorization: Bearer {service.token}\r\n\r\n"
    request = f"GET /api/v1/runs HTTP/1.1\r\n{head}".encode()

    assert asyncio.run(answers_to(service, request, b"GET /api")) == [b'{"runs":[]}', b""]


async def answers_to(service: Guarded, request: bytes, begun: bytes) -> list[bytes]:
    """On one connection: the body that answers a request, and what comes after something begun."""
    async with listening(service) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        body = (await reader.readuntil(b"]}")).partition(b"\r\n\r\n")[2]
        writer.write(begun)
        rest = await asyncio.wait_for(reader.read(), 3)
        writer.close()
        return [body, rest]


def test_an_answer_may_take_longer_than_the_headers_may(tmp_path: Path) -> None:
    port = free_port()
    service = guarded(tmp_path, Limits(header_seconds=0.05, body_seconds=0.3), port=port)
    head = f"Host: 127.0.0.1:{port}\r\nAuthorization: Bearer {service.token}\r\nContent-Length: 5\r\n\r\n"
    answer = asyncio.run(asked(service, f"POST /api/v1/runs HTTP/1.1\r\n{head}".encode()))

    assert answer.startswith(b"HTTP/1.1 408 ")


def test_with_a_certificate_it_speaks_https_and_nothing_else(tmp_path: Path, pair: tuple[Path, Path]) -> None:
    certificate, key = pair
    port = free_port()
    service = guarded(tmp_path, port=port, tls_certificate=certificate, tls_key=key)
    head = f"GET /api/v1/runs HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n"
    sent = f"{head}Origin: https://localhost:{port}\r\nAuthorization: Bearer {service.token}\r\n\r\n".encode()
    check_certificate(service.settings)

    assert asyncio.run(asked(service, sent, trusting(certificate))).startswith(b"HTTP/1.1 200 ")
    with pytest.raises((ConnectionError, AssertionError)):
        assert asyncio.run(asked(service, sent))


def test_a_key_with_a_password_is_refused_rather_than_asked_for(tmp_path: Path, pair: tuple[Path, Path]) -> None:
    locked = tmp_path / "locked.pem"
    command = ["openssl", "rsa", "-aes256", "-passout", "pass:swordfish", "-in", str(pair[1]), "-out", str(locked)]
    subprocess.run(command, check=True, capture_output=True)

    with pytest.raises(InvalidSettings, match="are no certificate with its key \\(without password\\)"):
        check_certificate(ServerSettings(tls_certificate=pair[0], tls_key=locked))


def test_another_key_than_the_certificates_is_refused(tmp_path: Path, pair: tuple[Path, Path]) -> None:
    other = tmp_path / "other.pem"
    subprocess.run(["openssl", "genrsa", "-out", str(other), "2048"], check=True, capture_output=True)

    with pytest.raises(InvalidSettings, match="are no certificate with its key"):
        check_certificate(ServerSettings(tls_certificate=pair[0], tls_key=other))


def test_requests_are_not_logged(tmp_path: Path) -> None:
    service = guarded(tmp_path)

    assert make_server(service.guard, service.settings).config.access_log is False


LEFT: ContextVar[str] = ContextVar("left", default="nothing")


async def leaving_a_note(scope: Scope, _receive: Receive, send: Send) -> None:
    """Answers with what the request before has left."""
    found = LEFT.get().encode()
    LEFT.set(f"a note of {scope['path']}")
    headers = [(b"content-length", b"%d" % len(found))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": found})


def test_a_request_behind_another_sees_nothing_of_its_context(tmp_path: Path) -> None:
    async def talk(settings: ServerSettings) -> bytes:
        async with serving(leaving_a_note, settings):
            sent = b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            return await what_comes_back(settings.port, sent)

    answers = asyncio.run(talk(ServerSettings(tmp_path, port=free_port())))
    assert answers.count(b"\r\n\r\nnothing") == 2


async def long(_scope: Scope, _receive: Receive, send: Send) -> None:
    """An answer that is given in two parts, each of which is too much for a client that takes nothing."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": bytes(1 << 25), "more_body": True})
    await send({"type": "http.response.body", "body": bytes(1 << 25)})


def test_a_client_that_takes_nothing_does_not_keep_the_service_from_stopping(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuner.server.listening._SOFT_SECONDS", 0.1)

    async def talk(settings: ServerSettings) -> None:
        async with asyncio.timeout(5), serving(long, settings) as server:
            reader, writer = await asyncio.open_connection("127.0.0.1", settings.port, limit=1)
            writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            await reader.readexactly(1)
            server.should_exit = True
            while server.server_state.connections or server.server_state.tasks:  # noqa: ASYNC110  nobody tells
                await asyncio.sleep(0.01)
            writer.transport.abort()

    asyncio.run(talk(ServerSettings(tmp_path, port=free_port())))


@pytest.mark.parametrize(("trusted", "told"), [("127.0.0.0/8", "203.0.113.9"), ("172.17.0.1", "127.0.0.1")])
def test_for_whom_a_proxy_asks_is_believed_of_its_own_address_alone(tmp_path: Path, trusted: str, told: str) -> None:
    proxy = "https://bench.example.org"
    service = guarded(tmp_path, port=free_port(), proxy_url=proxy, proxy_addresses=(trusted,))
    sent = request(service, "POST /api/v1/runs", X_Forwarded_For="203.0.113.9", Content_Length="0")

    body = asyncio.run(asked(service, sent)).partition(b"\r\n\r\n")[2]

    assert json.loads(body)["visitor"] == f"full token from {told}"
