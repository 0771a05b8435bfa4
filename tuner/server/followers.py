"""Followed runs, kept from one request to the next: each reads on from where it was left."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from results.following import FollowedRun

from .service_folder import ServiceFolder

_MOST: Final = 32
"""How many runs are kept."""


@dataclass(slots=True)
class _Kept:
    inode: int
    lock: threading.Lock = field(default_factory=threading.Lock)
    run: FollowedRun | None = None


class Followers:
    """One follower a run, whoever asks."""

    def __init__(self, folder: ServiceFolder) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def of(self, name: str) -> FollowedRun:
        """The run, refreshed; raises `UnknownRun`, `CorruptStore` or `UnreadableVersion`."""
        with self.reading(name) as run:
            return run

    @contextmanager
    def reading(self, name: str) -> Iterator[FollowedRun]:
        """The run, refreshed, and by nobody else meanwhile."""
        path = self._folder.run(name)
        kept = self._of(name, path)
        with kept.lock:
            if kept.run is None:
                kept.run = FollowedRun(path)
            else:
                kept.run.refresh()
            yield kept.run

    def _of(self, name: str, path: Path) -> _Kept:
        """The follower of this folder; a new one where another folder has the name by now."""
        inode = path.stat().st_ino
        with self._lock:
            kept = self._kept.get(name)
            if kept is None or kept.inode != inode:
                kept = self._kept[name] = _Kept(inode)
            self._kept.move_to_end(name)
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)
            return kept
