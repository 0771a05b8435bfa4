"""TLS before HTTP: who has not completed the handshake is a connection that waits, as any other."""

from __future__ import annotations

import asyncio
import ssl
from asyncio.sslproto import SSLProtocol
from pathlib import Path
from typing import Any, ClassVar

from .patience import PatientProtocol


def context_of(certificate: Path, key: Path) -> ssl.SSLContext:
    """TLS with these files; raises `OSError` where they are no certificate with its key, or the key has a password."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key, password=lambda: "")
    return context


class _Handshake(asyncio.Protocol):
    """uvicorn would learn of a connection after its handshake only, and could close none before."""

    protocol: ClassVar[type[PatientProtocol]]
    context: ClassVar[ssl.SSLContext]

    def __init__(self, **options: Any) -> None:
        self._inner = self.protocol(**options)

    def connection_made(self, transport: Any) -> None:
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        done.add_done_callback(self._end)
        encrypted = SSLProtocol(
            loop,
            self._inner,
            self.context,
            done,
            server_side=True,
            ssl_handshake_timeout=self._inner.limits.header_seconds,  # type: ignore[arg-type]  # it may be a fraction
        )
        transport.set_protocol(encrypted)
        encrypted.connection_made(transport)
        self._inner.arrive(transport)

    def _end(self, done: asyncio.Future[None]) -> None:
        """After the handshake, or a failure that closes the connection before there was any HTTP."""
        if done.exception() is not None or self._inner.transport is None:
            self._inner.leave()


def encrypted(protocol: type[PatientProtocol], context: ssl.SSLContext) -> type[asyncio.Protocol]:
    """The protocol, over TLS."""

    class OfOneServer(_Handshake):
        pass

    OfOneServer.protocol = protocol
    OfOneServer.context = context
    return OfOneServer
