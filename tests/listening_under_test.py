"""A server at a port of its own, in the test's event loop."""

from __future__ import annotations

import asyncio
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import which

import pytest
import uvicorn
from guarded_app import Guarded
from starlette.types import ASGIApp

from tuner.server.listening import make_server, open_socket
from tuner.server.settings import ServerSettings


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


@asynccontextmanager
async def serving(app: ASGIApp, settings: ServerSettings) -> AsyncIterator[uvicorn.Server]:
    server = make_server(app, settings)
    with open_socket(ServerSettings(port=settings.port)) as opened:
        task = asyncio.create_task(server.serve(sockets=[opened]))
        yield server
        server.should_exit = True
        await task


@asynccontextmanager
async def listening(service: Guarded) -> AsyncIterator[int]:
    """The small app at its port, which is given."""
    async with serving(service.guard, service.settings):
        yield service.settings.port


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


def request(service: Guarded, line: str = "GET /api/v1/runs", **headers: str) -> bytes:
    """With the token, as the last one on its connection."""
    known = {"Host": f"127.0.0.1:{service.settings.port}", "Authorization": f"Bearer {service.token}"}
    lines = [
        f"{name.replace('_', '-')}: {value}" for name, value in {**known, "Connection": "close", **headers}.items()
    ]
    return "\r\n".join([f"{line} HTTP/1.1", *lines, "", ""]).encode()


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate and its key."""
    if (openssl := which("openssl")) is None:
        pytest.skip("openssl, which makes the certificate, is not installed")
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "cert.pem", folder / "key.pem"
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run([*command, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    return certificate, key


def trusting(certificate: Path) -> ssl.SSLContext:
    """What a client of this certificate needs."""
    context = ssl.create_default_context(cafile=str(certificate))
    context.check_hostname = False
    return context
