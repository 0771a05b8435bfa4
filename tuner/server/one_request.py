"""Takes requests from the wire, one at a time, and none that two readers could read differently."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any, ClassVar, Final
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT, FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .one_write import OneWrite, Outlet
from .settings import Limits

_END: Final = b"\r\n\r\n"
"""Of the lines of a head, and of a body in chunks."""
_LINE: Final = re.compile(rb"[A-Z-]+ [\x21-\x7e]+ HTTP/1\.[01]")
"""The first of a head: the parser takes other protocols and more spaces."""

_MOST_PARTS: Final = 1000
"""Of a body that are read before the app has taken them, for each may be as short as the end of a line."""


class NoRequest(Exception):
    """Something that is no request as HTTP/1.1 has it, or that could be read in two ways."""


class _Flow(FlowControl):
    """Lets more in when what has come already was read, and what is left of it is not too much."""

    def __init__(self, transport: asyncio.Transport, read_on: Callable[[], bool]) -> None:
        super().__init__(transport)
        self._read_on = read_on

    def resume_reading(self) -> None:
        """Called behind each answer, and by every app that asks for a body or whether its client has gone."""
        if self._read_on():
            super().resume_reading()


class OneRequest(HttpToolsProtocol):
    """HTTP as uvicorn speaks it, but the parser is given no more than one request while that is being answered.

    What follows a request waits as it came, unread, and so does what follows many parts of a body that the app has not
    taken. Refused is, beyond what the parser refuses (bare line feeds, folded lines, control characters, spaces in
    names, wrong lengths): a blank line before a request, a version that is not 1.0 or 1.1, a Transfer-Encoding that is
    not `chunked` alone, and a part of a request that goes on for too long.
    """

    limits: ClassVar[Limits]
    _outlet: Outlet
    _unread = b""
    _tail = b""
    """The last bytes of lines whose end has not come."""
    _useless = 0
    """Bytes since the request began, or since the last bytes of its body."""
    _length = 0
    """Bytes of the body that are to come."""
    _parts = 0
    """Of the body, since the app asked for some of it."""
    _line: bytes | None = b""
    """As much of the first line as has come; None behind it."""
    _is_chunked = False
    _has_head = False
    _has_upgrade = False
    """Its body is read by a parser of its own."""
    _is_whole = True
    """Nothing is missing of the request that came last."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=False)  # which uvicorn has set
        self._outlet = Outlet(transport)
        self.flow = _Flow(transport, self._read_on)

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        if not self.transport.is_closing():
            self._unread = self._unread + data if self._unread else data
            self._read()

    def on_response_complete(self) -> None:
        """Called when all of an answer was given to the transport; what follows the request is read now."""
        super().on_response_complete()
        if self._unread and not self.transport.is_closing():
            self._unset_keepalive_if_required()
            self._read()
            if not self._is_in_work:
                self.flow.resume_reading()

    def on_message_begin(self) -> None:
        """Called by the parser, as all up to `on_message_complete`; what they raise comes out as `HttpParserError`."""
        if self._is_in_work:
            raise NoRequest
        super().on_message_begin()
        self._is_whole = self._is_chunked = self._has_head = self._has_upgrade = False
        self._length = self._parts = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """One behind the body is dropped: whoever has looked at the head would not see it."""
        if self._has_head:
            return
        name, value = name.lower(), value.rstrip(b" \t")
        if name == b"transfer-encoding":
            if value.lower() != b"chunked":
                raise NoRequest
            self._is_chunked = True
        elif name == b"content-length":
            self._length = int(value)  # of digits alone, and not there twice: that the parser has seen to
        elif name == b"expect":
            self.expect_100_continue = value.lower() == b"100-continue"
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """The head is whole: the app is called. Its target is passed on as it stands, for the guard to judge."""
        version = self.parser.get_http_version()
        is_old = version == "1.0"
        if (is_old and self._is_chunked) or self._useless > self._most_useless:
            raise NoRequest
        self._has_head = True
        has_body = self._is_chunked or self._length > 0
        self._has_upgrade = has_body and self.parser.should_upgrade()
        self.expect_100_continue = self.expect_100_continue and has_body and not is_old
        self._unset_keepalive_if_required()
        raw_path, _, self.scope["query_string"] = self.url.partition(b"?")
        self.scope["http_version"] = version
        self.scope["method"] = self.parser.get_method().decode("ascii")
        self.scope["path"] = self.root_path + unquote(raw_path.decode("ascii"))
        self.scope["raw_path"] = self.root_path.encode("ascii") + raw_path
        self._answer(is_last=is_old or not self.parser.should_keep_alive())

    def on_body(self, body: bytes) -> None:
        """Some of it has come."""
        self._useless = 0
        self._parts += 1
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole, as far as this parser is to read it."""
        if not self._has_upgrade:
            self._end_request()

    @property
    def _is_in_work(self) -> bool:
        """Whether a request is being answered."""
        return self.cycle is not None and not self.cycle.response_complete

    @property
    def _has_enough(self) -> bool:
        """Whether what comes next has to wait for the app."""
        return self._is_in_work and (self._is_whole or self._parts >= _MOST_PARTS)

    @property
    def _most_useless(self) -> int:
        return 4 * (self.limits.header_bytes + self.limits.target_bytes)

    def _end_request(self) -> None:
        self._is_whole = True
        self._useless = 0
        super().on_message_complete()

    def _answer(self, *, is_last: bool) -> None:
        self.cycle = OneWrite(
            scope=self.scope,
            transport=self._outlet,  # type: ignore[arg-type]  # it has what an answer needs of a transport
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=not is_last,
            on_response=self.on_response_complete,
        )
        self._start_asgi_task(self.cycle, self.app)

    def _read_on(self) -> bool:
        """Whether more may be let in. What follows an answer is not read here, but when all of that was written."""
        self._parts = 0
        if self._unread and self._is_in_work and not self.transport.is_closing():
            self._read()
        return len(self._unread) <= HIGH_WATER_LIMIT and not self.transport.is_closing()

    def _read(self) -> None:
        """Read on, for as long as there is not enough."""
        unread, at, self._unread = self._unread, 0, b""
        while at < len(unread) and not self._has_enough:
            end = self._end_of_piece(unread, at)
            try:
                self._parse(unread[at:end])
            except (httptools.HttpParserError, NoRequest) as error:
                if error.__context__ is not None and not isinstance(error.__context__, NoRequest):
                    self.logger.exception("a request could not be read")
                self.send_400_response("")
                return
            at = end
        self._unread = unread[at:]
        if len(self._unread) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()

    def _end_of_piece(self, unread: bytes, at: int) -> int:
        """Up to where there is no more than the end of one request; only the first piece has a tail before it."""
        if self._length and not self._is_whole and self._has_head:
            end = min(at + self._length, len(unread))
            self._length -= end - at
            return end
        seen = self._tail + unread if self._tail else unread
        found = seen.find(_END, at)
        if found < 0:
            self._tail = seen[max(at, len(seen) - len(_END) + 1) :]
            return len(unread)
        end = found + len(_END) - len(self._tail)
        self._tail = b""
        return end

    def _parse(self, piece: bytes) -> None:
        if self._is_whole:
            self._begin(piece)
        if self._line is not None:
            self._check_line(self._line + piece)
        self._useless += len(piece)
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade:
            if self._has_upgrade:
                self._read_body_apart()
        if self._useless > self._most_useless:
            raise NoRequest

    def _begin(self, piece: bytes) -> None:
        if piece[0] in b"\r\n":
            raise NoRequest
        if self._has_upgrade:
            self.parser = httptools.HttpRequestParser(self)
        self._line = b""

    def _check_line(self, begun: bytes) -> None:
        end = begun.find(b"\r\n")
        if end < 0:
            self._line = begun
        elif _LINE.fullmatch(begun, 0, end):
            self._line = None
        else:
            raise NoRequest

    def _read_body_apart(self) -> None:
        """The parser stops behind the head of whoever asks for another protocol, which none is given."""
        framing = b"Transfer-Encoding: chunked" if self._is_chunked else b"Content-Length: %d" % self._length
        self.parser = httptools.HttpRequestParser(_Body(self.on_body, self._end_request))
        self.parser.feed_data(b"POST / HTTP/1.1\r\n%b\r\n\r\n" % framing)


class _Body:
    """What a parser calls that reads nothing but a body."""

    def __init__(self, on_body: Callable[[bytes], None], on_message_complete: Callable[[], None]) -> None:
        self.on_body = on_body
        self.on_message_complete = on_message_complete
