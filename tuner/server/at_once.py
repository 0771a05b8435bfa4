"""Where a handler works: in the event loop itself while all it needs is at hand, otherwise in a thread.

A thread costs more than a short answer does: it is woken, waits for the interpreter, and takes a second core's caches.
"""

from __future__ import annotations

import inspect
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, ParamSpec, Protocol, TypeVar, cast

from starlette.concurrency import run_in_threadpool

from .file_stamp import origin_of, stamp_of
from .kept_answers import keep_while_same
from .service_folder import ServiceFolder

if TYPE_CHECKING:
    from .service import Service

_Given = ParamSpec("_Given")
_Answer = TypeVar("_Answer")
MOST_BYTES: Final = 12_000_000
"""Of a run's trials as they are stored, for it to be small: 25,000 trials of a journal, 100,000 and more of a table."""
MOST_RUNS: Final = 16
"""How many runs are kept in mind, and may be there for their list to be made at once; the service keeps as many."""


class _Named(Protocol):
    __name__: str
    __qualname__: str
    __module__: str
    __doc__: str | None


class AtHand:
    """What was answered lately, by run and handler, so that what it was made of is in memory."""

    def __init__(self, folder: ServiceFolder) -> None:
        self._runs = os.fspath(folder.runs)
        self._lock = threading.Lock()
        self._answered: OrderedDict[str, tuple[object, set[str]]] = OrderedDict()

    def has(self, handler: str, run: str, stamp: object) -> bool:
        """Whether the same was asked before of the run as it is, and all that it may have to look at is little."""
        if stamp is None:
            return False
        with self._lock:
            known = self._answered.get(run)
            if known is None or known[0] != stamp or handler not in known[1]:
                return False
            self._answered.move_to_end(run)
        return self._is_small(run) if run else all(map(self._is_small, self._names()))

    def add(self, handler: str, run: str, stamp: object) -> None:
        """It was answered, of the run as it was before that."""
        with self._lock:
            known = self._answered.get(run)
            self._answered[run] = (stamp, known[1] if known is not None and known[0] == stamp else set())
            self._answered[run][1].add(handler)
            self._answered.move_to_end(run)
            if len(self._answered) > MOST_RUNS:
                self._answered.popitem(last=False)

    def stamp_of(self, run: str) -> object:
        """Another one where a run has begun, ended or been replaced; of all runs, where one has; None for too many."""
        if run:
            return stamp_of(f"{self._runs}/{run}/run.json"), origin_of(f"{self._runs}/{run}")
        names = self._names()
        return None if len(names) > MOST_RUNS else [(name, self.stamp_of(name)) for name in names]

    def _names(self) -> list[str]:
        """The folders of runs, as far as there are not too many."""
        with os.scandir(self._runs) as found:
            return sorted(islice((one.name for one in found if not one.name.startswith(".")), MOST_RUNS + 1))

    def _is_small(self, run: str) -> bool:
        folder = f"{self._runs}/{run}"
        return _size_of(f"{folder}/trials.parquet") + _size_within(f"{folder}/journal") <= MOST_BYTES


def at_once_if_at_hand(handler: Callable[_Given, _Answer]) -> Callable[_Given, Coroutine[Any, Any, _Answer]]:
    """A handler that takes the facade as `service`, and the name of a run as `run` or is about all of them.

    It works in a thread the first time that it is asked, and of large runs always.
    """
    return _at_once(handler, is_kept=False)


def kept_while_same(handler: Callable[_Given, _Answer]) -> Callable[_Given, Coroutine[Any, Any, _Answer]]:
    """The same, and its answer is given again until anything about the run, or any of the runs, has changed."""
    return _at_once(handler, is_kept=True)


def _at_once(handler: Callable[_Given, _Answer], *, is_kept: bool) -> Callable[_Given, Coroutine[Any, Any, _Answer]]:
    about = cast("_Named", handler)
    name = f"{about.__module__}.{about.__qualname__}"

    async def answered(*args: _Given.args, **kwargs: _Given.kwargs) -> _Answer:
        service, run = cast("Service", kwargs["service"]), str(kwargs.get("run", ""))
        if is_kept:
            keep_while_same(partial(service.stamps.of_run, run) if run else service.stamps.of_runs)
        stamp = service.at_hand.stamp_of(run)
        if service.at_hand.has(name, run, stamp):
            return handler(*args, **kwargs)
        answer = await run_in_threadpool(handler, *args, **kwargs)
        service.at_hand.add(name, run, stamp)
        return answer

    answered.__name__, answered.__qualname__, answered.__doc__ = about.__name__, about.__qualname__, about.__doc__
    answered.__module__ = about.__module__
    # Not by functools.wraps: FastAPI looks through it, and would take this for the function that is no coroutine.
    answered.__signature__ = inspect.signature(handler, eval_str=True)  # type: ignore[attr-defined]
    return answered


def _size_within(folder: str) -> int:
    try:
        with os.scandir(folder) as found:
            return sum(entry.stat().st_size for entry in found)
    except OSError:
        return 0


def _size_of(file: str) -> int:
    try:
        return os.stat(file).st_size  # noqa: PTH116  paths as texts: this is done for every request
    except OSError:
        return 0
