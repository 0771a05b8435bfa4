"""What was made of stored files, kept until they change."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

_Made = TypeVar("_Made")


class Kept(Generic[_Made]):
    """The values that were asked for last, at most so many; safe to use from several threads.

    With `size_of`, at most `most_size` of it together, but for the value that was made last. A value is made by one
    thread, and others that ask for it meanwhile wait for that.
    """

    def __init__(self, most: int, size_of: Callable[[_Made], int] = lambda _: 0, most_size: int = 0) -> None:
        self._most = most
        self._size_of = size_of
        self._most_size = most_size
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[object, _Made]] = OrderedDict()
        self._making: dict[Hashable, tuple[threading.Lock, int]] = {}

    def of(self, key: Hashable, stamp: object, make: Callable[[], _Made]) -> _Made:
        """The value of a key, made anew where the stamp is another one than when it was made.

        The stamp is kept with the value, so that what it refers to by identity is not thrown away meanwhile.
        """
        found = self._find(key, stamp)
        if found is not None:
            return found[0]
        making = self._begin(key)
        try:
            with making:
                found = self._find(key, stamp)
                return self._add(key, stamp, make()) if found is None else found[0]
        finally:
            self._end(key)

    def last(self, key: Hashable) -> _Made | None:
        """The value that was made last of a key, out of date or not; None where it is not kept."""
        with self._lock:
            kept = self._kept.get(key)
            return None if kept is None else kept[1]

    def drop(self, key: Hashable) -> None:
        """Keep nothing of a key any more."""
        with self._lock:
            self._kept.pop(key, None)

    def _find(self, key: Hashable, stamp: object) -> tuple[_Made] | None:
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or kept[0] != stamp:
                return None
            self._kept.move_to_end(key)
            return (kept[1],)

    def _add(self, key: Hashable, stamp: object, made: _Made) -> _Made:
        with self._lock:
            self._kept[key] = (stamp, made)
            self._kept.move_to_end(key)
            while len(self._kept) > self._most or (len(self._kept) > 1 and self._size > self._most_size):
                self._kept.popitem(last=False)
        return made

    @property
    def _size(self) -> int:
        return sum(self._size_of(made) for _, made in self._kept.values())

    def _begin(self, key: Hashable) -> threading.Lock:
        with self._lock:
            making, count = self._making.get(key, (threading.Lock(), 0))
            self._making[key] = making, count + 1
            return making

    def _end(self, key: Hashable) -> None:
        with self._lock:
            making, count = self._making.pop(key)
            if count > 1:
                self._making[key] = making, count - 1
