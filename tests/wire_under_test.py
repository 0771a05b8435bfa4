"""The server's side of one connection, without a socket: bytes go in, and what would be sent is kept."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.server import ServerState

from tuner.server.open_connections import OpenConnections
from tuner.server.patience import PatientProtocol, protocol_with
from tuner.server.settings import Limits

_TURNS = 20
"""Of the event loop, in which all is done that does not wait for the client."""


class Line(asyncio.Transport):
    """A transport that takes everything at once."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.closes = 0
        self.is_closed = False
        self.is_read = True

    def write(self, data: Any) -> None:
        if data and not self.is_closed:
            self.writes.append(data)

    def close(self) -> None:
        self.closes += 1
        self.is_closed = True

    def abort(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed

    def pause_reading(self) -> None:
        self.is_read = False

    def resume_reading(self) -> None:
        self.is_read = True

    def get_write_buffer_size(self) -> int:
        return 0


@dataclass
class Wire:
    """One connection, within a running event loop."""

    app: ASGIApp
    line: Line = field(default_factory=Line)
    protocol: PatientProtocol = field(init=False)

    def __post_init__(self) -> None:
        config = uvicorn.Config(self.app, log_config=None, access_log=False, ws="none", lifespan="off")
        made: Any = protocol_with(Limits(), OpenConnections(8))
        self.protocol = made(config, ServerState(), {})
        self.protocol.connection_made(self.line)

    @property
    def sent(self) -> bytes:
        """All that came back so far."""
        return b"".join(self.line.writes)

    async def say(self, data: bytes) -> None:
        """Until everything is done that these bytes bring about."""
        self.protocol.data_received(data)
        await self.settle()

    async def settle(self) -> None:
        for _ in range(_TURNS):
            await asyncio.sleep(0)


@dataclass
class Echo:
    """An app that answers with what it was asked, once the body is whole."""

    asked: list[Scope] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked.append(scope)
        body, is_last = b"", False
        while not is_last:
            message = await receive()
            body += message.get("body", b"")
            is_last = not message.get("more_body", False)
        told = {"method": scope["method"], "target": scope["raw_path"].decode(), "body": body.decode()}
        answer = json.dumps(told).encode()
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(answer))]}
        )
        await send({"type": "http.response.body", "body": answer})


def exchange(app: ASGIApp, pieces: Sequence[bytes]) -> Wire:
    """The connection after all of these were said, or as many as it took, and the client has gone."""

    async def talk() -> Wire:
        wire = Wire(app)
        for piece in pieces:
            if wire.line.is_closed:
                break
            await wire.say(piece)
        wire.protocol.connection_lost(ConnectionResetError())
        await wire.settle()
        return wire

    return asyncio.run(talk())


def answers_of(sent: bytes) -> list[dict[str, Any]]:
    """The bodies of answers with a length, each of JSON."""
    bodies = []
    while sent:
        head, _, rest = sent.partition(b"\r\n\r\n")
        size = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        bodies.append(json.loads(rest[:size]))
        sent = rest[size:]
    return bodies
