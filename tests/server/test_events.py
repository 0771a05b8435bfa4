"""What happens to a run, as numbered events that many may listen to."""

from __future__ import annotations

import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from tuner.server.api import event_stream
from tuner.server.events import EventFeed, EventFeeds, RunEvent
from tuner.server.listing_page import Page
from tuner.server.run_views import FailureView, RunProgress, RunState, RunSummary
from tuner.server.service_folder import UnknownRun

RUN = RunSummary("mine", "mine", "running", datetime(2026, 1, 1, tzinfo=UTC), None, 0, 12, 0, 4, 0, None, None, "")


@dataclass
class Told:
    """A run that goes on when a test says so."""

    summary: RunSummary = RUN
    looks: int = 0
    failed: list[FailureView] = field(default_factory=list)

    def progress(self, name: str) -> RunProgress:
        if name != "mine":
            raise UnknownRun(f"no run called {name!r}")
        self.looks += 1
        return RunProgress(self.summary, [], [])

    def failures(self, name: str, *, offset: int = 0, limit: int = 50) -> Page[FailureView]:
        del name
        return Page(self.failed[::-1][offset : offset + limit], len(self.failed), offset, limit)

    def go(self, trials: int, failures: int = 0, state: RunState = "running") -> None:
        self.failed += [
            FailureView(0, trial, "branin", "random", 0, "error", "odd", "{}")
            for trial in range(len(self.failed), failures)
        ]
        self.summary = replace(self.summary, trials=trials, failures=failures, state=state)


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def feed(told: Told) -> EventFeed:
    made = EventFeed("mine", told, Clock())
    made.look()
    return made


def test_the_first_event_tells_how_far_the_run_is(feed: EventFeed) -> None:
    (event,) = feed.after(None)

    assert (event.kind, event.number, event.data["summary"]["expected"]) == ("progress", 1_000_001, 12)


def test_each_look_that_sees_something_new_is_an_event_of_a_larger_number(told: Told, feed: EventFeed) -> None:
    heard = feed.after(None)
    for trials in (1, 1, 2):
        told.go(trials)
        feed.look()

        heard += feed.after(heard[-1].number)

    assert [event.data["summary"]["trials"] for event in heard] == [0, 1, 2]
    assert [event.number for event in heard] == [1_000_001, 1_000_002, 1_000_003]


def test_failures_are_told_one_by_one_before_the_progress_that_counts_them(told: Told, feed: EventFeed) -> None:
    told.go(3, failures=2)
    feed.look()

    events = feed.after(1_000_001)
    assert [event.kind for event in events] == ["failure", "failure", "progress"]
    assert [event.data.get("trial") for event in events] == [0, 1, None]


def test_of_very_many_failures_the_latest_are_told(told: Told, feed: EventFeed) -> None:
    told.go(500, failures=400)
    feed.look()

    assert [event.data["trial"] for event in feed.after(1_000_001)[:-1]] == list(range(380, 400))


def test_who_was_away_hears_every_failure_that_was_missed_and_of_the_progress_the_latest(
    told: Told, feed: EventFeed
) -> None:
    for trials in (1, 2, 3):
        told.go(trials, failures=trials)
        feed.look()
    told.go(12, failures=3, state="finished")
    feed.look()

    first, middle, last = (feed.after(number) for number in (1_000_001, 1_000_003, 1_000_007))
    assert [event.number for event in first] == [1_000_002, 1_000_004, 1_000_006, 1_000_008]
    assert [event.data.get("trial") for event in first] == [0, 1, 2, None]
    assert [event.kind for event in middle] == ["failure", "failure", "end"]
    assert [event.kind for event in last] == ["end"]
    assert feed.after(1_000_008) == []


def test_a_stranger_hears_how_far_it_is(told: Told, feed: EventFeed) -> None:
    for trials in (1, 2, 3):
        told.go(trials, failures=1)
        feed.look()

    for unknown in (5, 10**15, None):
        (event,) = feed.after(unknown)
        assert event.data["summary"]["trials"] == 3


def test_who_has_missed_more_than_is_kept_is_a_stranger(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuner.server.events._MOST_KEPT", 3)
    feed = EventFeed("mine", told, Clock())
    for failures in (0, 2, 4):
        told.go(4, failures=failures)
        feed.look()

    assert [event.kind for event in feed.after(1_000_002)] == ["failure", "failure", "failure", "progress"]
    assert [event.kind for event in feed.after(1_000_001)] == ["progress"]


def test_of_progress_no_more_than_the_latest_is_kept(told: Told, feed: EventFeed) -> None:
    for trials in range(1, 100):
        told.go(trials)
        feed.look()

    (event,) = feed.after(1_000_001)
    assert (event.number, event.data["summary"]["trials"]) == (1_000_100, 99)


def test_an_event_is_written_once_for_all_who_listen(
    told: Told, feed: EventFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    told.go(1, failures=1)
    feed.look()
    service: Any = SimpleNamespace(is_closed=False)
    events = feed.after(1_000_001)
    monkeypatch.setattr(json, "dumps", None)

    async def hear() -> list[str]:
        stream = event_stream._told(service, "mine", events, None)
        return [await anext(stream) for _ in events]

    failure, progress = asyncio.run(hear())
    assert failure.startswith('id: 1000002\nevent: failure\ndata: {"study": 0')
    assert progress.startswith("id: 1000003\nevent: progress\ndata: {")


def test_the_last_event_is_the_end(told: Told, feed: EventFeed) -> None:
    told.go(12, state="finished")
    feed.look()

    assert feed.is_over
    assert feed.after(1_000_001)[-1].kind == "end"


def test_a_feed_to_which_nobody_listens_any_more_ends(told: Told) -> None:
    clock = Clock()
    feed = EventFeed("mine", told, clock)
    clock.now += 31
    feed.follow()

    assert feed.is_over
    assert told.looks == 0


def test_many_listeners_share_one_feed(told: Told) -> None:
    feeds = EventFeeds(told)

    assert len({id(feeds.of("mine")) for _ in range(100)}) == 1
    assert told.looks < 10
    feeds.close()


def test_who_listens_to_one_run_does_not_wait_for_another() -> None:
    looking, go_on = threading.Event(), threading.Event()

    class Slow(Told):
        def progress(self, name: str) -> RunProgress:
            if name == "slow":
                looking.set()
                assert go_on.wait(10)
            return super().progress("mine")

    feeds = EventFeeds(Slow())
    first = threading.Thread(target=feeds.of, args=("slow",))
    first.start()
    assert looking.wait(10)
    other = ThreadPoolExecutor(1).submit(feeds.of, "mine")

    assert [event.kind for event in other.result(5).after(None)] == ["progress"]
    go_on.set()
    first.join(10)
    feeds.close()


def test_who_comes_during_the_first_look_waits_for_it() -> None:
    looking, go_on = threading.Event(), threading.Event()

    class Slow(Told):
        def progress(self, name: str) -> RunProgress:
            looking.set()
            assert go_on.wait(10)
            return super().progress(name)

    feeds = EventFeeds(Slow())
    threads = ThreadPoolExecutor(2)
    found = [threads.submit(feeds.of, "mine") for _ in range(2)]
    assert looking.wait(10)
    go_on.set()

    assert [[event.kind for event in one.result(5).after(None)] for one in found] == [["progress"]] * 2
    assert found[0].result() is found[1].result()
    feeds.close()


def test_a_stream_ends_after_a_while_even_if_the_run_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "LONGEST_SECONDS", 0.05)
    monkeypatch.setattr(event_stream, "SECONDS", 0.01)
    told: Any = SimpleNamespace(is_closed=False, events=lambda _run, _after: [])

    async def stream() -> list[str]:
        return [part async for part in event_stream._told(told, "mine", [RunEvent(1, "progress", "{}")], None)]

    assert len(asyncio.run(asyncio.wait_for(stream(), 5))) == 1


def test_of_a_run_that_is_over_the_end_is_told_at_once(told: Told) -> None:
    told.go(12, state="paused")

    assert [event.kind for event in EventFeeds(told).of("mine").after(None)] == ["end"]


def test_a_run_that_is_not_there_has_no_events(told: Told) -> None:
    with pytest.raises(UnknownRun):
        EventFeeds(told).of("other")
