"""The port: encrypted where it should be, and patient with slow clients only for a while."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import which

import pytest
from guarded_app import Guarded, guarded

from tuner.server.listening import check_certificate, make_server, open_socket
from tuner.server.settings import InvalidSettings, Limits, ServerSettings


@asynccontextmanager
async def listening(service: Guarded) -> AsyncIterator[int]:
    """The small app at a port of its own, which is given."""
    server = make_server(service.guard, service.settings)
    with open_socket(ServerSettings(port=service.settings.port)) as opened:
        task = asyncio.create_task(server.serve(sockets=[opened]))
        yield service.settings.port
        server.should_exit = True
        await task


def free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


async def what_comes_back(port: int, sent: bytes, context: ssl.SSLContext | None = None) -> bytes:
    """All that the server sends until it closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    writer.write(sent)
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return answer


async def asked(service: Guarded, sent: bytes, context: ssl.SSLContext | None = None) -> bytes:
    async with listening(service) as port:
        return await what_comes_back(port, sent, context)


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


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    if (openssl := which("openssl")) is None:
        pytest.skip("openssl, which makes the certificate, is not installed")
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "cert.pem", folder / "key.pem"
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run([*command, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    return certificate, key


def test_with_a_certificate_it_speaks_https_and_nothing_else(tmp_path: Path, pair: tuple[Path, Path]) -> None:
    certificate, key = pair
    port = free_port()
    service = guarded(tmp_path, port=port, tls_certificate=certificate, tls_key=key)
    head = f"GET /api/v1/runs HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n"
    sent = f"{head}Origin: https://localhost:{port}\r\nAuthorization: Bearer {service.token}\r\n\r\n".encode()
    context = ssl.create_default_context(cafile=str(certificate))
    context.check_hostname = False
    check_certificate(service.settings)

    assert asyncio.run(asked(service, sent, context)).startswith(b"HTTP/1.1 200 ")
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
