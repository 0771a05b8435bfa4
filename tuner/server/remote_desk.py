"""Waiting for questions and answers, without a thread for whoever waits."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection
from functools import partial
from typing import Annotated, Any, Final, TypeVar

from fastapi import Depends
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request

from ..errors import TunerError
from ..remote.question import Question
from .facade import service_of
from .listing_page import Page
from .mailbox import Mailbox
from .mailbox_errors import MailboxError
from .mailbox_tables import AskedQuestion, Kind, ListedSession, RemoteSession
from .remote_uses import sessions_in_use
from .remote_waiting import POLL, End, Waiting, ringing

MOST_AT_ONCE: Final = 100
"""Questions of one answer."""
SEEN_SECONDS: Final = 30.0
"""How exactly it is known when a client was there last: no more often is it written."""
SWEEP_SECONDS: Final = 3600.0
"""How often it is looked for sessions that may be forgotten, at most."""
_THREADS: Final = 4
"""That read and write the mailbox, one after the other; whoever waits for them holds no thread."""
_LOG: Final = logging.getLogger(__name__)
_Found = TypeVar("_Found")


class RemoteDesk:
    """The mailbox for handlers: what it refuses becomes an HTTP error, and whoever waits is woken by what comes."""

    def __init__(
        self,
        mailbox: Mailbox,
        in_use: Callable[[], Collection[str]],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._mailbox = mailbox
        self._in_use = in_use
        self._clock = clock
        self._swept: float | None = None
        self._turns = asyncio.Semaphore(_THREADS)
        self.waits = Waiting()
        """Who waits."""

    async def open(self, kind: Kind, name: str, definition: dict[str, Any]) -> RemoteSession:
        """See `Mailbox.open`; sessions that nobody needs make room first."""
        await self._sweep()
        return await self._done(self._mailbox.open, kind, name, definition, self._clock())

    async def end(self, session: str, kind: Kind) -> None:
        """See `Mailbox.end`; whoever waits learns of it."""
        await self._done(self._mailbox.end, session, kind, self._clock())
        self.waits.wake(session)

    async def session(self, session: str, kind: Kind) -> RemoteSession:
        """See `Mailbox.session`."""
        return await self._done(self._mailbox.session, session, kind)

    async def sessions(self, kind: Kind, offset: int, limit: int) -> Page[ListedSession]:
        """See `Mailbox.sessions`."""
        await self._sweep()
        return await self._done(self._mailbox.sessions, kind, offset, limit)

    async def waiting_now(self, session: str, kind: Kind) -> list[AskedQuestion]:
        """The oldest questions without an answer, for one who is not the client: nothing is noted."""
        known = await self.session(session, kind)
        return [] if known.ended is not None else await self._done(self._mailbox.waiting, session, MOST_AT_ONCE)

    async def waiting(self, session: str, kind: Kind, seconds: float, end: End) -> list[AskedQuestion]:
        """The oldest questions without an answer; none where none comes in time, or the session has ended."""

        def look() -> list[AskedQuestion] | None:
            known = self._mailbox.session(session, kind)
            if self._clock() - known.last_seen >= SEEN_SECONDS:
                self._mailbox.seen(session, self._clock())
            return self._mailbox.waiting(session, MOST_AT_ONCE) or None if known.ended is None else []

        found = await self._done(look)
        if found is None:
            found = await self._until(session, POLL, seconds, look, end)
        return found or []

    async def conversation(self, session: str, kind: Kind, conversation: str, first: int) -> list[AskedQuestion]:
        """What was asked in a conversation from number `first` on; raises 404 where nothing was, ever."""
        await self.session(session, kind)
        found = await self._done(self._mailbox.conversation, session, conversation, first, MOST_AT_ONCE)
        if not found and first == 0:
            raise HTTPException(404, "nothing was asked in this conversation")
        return found

    async def answer(self, session: str, kind: Kind, conversation: str, number: int, answer: str) -> None:
        """See `Mailbox.answer`."""
        await self.session(session, kind)
        await self._done(self._mailbox.answer, session, conversation, number, answer, self._clock())
        self.waits.wake(session, f"{conversation}/{number}")

    async def ask(self, question: Question, seconds: float, end: End) -> str | None:
        """See `Mailbox.ask`; waits for the answer, and returns None where none comes in time."""

        def look() -> str | None:
            return self._mailbox.ask(question, self._clock())

        answer = await self._done(look)
        if answer is None:
            self.waits.wake(question.session, POLL)
            topic = f"{question.conversation}/{question.number}"
            answer = await self._until(question.session, topic, seconds, look, end)
        return answer

    async def answers(self, session: str) -> int:
        """See `Mailbox.answers`."""
        return await self._done(self._mailbox.answers, session)

    async def _until(
        self, session: str, topic: str, seconds: float, look: Callable[[], _Found | None], end: End
    ) -> _Found | None:
        """What is found after there was news; None once the time is up, or `end` has come."""
        if seconds <= 0:
            return None
        try:
            with self.waits.place(session, topic) as bell:
                async with asyncio.timeout(seconds), ringing(end, bell) as over:
                    while not over.done():
                        bell.clear()
                        found = await self._done(look)
                        if found is not None:
                            return found
                        await bell.wait()
        except TimeoutError:
            pass
        except MailboxError as error:
            raise _told(error) from None
        return None

    async def _sweep(self) -> None:
        """Forget the sessions that are stale and that no run needs, once in a while."""
        now = self._clock()
        if self._swept is None or now - self._swept >= SWEEP_SECONDS:
            self._swept = now
            await self._done(self._forget_stale, now)

    def _forget_stale(self, now: float) -> None:
        stale = self._mailbox.stale(now)
        if not stale:
            return
        try:
            needed = self._in_use()
        except (OSError, TunerError) as error:
            _LOG.warning("no remote session is forgotten, since it is not known which runs need them: %s", error)
            return
        for session in stale:
            if session not in needed:
                self._mailbox.forget(session, now)

    async def _done(self, call: Callable[..., _Found], *arguments: object) -> _Found:
        try:
            async with self._turns:
                return await run_in_threadpool(call, *arguments)
        except MailboxError as error:
            raise _told(error) from None


def _told(error: MailboxError) -> HTTPException:
    headers = None if error.retry_seconds is None else {"Retry-After": str(error.retry_seconds)}
    return HTTPException(error.status, str(error), headers)


async def desk_of(request: Request) -> RemoteDesk:
    """The desk of the service, opened when it is first needed: a dependency of handlers."""
    state = request.app.state
    if not hasattr(state, "remote_desk"):
        folder, queue = service_of(request).folder, service_of(request).queue
        state.remote_desk = RemoteDesk(Mailbox(folder.database), partial(sessions_in_use, folder, queue))
    desk: RemoteDesk = state.remote_desk
    return desk


Desk = Annotated[RemoteDesk, Depends(desk_of)]
