"""The outermost layer of the service: nothing is answered that it has not let through, whatever the route."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from itertools import count
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from .browser_sessions import BrowserSessions
from .guard_answer import Answer
from .guard_body import GoneAway, read_body, replay
from .guard_checks import Asked, Refusal, Rules, first_refusal
from .guard_limits import Places
from .guard_visitors import Door, Visitor, check_page_proof
from .guard_work import Work
from .problems import internal_error
from .settings import ServerSettings
from .tokens import Tokens

_LOG: Final = logging.getLogger(__name__)


class Guard:
    """Wraps the whole app: static files, documentation, event streams and what does not exist included.

    Behind it `request.state.visitor` is a `Visitor`, and `request.state.number` names the request in the log.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: ServerSettings,
        tokens: Tokens,
        sessions: BrowserSessions,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.app = app
        self.sessions = sessions
        self._limits = settings.limits
        self._rules = Rules.of(settings)
        self._door = Door(settings, tokens, sessions, clock, now)
        self._work = Work(settings.limits)
        self._streams = Places()
        self._process, self._numbers = secrets.token_hex(4), count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; only http is spoken here."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        number = f"{self._process}-{next(self._numbers)}"
        asked = Asked.of(scope)
        answer = Answer(asked, send, self._streams, self._limits.event_streams)
        try:
            await self._pass_on(scope, receive, answer, asked, number)
        except GoneAway:
            pass
        except Exception as error:  # noqa: BLE001  the border to HTTP
            if answer.is_refused:
                return
            _LOG.exception("%s: %s %r failed", number, asked.method, asked.path, exc_info=error)
            if not answer.has_started:
                await answer.refuse(Refusal(500, internal_error(number)))
        finally:
            answer.close()

    async def _pass_on(self, scope: Scope, receive: Receive, answer: Answer, asked: Asked, number: str) -> None:
        """First what costs nothing, the body last."""
        visitor = first_refusal(asked, self._rules) or self._door.recognise(asked)
        if isinstance(visitor, Refusal):
            await answer.refuse(visitor)
        elif (refusal := self._work.begin(visitor)) is not None:
            await answer.refuse(refusal)
        else:
            try:
                answer.visitor = visitor.name
                state = {**scope.get("state", {}), "visitor": visitor, "number": number}
                await self._work_on({**scope, "state": state}, receive, answer, asked, visitor)
            finally:
                self._work.end(visitor)

    async def _work_on(self, scope: Scope, receive: Receive, answer: Answer, asked: Asked, visitor: Visitor) -> None:
        body = await self._take_in(receive, asked, visitor)
        if isinstance(body, Refusal):
            await answer.refuse(body)
        else:
            await self.app(scope, replay(body, receive), answer.send)

    async def _take_in(self, receive: Receive, asked: Asked, visitor: Visitor) -> bytes | Refusal:
        """The body, or what is wrong with it; at the entrance nobody has one."""
        if visitor.access is None:
            return b""
        body = await read_body(receive, self._limits, is_announced=asked.has_body)
        return body if isinstance(body, Refusal) else check_page_proof(asked, visitor, body) or body
