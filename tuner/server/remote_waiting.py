"""Requests that wait for news of a remote session: how many there may be, and whom to wake."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

from starlette.requests import Request
from starlette.types import Receive

from .mailbox_errors import TooManyWait

MOST_POLLS: Final = 16
"""Requests of clients for the questions of one session, waiting at once."""
MOST_ASKING: Final = 256
"""Questions of one session that workers wait for at once; every worker of a run may."""
MOST_OF_ALL: Final = 320
"""Of all sessions together; fewer than the service answers at once, so that there is room for other requests."""
ENDING: Final = "ending"
"""In the state of a request: the event that is set once the server ends."""
POLL: Final = ""
"""The topic of a client that waits for any question; that of a worker is its question."""

End = Callable[[], Coroutine[Any, Any, None]]
"""Returns once waiting makes no sense any more."""


class Waiting:
    """Who waits, by session and topic. Belongs to one event loop."""

    def __init__(self) -> None:
        self._topics: dict[str, dict[str, set[asyncio.Event]]] = {}
        self._total = 0

    def __len__(self) -> int:
        return self._total

    @contextmanager
    def place(self, session: str, topic: str) -> Iterator[asyncio.Event]:
        """What is set when there is news; raises `TooManyWait`."""
        self._check_room(session, topic)
        bell = asyncio.Event()
        self._topics.setdefault(session, {}).setdefault(topic, set()).add(bell)
        self._total += 1
        try:
            yield bell
        finally:
            self._total -= 1
            self._remove(session, topic, bell)

    def wake(self, session: str, topic: str | None = None) -> None:
        """Wake whoever waits for this topic, or for any of the session."""
        topics = self._topics.get(session, {})
        for bells in topics.values() if topic is None else [topics.get(topic, set())]:
            for bell in bells:
                bell.set()

    def _check_room(self, session: str, topic: str) -> None:
        topics = self._topics.get(session, {})
        polls = len(topics.get(POLL, ()))
        asking = sum(len(bells) for bells in topics.values()) - polls
        if topic == POLL and polls >= MOST_POLLS:
            raise TooManyWait(f"{polls} requests wait for the questions of this session, and no more may")
        if topic != POLL and asking >= MOST_ASKING:
            raise TooManyWait(f"{asking} requests wait for answers of this session, and no more may")
        if self._total >= MOST_OF_ALL:
            raise TooManyWait(f"{self._total} requests wait for remote strategies and tasks, and no more may")

    def _remove(self, session: str, topic: str, bell: asyncio.Event) -> None:
        topics = self._topics[session]
        topics[topic].discard(bell)
        if not topics[topic]:
            del topics[topic]
        if not topics:
            del self._topics[session]


def end_of(request: Request) -> End:
    """That of a request: its client has gone away, or the server ends."""
    ending = getattr(request.state, ENDING, None)

    async def wait() -> None:
        tasks = [asyncio.create_task(_leave(request.receive))]
        if isinstance(ending, asyncio.Event):
            tasks.append(asyncio.create_task(_wait(ending)))
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()

    return wait


@asynccontextmanager
async def ringing(end: End, bell: asyncio.Event) -> AsyncIterator[asyncio.Task[None]]:
    """The end as a task, which rings the bell."""
    task = asyncio.create_task(end())
    task.add_done_callback(lambda _: bell.set())
    try:
        yield task
    finally:
        task.cancel()


async def _leave(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _wait(event: asyncio.Event) -> None:
    await event.wait()
