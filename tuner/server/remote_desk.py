"""Waiting for questions and answers, without a thread for whoever waits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Annotated, Any, Final, TypeVar
from weakref import WeakValueDictionary

from fastapi import Depends
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request

from .mailbox import AskedQuestion, Kind, Mailbox, MailboxError, RemoteSession
from .service import service_of

MOST_AT_ONCE: Final = 100
"""Questions of one answer."""
_Found = TypeVar("_Found")


class RemoteDesk:
    """The mailbox for handlers: what it refuses becomes an HTTP error, and whoever waits is woken by what comes."""

    def __init__(self, mailbox: Mailbox, clock: Callable[[], float] = time.time) -> None:
        self._mailbox = mailbox
        self._clock = clock
        self._bells: WeakValueDictionary[str, asyncio.Event] = WeakValueDictionary()

    async def open(self, kind: Kind, name: str, definition: dict[str, Any]) -> RemoteSession:
        """See `Mailbox.open`."""
        return await _done(self._mailbox.open, kind, name, definition, self._clock())

    async def end(self, session: str, kind: Kind) -> None:
        """See `Mailbox.end`; whoever waits learns of it."""
        await _done(self._mailbox.end, session, kind, self._clock())
        self._ring(session)

    async def session(self, session: str, kind: Kind) -> RemoteSession:
        """See `Mailbox.session`."""
        return await _done(self._mailbox.session, session, kind)

    async def sessions(self, kind: Kind) -> list[RemoteSession]:
        """See `Mailbox.sessions`."""
        return await _done(self._mailbox.sessions, kind)

    async def waiting(self, session: str, kind: Kind, seconds: float) -> list[AskedQuestion]:
        """The oldest questions without an answer; none where none comes in time, or the session has ended."""
        known = await self.session(session, kind)
        await _done(self._mailbox.seen, session, self._clock())
        if known.ended is not None:
            return []
        return await self._until(session, seconds, lambda: self._mailbox.waiting(session, MOST_AT_ONCE))

    async def conversation(self, session: str, kind: Kind, conversation: str, first: int) -> list[AskedQuestion]:
        """What was asked in a conversation from number `first` on; raises 404 where nothing was, ever."""
        await self.session(session, kind)
        found = await _done(self._mailbox.conversation, session, conversation, first, MOST_AT_ONCE)
        if not found and first == 0:
            raise HTTPException(404, "nothing was asked in this conversation")
        return found

    async def answer(self, session: str, kind: Kind, conversation: str, number: int, answer: str) -> None:
        """See `Mailbox.answer`."""
        await self.session(session, kind)
        await _done(self._mailbox.answer, session, conversation, number, answer, self._clock())
        self._ring(f"{session}/{conversation}/{number}")

    async def ask(self, session: str, conversation: str, number: int, text: str, seconds: float) -> str | None:
        """See `Mailbox.ask`; waits for the answer, and returns None where none comes in time."""

        def look() -> str | None:
            return self._mailbox.ask(session, conversation, number, text, self._clock())

        answer = await _done(look)
        if answer is None:
            self._ring(session)
            answer = await self._until(f"{session}/{conversation}/{number}", seconds, look)
        return answer

    async def answers(self, session: str) -> int:
        """See `Mailbox.answers`."""
        return await _done(self._mailbox.answers, session)

    async def _until(self, bell: str, seconds: float, look: Callable[[], _Found]) -> _Found:
        """What is found at once or after a ring of the bell; what was found last once the time is up."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while True:
            rung = self._bells.setdefault(bell, asyncio.Event())
            found = await _done(look)
            left = deadline - loop.time()
            if found or left <= 0:
                return found
            try:
                await asyncio.wait_for(rung.wait(), left)
            except TimeoutError:
                pass
            except asyncio.CancelledError:  # the server ends: whoever waits is told what there is, and comes again
                return found

    def _ring(self, bell: str) -> None:
        rung = self._bells.pop(bell, None)
        if rung is not None:
            rung.set()


async def desk_of(request: Request) -> RemoteDesk:
    """The desk of the service, opened when it is first needed: a dependency of handlers."""
    state = request.app.state
    if not hasattr(state, "remote_desk"):
        state.remote_desk = RemoteDesk(Mailbox(service_of(request).folder.database))
    desk: RemoteDesk = state.remote_desk
    return desk


Desk = Annotated[RemoteDesk, Depends(desk_of)]


async def _done(call: Callable[..., _Found], *arguments: object) -> _Found:
    try:
        return await run_in_threadpool(call, *arguments)
    except MailboxError as error:
        raise HTTPException(error.status, str(error)) from None
