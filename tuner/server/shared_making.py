"""What several threads ask for at once is made once, for all of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from .workshop import WorkshopBusy

_Made = TypeVar("_Made")


@dataclass(slots=True)
class _UnderWay(Generic[_Made]):
    outcome: Future[_Made] = field(default_factory=Future)
    waiting: int = 0


class SharedMaking(Generic[_Made]):
    """Whoever asks first makes it; a few others wait for the outcome, be it an error."""

    def __init__(self, most_waiting: int) -> None:
        self._most = most_waiting
        self._lock = threading.Lock()
        self._under_way: dict[Hashable, _UnderWay[_Made]] = {}

    def of(self, key: Hashable, make: Callable[[], _Made]) -> _Made:
        """What `make` gives, or a call for the same key that is under way; raises `WorkshopBusy` where many wait."""
        with self._lock:
            is_first = key not in self._under_way
            under_way = self._under_way.setdefault(key, _UnderWay())
            if not is_first and under_way.waiting >= self._most:
                raise WorkshopBusy(f"it is being made, and {under_way.waiting} wait for it already: ask again later")
            under_way.waiting += not is_first
        return self._make(key, under_way.outcome, make) if is_first else under_way.outcome.result()

    def _make(self, key: Hashable, outcome: Future[_Made], make: Callable[[], _Made]) -> _Made:
        try:
            made = make()
        except BaseException as error:
            outcome.set_exception(error)
            raise
        else:
            outcome.set_result(made)
            return made
        finally:
            with self._lock:
                del self._under_way[key]
