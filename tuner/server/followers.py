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

from .file_stamp import origin_of, stamp_of
from .service_folder import ServiceFolder

_MOST: Final = 32
"""How many runs are kept."""


@dataclass(slots=True)
class _Kept:
    lock: threading.Lock = field(default_factory=threading.Lock)
    stamp: tuple[int, ...] = ()
    """Of run.json, as of the last reading."""
    origin: tuple[int, ...] = ()
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
        """The run, refreshed, and by nobody else meanwhile; another object where another run has the name by now."""
        path = self._folder.run(name)
        kept = self._of(name)
        with kept.lock:
            stamp = stamp_of(path / "run.json")
            if kept.run is None or (stamp != kept.stamp and _is_another(kept, path)):
                kept.run, kept.origin = FollowedRun(path), origin_of(path)
            else:
                kept.run.refresh()
            kept.stamp = stamp
            yield kept.run

    def _of(self, name: str) -> _Kept:
        with self._lock:
            kept = self._kept.setdefault(name, _Kept())
            self._kept.move_to_end(name)
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)
            return kept


def _is_another(kept: _Kept, path: Path) -> bool:
    """Whether a folder holds another run than it did, or one that had ended and goes on."""
    return kept.origin != origin_of(path) or (kept.run is not None and kept.run.info.state == "finished")
