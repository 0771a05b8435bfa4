"""Connections that stay open, read with as little work as can be: the sender shares its cores with what it measures."""
# ruff: noqa: INP001  part of a folder of scripts

from __future__ import annotations

import re
import select
import socket
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, NamedTuple, Self

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED: Final = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
_CLOSES: Final = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
_PIECE: Final = 1 << 18


class Got(NamedTuple):
    """What came of a request."""

    number: int
    """As it was asked with."""
    sent: float
    """When it was sent, by `time.perf_counter`."""
    status: int
    """0 for none."""
    size: int
    """Of the body."""
    error: str
    """Empty, or the kind of error."""


class _Asked(NamedTuple):
    number: int
    request: bytes


@dataclass(slots=True)
class _Connection:
    link: socket.socket
    asked: _Asked
    sent: float = 0.0
    was_used: bool = False
    """Before this request: the server may be closing it just now."""
    parts: list[bytes] = field(default_factory=list)
    head: bytes = b""
    missing: int | None = None
    """Bytes until the end of an answer that says its size; None for others, and before its head is whole."""

    def begin(self, asked: _Asked) -> None:
        """Raises `OSError`."""
        self.asked, self.parts, self.head, self.missing = asked, [], b"", None
        self.sent = time.perf_counter()
        self.link.sendall(asked.request)

    def is_whole(self, data: bytes) -> bool:
        """Take some more of the answer; an answer is looked at as far as it takes to find its end, and no further."""
        self.parts.append(data)
        if not self.head:
            self._find_head()
        elif self.missing is not None:
            self.missing -= len(data)
        if self.missing is not None:
            return self.missing <= 0
        return bool(self.head) and self.is_chunked and self._chunks() is not None

    @property
    def is_chunked(self) -> bool:
        return bool(_CHUNKED.search(self.head))

    @property
    def got(self) -> Got:
        """Of a whole answer."""
        size = self._chunks() if self.missing is None and self.is_chunked else None
        body = sum(map(len, self.parts)) - len(self.head) if size is None else size
        return Got(self.asked.number, self.sent, int(self.head.split(b" ", 2)[1]), body, "")

    def _find_head(self) -> None:
        so_far = b"".join(self.parts)
        end = so_far.find(b"\r\n\r\n")
        if end >= 0:
            self.head, self.parts = so_far[: end + 4], [so_far]
            length = _LENGTH.search(self.head)
            self.missing = int(length[1]) - (len(so_far) - len(self.head)) if length else None

    def _chunks(self) -> int | None:
        """The size of a body in chunks; None before the last one is there."""
        body, place, size = b"".join(self.parts)[len(self.head) :], 0, 0
        while (end := body.find(b"\r\n", place)) >= 0:
            length = int(body[place:end].partition(b";")[0], 16)
            size, place = size + length, end + 2 + length + 2
            if length == 0 and place <= len(body):
                return size
        return None


@dataclass(slots=True)
class Connections:
    """At most so many to one server; what is asked when all are in use waits for one."""

    host: str
    port: int
    headers: Mapping[str, str]
    most: int
    seconds: float
    """How long an answer may take."""
    _poll: select.epoll = field(init=False, default_factory=select.epoll)
    _busy: dict[int, _Connection] = field(default_factory=dict)
    _idle: list[_Connection] = field(default_factory=list)
    _waiting: deque[_Asked] = field(default_factory=deque)
    _failed: list[Got] = field(default_factory=list)
    _looked: float = 0.0
    _rest: bytes = field(init=False)
    """Of every request what follows its target."""

    def __post_init__(self) -> None:
        lines = [" HTTP/1.1", f"Host: {self.host}:{self.port}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        self._rest = "\r\n".join([*lines, "", ""]).encode("latin-1")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _e: object, _trace: TracebackType | None) -> None:
        for connection in [*self._idle, *self._busy.values()]:
            connection.link.close()
        self._poll.close()

    def ask(self, number: int, target: str) -> None:
        """Send a request, or have it wait for a connection; what comes of it `wait` tells with this number."""
        self._waiting.append(_Asked(number, b"GET %s%s" % (target.encode("latin-1"), self._rest)))
        self._send()

    def wait(self, seconds: float) -> list[Got]:
        """What has come of requests, as soon as there is anything or the time is over."""
        found = [got for place, _ in self._poll.poll(0.0 if self._failed else seconds) for got in self._read(place)]
        self._give_up_late()
        if self._waiting:
            self._send()
        failed, self._failed = self._failed, []
        return found + failed

    def _send(self) -> None:
        while self._waiting and (self._idle or len(self._busy) < self.most):
            asked = self._waiting.popleft()
            try:
                connection = self._idle.pop() if self._idle else self._opened(asked)
            except OSError as error:
                self._failed.append(Got(asked.number, time.perf_counter(), 0, 0, type(error).__name__))
                continue
            self._busy[connection.link.fileno()] = connection
            try:
                connection.begin(asked)
            except OSError as error:
                self._give_up(connection, type(error).__name__)

    def _opened(self, asked: _Asked) -> _Connection:
        link = socket.create_connection((self.host, self.port))
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._poll.register(link, select.EPOLLIN)
        return _Connection(link, asked)

    def _read(self, place: int) -> list[Got]:
        connection = self._busy.get(place)
        if connection is None:  # the server closes one that is idle
            for idle in [one for one in self._idle if one.link.fileno() == place]:
                self._idle.remove(idle)
                idle.link.close()
            return []
        try:
            data = connection.link.recv(_PIECE)
        except OSError:
            data = b""
        if not data:
            return self._ended(connection)
        return [self._done(connection)] if connection.is_whole(data) else []

    def _done(self, connection: _Connection) -> Got:
        got = connection.got
        del self._busy[connection.link.fileno()]
        if _CLOSES.search(connection.head):
            connection.link.close()
        else:
            connection.was_used = True
            self._idle.append(connection)
        return got

    def _ended(self, connection: _Connection) -> list[Got]:
        """The server has closed it: behind an answer without a size, before one, or in the midst."""
        if connection.head and connection.missing is None and not connection.is_chunked:
            got = connection.got
            del self._busy[connection.link.fileno()]
            connection.link.close()
            return [got]
        self._give_up(connection, "ConnectionError")
        return []

    def _give_up(self, connection: _Connection, error: str) -> None:
        """The request is sent again where it met a connection that was being closed."""
        del self._busy[connection.link.fileno()]
        connection.link.close()
        if connection.was_used and not connection.parts and error != "TimeoutError":
            self._waiting.appendleft(connection.asked)
        else:
            self._failed.append(Got(connection.asked.number, connection.sent, 0, 0, error))

    def _give_up_late(self) -> None:
        """Those that have taken too long; they are looked for once a second."""
        now = time.perf_counter()
        if now - self._looked > min(1.0, self.seconds):
            self._looked = now
            for connection in [one for one in self._busy.values() if now - one.sent > self.seconds]:
                self._give_up(connection, "TimeoutError")
