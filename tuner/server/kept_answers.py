"""Short answers, given again as they are while all that they were made of is unchanged: a look at files, no more."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, TypeAlias

from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_ANSWERS: Final = 512
MOST_BYTES: Final = 32_000_000
"""Of all answers that are kept."""
MOST_BYTES_OF_ONE: Final = 1_000_000
Stamp: TypeAlias = Callable[[], object]
"""Gives what tells a state of the service from all others: an equal object while nothing has changed, None for unknown.

Whatever it refers to by identity it holds.
"""


@dataclass(slots=True)
class _Note:
    """What the handler of a request has said of its answer."""

    of: Stamp | None = None
    stamp: object = None


@dataclass(frozen=True, slots=True)
class _Kept:
    of: Stamp
    stamp: object
    start: Message
    body: Message

    @property
    def size(self) -> int:
        """In bytes, but for a few headers."""
        return len(self.body["body"])


_NOTE: ContextVar[_Note | None] = ContextVar("answer", default=None)


def keep_while_same(of: Stamp) -> None:
    """Have the answer to the request that is being worked on kept until a stamp is another one.

    To be called before anything is read that goes into the answer. But for the stamp the answer may depend on path and
    query, and on who asks.
    """
    note = _NOTE.get()
    if note is not None:
        note.of, note.stamp = of, of()


def keep_not() -> None:
    """Have the answer made anew the next time, whatever was said before: it tells of what no stamp sees."""
    note = _NOTE.get()
    if note is not None:
        note.of = None


class KeptAnswers:
    """Wraps the app, inside the guard: who asks has been recognised, and may read."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._kept: OrderedDict[tuple[object, ...], _Kept] = OrderedDict()
        self._bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; all but GET is passed on."""
        if scope["type"] != "http" or scope["method"] != "GET":
            _NOTE.set(None)
            await self.app(scope, receive, send)
            return
        visitor = scope["state"]["visitor"]
        secret = None if visitor.session is None else visitor.session.secret
        key = scope["path"], scope["query_string"], visitor.access, secret
        kept = self._find(key)
        if kept is None:
            await self._work_on(key, scope, receive, send)
        else:
            await send(kept.start)
            await send(kept.body)

    def _find(self, key: tuple[object, ...]) -> _Kept | None:
        kept = self._kept.get(key)
        if kept is None:
            return None
        if not _is_same(kept):
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        return kept

    async def _work_on(self, key: tuple[object, ...], scope: Scope, receive: Receive, send: Send) -> None:
        note, copy = _Note(), _Copy(send)
        token = _NOTE.set(note)
        try:
            await self.app(scope, receive, copy)
        finally:
            _NOTE.reset(token)
        if note.of is not None and note.stamp is not None and copy.start is not None and copy.body is not None:
            self._keep(key, _Kept(note.of, note.stamp, copy.start, copy.body))

    def _keep(self, key: tuple[object, ...], kept: _Kept) -> None:
        if kept.size > MOST_BYTES_OF_ONE:
            return
        self._drop(key)
        self._kept[key] = kept
        self._bytes += kept.size
        while len(self._kept) > MOST_ANSWERS or self._bytes > MOST_BYTES:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: tuple[object, ...]) -> None:
        kept = self._kept.pop(key, None)
        self._bytes -= 0 if kept is None else kept.size


class _Copy:
    """Passes an answer on, and has a copy of one that came in two messages and went well."""

    def __init__(self, send: Send) -> None:
        self.start: Message | None = None
        self.body: Message | None = None
        self._send = send

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = message if message["status"] == HTTPStatus.OK else None
        else:
            is_whole = self.body is None and not message.get("more_body", False)
            self.body = message if is_whole else None
            self.start = self.start if is_whole else None
        await self._send(message)


def _is_same(kept: _Kept) -> bool:
    """False, too, for what cannot be found out: whoever makes the answer says why."""
    try:
        return kept.of() == kept.stamp
    except Exception:  # noqa: BLE001  the stamp of whatever there is
        return False
