"""Where a handler works: in the event loop itself while all it needs is at hand, otherwise in a thread.

A thread costs more than a short answer does: it is woken, waits for the interpreter, and takes a second core's caches.
"""

from __future__ import annotations

import inspect
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, ParamSpec, Protocol, TypeVar, cast

from starlette.concurrency import run_in_threadpool

from .service_folder import ServiceFolder

if TYPE_CHECKING:
    from .service import Service

_Given = ParamSpec("_Given")
_Answer = TypeVar("_Answer")
MOST_BYTES: Final = 20_000_000
"""Of a run's trials as they are stored, for it to be small: about 200,000 trials."""
MOST_RUNS: Final = 100
"""How many runs are listed at once."""
_MOST_ANSWERED: Final = 1000


class _Named(Protocol):
    __name__: str
    __qualname__: str
    __module__: str
    __doc__: str | None


class AtHand:
    """What was answered lately, by handler and run, so that what it was made of is in memory."""

    def __init__(self, folder: ServiceFolder) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._answered: OrderedDict[tuple[str, str], None] = OrderedDict()

    def has(self, handler: str, run: str) -> bool:
        """Whether the same was asked of this run before, and it is so small that asking again takes milliseconds."""
        with self._lock:
            if (handler, run) not in self._answered:
                return False
            self._answered.move_to_end((handler, run))
        return self._is_small(run) if run else self._are_few()

    def add(self, handler: str, run: str) -> None:
        """It was answered just now."""
        with self._lock:
            self._answered[handler, run] = None
            if len(self._answered) > _MOST_ANSWERED:
                self._answered.popitem(last=False)

    def _is_small(self, run: str) -> bool:
        folder = self._folder.runs / run
        return _size_of(folder / "trials.parquet") + _size_within(folder / "journal") <= MOST_BYTES

    def _are_few(self) -> bool:
        with os.scandir(self._folder.runs) as found:
            return sum(1 for _ in islice(found, MOST_RUNS + 1)) <= MOST_RUNS


def _size_within(folder: Path) -> int:
    try:
        with os.scandir(folder) as found:
            return sum(entry.stat().st_size for entry in found)
    except OSError:
        return 0


def _size_of(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def at_once_if_at_hand(handler: Callable[_Given, _Answer]) -> Callable[_Given, Coroutine[Any, Any, _Answer]]:
    """A handler that takes the facade as `service`, and the name of a run as `run` or is about all of them.

    It works in a thread the first time that it is asked, and of large runs always.
    """
    about = cast("_Named", handler)
    name = f"{about.__module__}.{about.__qualname__}"

    async def answered(*args: _Given.args, **kwargs: _Given.kwargs) -> _Answer:
        service, run = cast("Service", kwargs["service"]), str(kwargs.get("run", ""))
        if service.at_hand.has(name, run):
            return handler(*args, **kwargs)
        answer = await run_in_threadpool(handler, *args, **kwargs)
        service.at_hand.add(name, run)
        return answer

    answered.__name__, answered.__qualname__, answered.__doc__ = about.__name__, about.__qualname__, about.__doc__
    answered.__module__ = about.__module__
    # Not by functools.wraps: FastAPI looks through it, and would take this for the function that is no coroutine.
    answered.__signature__ = inspect.signature(handler, eval_str=True)  # type: ignore[attr-defined]
    return answered
