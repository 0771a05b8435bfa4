"""What goes back to a client: headers that every answer has, refusals, and a count of event streams."""

from __future__ import annotations

import math
from collections.abc import MutableMapping
from typing import Any, Final

from starlette.types import Message, Send

from .guard_checks import METHODS, Asked, Refusal
from .guard_limits import Places
from .outside_page import OUTSIDE_POLICY, refusal_page, way_in_page
from .problems import PROBLEM, problem_body, title_of

CONTENT_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_ALWAYS: Final = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"x-frame-options": b"DENY",
}
_PAGE: Final = b"text/html; charset=utf-8"
_UNLESS_SAID: Final = {b"content-security-policy": CONTENT_POLICY.encode(), b"cache-control": b"no-store"}


class AlreadyRefused(OSError):
    """Something that is sent after the client was refused; an OSError, as for a client that has gone away."""


class Answer:
    """The answer to one request."""

    def __init__(self, asked: Asked | None, send: Send, streams: Places, most_streams: int) -> None:
        self.visitor = "stranger"
        """Whose event streams are counted."""
        self.has_started = False
        self.is_refused = False
        self._asked = asked
        self._send = send
        self._streams = streams
        self._most_streams = most_streams
        self._has_stream = False

    async def send(self, message: Message) -> None:
        """What the app sends; raises `AlreadyRefused` where the client has its answer."""
        if self.is_refused:
            raise AlreadyRefused
        if message["type"] == "http.response.start":
            headers = [(name.lower(), value) for name, value in message.get("headers", ())]
            await self._count_stream(dict(headers).get(b"content-type", b""))
            message = {**message, "headers": with_own_headers(headers)}
            self.has_started = True
        await self._send(message)

    async def refuse(self, refusal: Refusal) -> None:
        """Tell why not, and close the connection, since the client may be in the midst of its body."""
        self.is_refused = True
        body, kind = _text_of(refusal, is_page=self._asked is not None and self._asked.is_for_a_page)
        headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), (b"connection", b"close")]
        if kind == _PAGE:
            headers.append((b"content-security-policy", OUTSIDE_POLICY.encode()))
        if refusal.status == 401:
            headers.append((b"www-authenticate", b"Bearer"))
        if refusal.status == 405:
            headers.append((b"allow", ", ".join(sorted(METHODS)).encode()))
        if refusal.retry_seconds is not None:
            headers.append((b"retry-after", str(max(1, math.ceil(refusal.retry_seconds))).encode()))
        start = {"type": "http.response.start", "status": refusal.status, "headers": with_own_headers(headers)}
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})

    def close(self) -> None:
        """The request is over."""
        if self._has_stream:
            self._has_stream = False
            self._streams.close(self.visitor)

    async def _count_stream(self, content_type: bytes) -> None:
        if not content_type.startswith(b"text/event-stream"):
            return
        if not self._streams.open(self.visitor, self._most_streams):
            await self.refuse(Refusal(429, "too many event streams are open", retry_seconds=5))
            raise AlreadyRefused
        self._has_stream = True


def with_own_headers(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers with those that every answer has; only the two that are made for it may be given otherwise."""
    given: MutableMapping[bytes, Any] = dict(headers)
    kept = [(name, value) for name, value in headers if name not in _ALWAYS]
    return [*kept, *_ALWAYS.items(), *((name, value) for name, value in _UNLESS_SAID.items() if name not in given)]


def _text_of(refusal: Refusal, *, is_page: bool) -> tuple[bytes, bytes]:
    """Body and content type."""
    if not is_page:
        return problem_body(refusal.status, refusal.detail), PROBLEM.encode()
    if refusal.status == 401:
        return way_in_page(), _PAGE
    return refusal_page(title_of(refusal.status), refusal.detail), _PAGE
