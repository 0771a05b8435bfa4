"""Writes a short answer with one call, so that its client wakes up once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Final

from uvicorn._types import ASGISendEvent, HTTPResponseBodyEvent, HTTPResponseStartEvent
from uvicorn.protocols.http.httptools_impl import HEADER_RE, HEADER_VALUE_RE, STATUS_LINE, RequestResponseCycle

_MOST_JOINED: Final = 256 * 1024
"""Bytes of a body that are copied behind a head."""
_WITHOUT_BODY: Final = frozenset({204, 304})


class Outlet:
    """The writing side of a connection, which keeps the head of an answer until something follows."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head = b""

    def keep(self, head: bytes) -> None:
        """Write it together with what is written next, or before the connection is closed."""
        self._head = head

    def write(self, data: bytes) -> None:
        """Give it to the transport, behind what was kept."""
        if self._head:
            if len(data) > _MOST_JOINED:
                self.release()
            else:
                data, self._head = self._head + data, b""
        self._transport.write(data)

    def release(self) -> None:
        """Write what was kept."""
        if self._head:
            head, self._head = self._head, b""
            self._transport.write(head)

    def close(self) -> None:
        """Close the connection, once all is written; an encrypted one forgets all of itself when told so twice."""
        if not self._transport.is_closing():
            self.release()
            self._transport.close()

    def is_closing(self) -> bool:
        """Whether nothing can be written any more."""
        return self._transport.is_closing()


class OneWrite(RequestResponseCycle):
    """A request and its answer as uvicorn has them, but the head waits for the first part of a body of known length.

    Where no length is known, as of event streams, nobody knows when the first part comes: such a head is written at
    once. Clients of HTTP/1.0 are sent no chunks, which they would not know.
    """

    transport: Outlet  # type: ignore[assignment]  # it has what an answer needs of a transport
    _left: int | None = 0
    """Bytes of the body that are to come; None where nobody knows."""

    async def send(self, message: ASGISendEvent) -> None:
        """Called by the app; raises `RuntimeError` for what is no part of an answer at this place."""
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        if message["type"] == "http.response.start" and not self.response_started:
            self._start(message)
        elif message["type"] == "http.response.body" and self.response_started and not self.response_complete:
            self._go_on(message)
        else:
            raise RuntimeError(f"{message['type']} at the wrong place of an answer")

    def _start(self, message: HTTPResponseStartEvent) -> None:
        """Raises `RuntimeError` for a header that would be read as something else."""
        self.response_started = True
        self.waiting_for_100_continue = False
        headers = [*self.default_headers, *message.get("headers", ())]
        names, values = (b"".join(parts) for parts in zip(*headers, strict=True)) if headers else (b"", b"")
        if HEADER_RE.search(names) or HEADER_VALUE_RE.search(values):
            raise RuntimeError("a header of the answer has characters that no header has")
        lines = [STATUS_LINE[message["status"]], *(b"%b: %b\r\n" % (name, value) for name, value in headers)]
        lines += self._own_lines({name.lower(): value.lower() for name, value in headers}, message["status"])
        head = b"".join([*lines, b"\r\n"])
        if self._left:
            self.transport.keep(head)
        else:
            self.transport.write(head)

    def _own_lines(self, headers: Mapping[bytes, bytes], status: int) -> Iterator[bytes]:
        """How long the body is, and whether the connection is closed behind it."""
        if self.scope["method"] == "HEAD" or status in _WITHOUT_BODY:
            self._left = 0
        elif b"content-length" in headers:
            self._left = int(headers[b"content-length"])
        else:
            self._left = None
            self.chunked_encoding = self.scope["http_version"] != "1.0"
            if self.chunked_encoding:
                yield b"transfer-encoding: chunked\r\n"
        if b"close" in headers.get(b"connection", b""):
            self.keep_alive = False
        elif not self.keep_alive:
            yield b"connection: close\r\n"

    def _go_on(self, message: HTTPResponseBodyEvent) -> None:
        """Raises `RuntimeError` for more or less than was announced."""
        body, is_last = message.get("body", b""), not message.get("more_body", False)
        if self.scope["method"] != "HEAD":
            self._check_length(len(body))
            self.transport.write(_in_chunks(body, is_last=is_last) if self.chunked_encoding else body)
        if is_last:
            if self._left:
                raise RuntimeError("the body of the answer is shorter than its head says")
            self.response_complete = True
            self.message_event.set()
            if not self.keep_alive:
                self.transport.close()
            self.on_response()

    def _check_length(self, size: int) -> None:
        if self._left is None:
            return
        self._left -= size
        if self._left < 0:
            raise RuntimeError("the body of the answer is longer than its head says")


def _in_chunks(body: bytes, *, is_last: bool) -> bytes:
    chunk = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
    return chunk + b"0\r\n\r\n" if is_last else chunk
