"""Opens the service's port, once for a folder of runs, and answers until it is told to stop."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from .encryption import context_of, encrypted
from .open_connections import OpenConnections
from .patience import PatientProtocol, protocol_with
from .remote_waiting import ENDING
from .service_folder import ServiceFolder
from .settings import InvalidSettings, ServerSettings

_SOFT_SECONDS: Final = 3
"""How long requests may go on that are under way when the service stops."""
_BACKLOG: Final = 2048


class AlreadyServed(InvalidSettings):
    """A folder of runs for which a service runs already."""


class NotServed(InvalidSettings):
    """A folder of runs for which no service runs."""


def lock_file(folder: ServiceFolder) -> Path:
    """Held by the service that runs here; holds its URL."""
    return folder.own / "server.lock"


@contextmanager
def sole_service(settings: ServerSettings) -> Iterator[None]:
    """Be the only service of a folder, and say where it is; raises `AlreadyServed`."""
    with lock_file(settings.folder).open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise AlreadyServed(f"{settings.runs} is served already, at {file.read().strip()}") from None
        file.truncate(0)
        file.write(f"{settings.url}\n")
        file.flush()
        yield


def url_of_service(folder: ServiceFolder) -> str:
    """Where the service of this folder is that runs now; raises `NotServed`."""
    try:
        with lock_file(folder).open("r", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return lock_file(folder).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        pass
    raise NotServed(f"no service runs for {folder.runs}: start one with tuner serve")


def check_certificate(settings: ServerSettings) -> None:
    """Raise `InvalidSettings` where TLS cannot work with these files."""
    if settings.tls_certificate is None or settings.tls_key is None:
        return
    for path in (settings.tls_certificate, settings.tls_key):
        if not os.access(path, os.R_OK):
            raise InvalidSettings(f"{path} cannot be read")
    try:
        context_of(settings.tls_certificate, settings.tls_key)
    except OSError as error:
        files = f"{settings.tls_certificate} and {settings.tls_key}"
        raise InvalidSettings(f"{files} are no certificate with its key (without password): {error}") from None


def open_socket(settings: ServerSettings) -> socket.socket:
    """Listen at the address; raises `InvalidSettings` where that cannot be."""
    family = socket.AF_INET6 if ":" in settings.address else socket.AF_INET
    # asyncio sends small parts of an answer at once only over sockets that say that they are TCP.
    opened = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((settings.address, settings.port))
        opened.listen(_BACKLOG)
    except OSError as error:
        opened.close()
        raise InvalidSettings(_why_not(error, settings)) from None
    return opened


def make_server(app: ASGIApp, settings: ServerSettings) -> uvicorn.Server:
    """The server, to be run with the opened socket. It logs errors alone: no request, and so no secret of one.

    How many requests are answered at once the guard decides, whose refusals are told like any other.
    """
    return _Server(
        uvicorn.Config(
            app,
            loop="asyncio",
            http=_protocol_of(settings),
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            proxy_headers=settings.proxy_url is not None,
            forwarded_allow_ips=",".join(settings.proxy_addresses),
            timeout_graceful_shutdown=_SOFT_SECONDS,
            reset_contextvars=True,
        )
    )


class _Server(uvicorn.Server):
    """Has an event in the state of every request that is set before it waits for those that are under way.

    Who has not taken an answer in that time is let go.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._ending = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self.lifespan.state[ENDING] = self._ending
        await super().startup(sockets)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._ending.set()
        await super().shutdown(sockets)
        for connection in list(self.server_state.connections):
            if isinstance(connection, PatientProtocol):
                connection.carrier.abort()


def _protocol_of(settings: ServerSettings) -> type[asyncio.Protocol]:
    plain = protocol_with(settings.limits, OpenConnections(settings.limits.connections))
    if settings.tls_certificate is None or settings.tls_key is None:
        return plain
    return encrypted(plain, context_of(settings.tls_certificate, settings.tls_key))


def _why_not(error: OSError, settings: ServerSettings) -> str:
    place = f"{settings.host} port {settings.port}"
    if error.errno == errno.EADDRINUSE:
        return f"something else listens at {place} already: give another --port"
    return f"cannot listen at {place}: {error.strerror}"
