"""Who waits for a question or an answer holds no thread, is woken by its own news alone, and may leave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from guarded_app import NOON, Ticks
from starlette.exceptions import HTTPException

from tuner.remote.question import Question
from tuner.server import remote_waiting
from tuner.server.mailbox import IDLE_SECONDS, Mailbox
from tuner.server.mailbox_tables import AskedQuestion
from tuner.server.remote_desk import SEEN_SECONDS, SWEEP_SECONDS, RemoteDesk

TALK, OTHER = "c" * 32, "d" * 32


class Counting(Mailbox):
    """Counts what it is asked."""

    def __init__(self, database: Path) -> None:
        super().__init__(database)
        self.asked = 0
        self.written = 0

    def ask(self, question: Question, now: float) -> str | None:
        answer = super().ask(question, now)
        self.asked += 1
        return answer

    def seen(self, session: str, now: float) -> None:
        self.written += 1
        super().seen(session, now)


class Office:
    """A desk with one open session, and clients that stay until they are told to leave."""

    def __init__(self, folder: Path) -> None:
        self.mailbox = Counting(folder / "service.sqlite")
        self.clock = Ticks()
        self.needed: list[str] = []
        self.looked = 0
        self.desk = RemoteDesk(self.mailbox, self.look, self.clock)
        self.leaving = asyncio.Event()
        self.session = self.mailbox.open("strategy", "mine", {}, NOON).id
        self.quiet = self.mailbox.open("task", "quiet", {}, NOON).id
        """One in which nothing is asked."""

    def look(self) -> list[str]:
        self.looked += 1
        return self.needed

    async def end(self) -> None:
        await self.leaving.wait()

    def poll(self, seconds: float = 30.0) -> Coroutine[Any, Any, list[AskedQuestion]]:
        return self.desk.waiting(self.session, "strategy", seconds, self.end)

    def poll_quiet(self) -> Coroutine[Any, Any, list[AskedQuestion]]:
        return self.desk.waiting(self.quiet, "task", 30.0, self.end)

    def ask(self, conversation: str = TALK, seconds: float = 30.0) -> Coroutine[Any, Any, str | None]:
        return self.desk.ask(Question(self.session, conversation, 0, "what?"), seconds, self.end)

    def answer(self, conversation: str = TALK) -> Coroutine[Any, Any, None]:
        return self.desk.answer(self.session, "strategy", conversation, 0, "1")

    @asynccontextmanager
    async def waiting(self, *waits: Coroutine[Any, Any, Any]) -> AsyncIterator[list[asyncio.Task[Any]]]:
        """Give the tasks once all of them wait; none of them is left over."""
        before = len(self.desk.waits)
        tasks = [asyncio.create_task(one) for one in waits]
        await self.until(lambda: len(self.desk.waits) == before + len(tasks))
        yield tasks
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @staticmethod
    async def until(condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():  # noqa: ASYNC110  the desk tells nobody
                await asyncio.sleep(0.001)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def within(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, 20))


def test_a_client_that_waits_is_woken_by_a_question(folder: Path) -> None:
    async def story() -> None:
        office = Office(folder)
        async with office.waiting(office.poll()) as (poll,):
            await office.ask(seconds=0)
            assert [one.conversation for one in await poll] == [TALK]

    within(story())


def test_an_answer_wakes_whoever_waits_for_it_and_nobody_else(folder: Path) -> None:
    async def story() -> None:
        office = Office(folder)
        async with office.waiting(office.ask(TALK), office.ask(OTHER)) as (mine, other):
            await office.until(lambda: office.mailbox.asked == 4)  # both, before and after they have a place
            await office.answer(TALK)
            assert await mine == "1"
            assert office.mailbox.asked == 5
            assert not other.done()

    within(story())


def test_the_end_of_a_session_wakes_all_who_wait_in_it(folder: Path) -> None:
    async def story() -> None:
        office = Office(folder)
        async with office.waiting(office.ask()) as (ask,):
            await office.desk.end(office.session, "strategy")
            with pytest.raises(HTTPException) as ended:
                await ask
            assert ended.value.status_code == 410

        async with office.waiting(office.poll_quiet()) as (poll,):
            await office.desk.end(office.quiet, "task")
            assert await poll == []

    within(story())


def test_who_has_gone_waits_no_longer(folder: Path) -> None:
    async def story() -> None:
        office = Office(folder)
        async with office.waiting(office.poll_quiet(), office.ask()) as tasks:
            office.leaving.set()
            await asyncio.gather(*tasks)
            assert len(office.desk.waits) == 0

    within(story())


def test_a_wait_that_is_cancelled_is_cancelled(folder: Path) -> None:
    async def story() -> None:
        office = Office(folder)
        async with office.waiting(office.poll_quiet(), office.ask()) as tasks:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            assert all(task.cancelled() for task in tasks)
            assert len(office.desk.waits) == 0

    within(story())


def test_however_many_wait_others_are_served(folder: Path) -> None:
    async def story() -> None:
        office = Office(folder)
        async with office.waiting(*(office.ask(f"{number:032x}") for number in range(100))) as tasks:
            known = await asyncio.wait_for(office.desk.session(office.session, "strategy"), 5)
            assert known.name == "mine"
            assert not any(task.done() for task in tasks)

    within(story())


@pytest.mark.parametrize(
    ("bound", "told"),
    [
        ("MOST_POLLS", "1 requests wait for the questions of this session"),
        ("MOST_OF_ALL", "1 requests wait for remote strategies and tasks"),
    ],
)
def test_one_poll_more_than_may_wait_is_told_when_to_come_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch, bound: str, told: str
) -> None:
    monkeypatch.setattr(remote_waiting, bound, 1)

    async def story() -> None:
        office = Office(folder)
        async with office.waiting(office.poll()):
            with pytest.raises(HTTPException, match=told) as refused:
                await office.poll()
            assert refused.value.status_code == 429
            assert refused.value.headers == {"Retry-After": "1"}
            assert await office.poll(seconds=0) == []
        await office.ask(seconds=0)
        assert len(await office.poll()) == 1

    within(story())


def test_one_question_more_than_may_be_waited_for_is_stored_nevertheless(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_waiting, "MOST_ASKING", 1)

    async def story() -> None:
        office = Office(folder)
        async with office.waiting(office.ask(TALK)):
            with pytest.raises(HTTPException, match="1 requests wait for answers of this session"):
                await office.ask(OTHER)
            assert [one.conversation for one in await office.poll()] == [TALK, OTHER]

    within(story())


def test_that_a_client_was_there_is_written_once_in_a_while(folder: Path) -> None:
    async def story() -> None:
        office = Office(folder)
        office.clock.now += SEEN_SECONDS - 1
        await office.poll(seconds=0)
        assert office.mailbox.written == 0

        office.clock.now += 1
        for _ in range(3):
            await office.poll(seconds=0)
        assert office.mailbox.written == 1
        assert (await office.desk.session(office.session, "strategy")).last_seen == office.clock.now

    within(story())


def test_stale_sessions_make_room_for_new_ones_but_for_those_that_runs_need(folder: Path) -> None:
    async def story() -> None:
        office = Office(folder)
        needed = office.mailbox.open("strategy", "needed", {}, NOON).id
        office.needed = [needed]
        office.clock.now += IDLE_SECONDS + 1
        opened = await office.desk.open("strategy", "new", {})
        assert {one.id for one in (await office.desk.sessions("strategy", 0, 50)).items} == {needed, opened.id}

    within(story())


def test_nothing_is_forgotten_while_it_is_not_known_what_runs_need(folder: Path) -> None:
    async def story() -> None:
        office = Office(folder)

        def fail() -> list[str]:
            raise PermissionError("suite.toml")

        desk = RemoteDesk(office.mailbox, fail, office.clock)
        office.clock.now += IDLE_SECONDS + 1
        assert [one.id for one in (await desk.sessions("strategy", 0, 50)).items] == [office.session]

    within(story())


def test_the_runs_are_looked_through_once_an_hour_at_most_and_only_for_stale_sessions(folder: Path) -> None:
    async def story() -> None:
        office = Office(folder)
        await office.desk.sessions("strategy", 0, 50)
        assert office.looked == 0

        office.needed = [office.session]
        office.clock.now += IDLE_SECONDS + 1
        for _ in range(3):
            await office.desk.sessions("strategy", 0, 50)
        assert office.looked == 1
        office.clock.now += SWEEP_SECONDS
        await office.desk.sessions("strategy", 0, 50)
        assert office.looked == 2

    within(story())
