"""How long the server waits for its clients: for a request to come whole, and for an answer to be taken."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar, Final

from uvicorn.protocols.utils import get_remote_addr

from .guard_answer import with_own_headers
from .guard_limits import network_of
from .one_request import OneRequest
from .open_connections import OpenConnections
from .problems import PROBLEM, problem_body
from .settings import Limits


class PatientProtocol(OneRequest):
    """HTTP as it is read here, but for clients that keep the server waiting, and for what is said to no request."""

    open_connections: ClassVar[OpenConnections]
    carrier: Any = None
    """The transport below the encryption, or the only one."""
    _deadline: asyncio.TimerHandle | None = None
    """Until when there has to be a whole request."""
    _look: asyncio.TimerHandle | None = None
    """When it is looked whether the client has taken anything."""

    def arrive(self, carrier: Any) -> None:
        """Somebody has connected; called before `connection_made` where there is a handshake first."""
        self.carrier = carrier
        address = get_remote_addr(carrier)
        self.open_connections.add(carrier, network_of(address[0] if address else ""))

    def leave(self) -> None:
        """They have gone."""
        self.open_connections.remove(self.carrier)

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if self.carrier is None:
            self.arrive(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """Called when all of an answer was given to the transport."""
        super().on_response_complete()
        self._watch()

    def shutdown(self) -> None:
        """Called when the service stops."""
        if not self.transport.is_closing():
            super().shutdown()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_what_waits()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._watch_what_waits()

    def connection_lost(self, exc: Exception | None) -> None:
        self.leave()
        self._forget()
        if self._look is not None:
            self._look.cancel()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  uvicorn's own words are not for clients
        """Told as every error is; in the midst of an answer there is nobody who would understand it."""
        if not (self._is_in_work and self.cycle.response_started):
            self.transport.write(_NO_REQUEST)
        if self._is_in_work:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self._outlet.close()

    @property
    def _not_taken(self) -> int:
        """Bytes that wait for the client to take them."""
        size: int = self.transport.get_write_buffer_size()
        return size if self.carrier is self.transport else size + int(self.carrier.get_write_buffer_size())

    def _watch(self) -> None:
        """Wait for a request, unless one is whole and being answered, or we are waiting already."""
        if self._is_in_work:
            self.open_connections.work(self.carrier)
            self._forget()
        else:
            self.open_connections.wait(self.carrier)
            if self._deadline is None and not self.transport.is_closing():
                self._deadline = self.loop.call_later(self.limits.header_seconds, self._outlet.close)
        self._watch_what_waits()

    def _forget(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _watch_what_waits(self) -> None:
        """Look later whether some of it was taken: while it is too much to add to, or all of an answer."""
        size = self._not_taken
        if not (self.flow.write_paused or (size > 0 and not self._is_in_work)):
            if self._look is not None:
                self._look.cancel()
                self._look = None
        elif self._look is None:
            self._look = self.loop.call_later(self.limits.write_seconds, self._require_less_than, size)

    def _require_less_than(self, size: int) -> None:
        """Nothing was added meanwhile, so that what is not less was not taken."""
        self._look = None
        if self._not_taken < size:
            self._watch_what_waits()
        else:
            self.carrier.abort()


def protocol_with(limits: Limits, connections: OpenConnections) -> type[PatientProtocol]:
    """The protocol for one server."""

    class OfOneServer(PatientProtocol):
        pass

    OfOneServer.limits = limits
    OfOneServer.open_connections = connections
    return OfOneServer


def _told_to_no_request() -> bytes:
    body = problem_body(400, "this is no request as HTTP/1.1 has it")
    headers = [(b"content-type", PROBLEM.encode()), (b"content-length", b"%d" % len(body)), (b"connection", b"close")]
    lines = [b"HTTP/1.1 400 Bad Request", *(b"%s: %s" % header for header in with_own_headers(headers)), b"", body]
    return b"\r\n".join(lines)


_NO_REQUEST: Final = _told_to_no_request()
