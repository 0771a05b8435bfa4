"""What happens to a run, as numbered events: one thread looks, however many listen."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from results.errors import ResultsError

from ..errors import TunerError
from .run_views import UNDER_WAY, FailureView

if TYPE_CHECKING:
    from .listing_page import Page
    from .run_views import RunProgress

SECONDS: Final = 0.5
"""Between two looks."""
_MOST_KEPT: Final = 500
"""Failures that a listener who comes back can still be told."""
_MOST_FAILURES: Final = 20
"""Failures that are told one by one of a look; progress has the number of all."""
_LINGER_SECONDS: Final = 2.0
"""How long a feed that is over still answers, so that everybody who listens hears the end."""
_IDLE_SECONDS: Final = 30.0
"""How long a feed goes on to which nobody listens."""


@dataclass(frozen=True, slots=True)
class RunEvent:
    """Something that happened to a run."""

    number: int
    """Larger than those of all events before, those of an earlier process of the service included."""
    kind: Literal["progress", "failure", "end"]
    text: str
    """JSON, written once for all who listen: of progress and end a `RunProgress` without its failures, of a failure a
    `FailureView`."""

    @property
    def data(self) -> dict[str, Any]:
        """What the text says."""
        read: dict[str, Any] = json.loads(self.text)
        return read


class Told(Protocol):
    """What a feed reads: the facade."""

    def progress(self, name: str) -> RunProgress:
        """How far a run is."""
        ...

    def failures(self, name: str, *, offset: int = 0, limit: int = 50) -> Page[FailureView]:
        """Trials that failed, newest first."""
        ...


class EventFeed:
    """The events of one run; `look` is called by its thread, or by a test."""

    def __init__(self, name: str, service: Told, clock: Callable[[], float] = time.time) -> None:
        self._name = name
        self._service = service
        self._clock = clock
        self._number = int(clock() * 1000)
        self._known = self._number
        self._kept: deque[RunEvent] = deque()
        self._latest: RunEvent | None = None
        self._failures: int | None = None
        self._asked = clock()
        self._lock = threading.Lock()
        self._beginning = threading.Lock()
        self._stop = threading.Event()
        self._ended: float | None = None
        self.is_over = False
        """Whether no more events come, or nobody has listened for a while."""

    @property
    def answers(self) -> bool:
        """Whether it is of use to those who listen: it goes on, or has ended just now."""
        return not self.is_over or (self._ended is not None and self._clock() - self._ended < _LINGER_SECONDS)

    def after(self, number: int | None) -> list[RunEvent]:
        """The failures after this event, and how far the run is by now; this alone where no known one is named.

        A table of progress tells all that those before it told: only the latest is kept.
        """
        self._asked = self._clock()
        with self._lock:
            latest = [] if self._latest is None else [self._latest]
            if number is None or not self._known <= number <= self._number:
                return latest
            return [event for event in (*self._kept, *latest) if event.number > number]

    def begin(self) -> None:
        """Look for the first time, and go on in a thread; who comes meanwhile waits. Raises what `look` raises."""
        with self._beginning:
            if self._latest is not None:
                return
            self.look()
            if not self.is_over:
                threading.Thread(target=self.follow, name=f"events of {self._name}", daemon=True).start()

    def look(self) -> None:
        """See what is new; raises what the facade raises, once the feed is over."""
        try:
            progress = self._service.progress(self._name)
            failures = self._new_failures(progress.summary.failures)
        except (TunerError, ResultsError):
            self.is_over = True
            raise
        text = json.dumps(_json(progress))
        with self._lock:
            for failure in failures:
                self._keep(self._next("failure", json.dumps(asdict(failure))))
            is_over = progress.summary.state not in UNDER_WAY
            if self._latest is None or text != self._latest.text or is_over:
                self._latest = self._next("end" if is_over else "progress", text)
            if is_over:
                self.is_over, self._ended = True, self._clock()

    def follow(self) -> None:
        """Look until the run is over, nobody listens any more, or `stop`."""
        while not self.is_over and not self._stop.wait(SECONDS):
            if self._clock() - self._asked > _IDLE_SECONDS:
                self.is_over = True
                return
            try:
                self.look()
            except (TunerError, ResultsError, OSError):
                self.is_over = True

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()

    def _next(self, kind: Literal["progress", "failure", "end"], text: str) -> RunEvent:
        self._number += 1
        return RunEvent(self._number, kind, text)

    def _keep(self, failure: RunEvent) -> None:
        self._kept.append(failure)
        if len(self._kept) > _MOST_KEPT:
            self._known = self._kept.popleft().number

    def _new_failures(self, count: int) -> list[FailureView]:
        """Those since the last look, oldest first; none of the first look, which tells the number alone."""
        before, self._failures = self._failures, count
        if before is None or count <= before:
            return []
        return self._service.failures(self._name, limit=min(count - before, _MOST_FAILURES)).items[::-1]


class EventFeeds:
    """One feed a run, whatever the number of listeners."""

    def __init__(self, service: Told) -> None:
        self._service = service
        self._lock = threading.Lock()
        self._feeds: dict[str, EventFeed] = {}

    def of(self, name: str) -> EventFeed:
        """The feed of a run, begun if need be; raises `UnknownRun`."""
        with self._lock:
            feed = self._feeds.get(name)
            if feed is None or not feed.answers:
                self._feeds = {key: one for key, one in self._feeds.items() if one.answers}
                feed = self._feeds[name] = EventFeed(name, self._service)
        feed.begin()  # without the lock: who listens to other runs is not to wait for this one
        return feed

    def close(self) -> None:
        """Stop all feeds."""
        with self._lock:
            for feed in self._feeds.values():
                feed.stop()


def _json(progress: RunProgress) -> dict[str, Any]:
    told = asdict(progress)
    del told["failures"]
    for name in ("created", "finished"):
        instant = told["summary"][name]
        told["summary"][name] = None if instant is None else instant.isoformat()
    return told
