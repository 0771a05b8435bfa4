"""Brings what is new in a run's folder to the service, in an order that a crash may break off anywhere."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum, auto
from pathlib import Path

from ..server.run_files import DESCRIPTION, INFO, LARGEST_PIECE, is_journal, is_known
from .service_files import ServiceFiles

_Stamp = tuple[int, int, int]


class Sent(Enum):
    """How much of what was new has been sent."""

    NOTHING = auto()
    """Nothing was."""
    ALL = auto()
    PARTLY = auto()
    """Something was gone when its turn came: what else there is, the next pass finds."""


class Shipment:
    """Knows which files of one run the service has.

    `run.json` says what the other files hold, so it is read first and sent last; only of a run that is new it comes
    before all but the description, as that of a run under way.
    """

    def __init__(self, folder: Path, files: ServiceFiles) -> None:
        self._folder = folder
        self._files = files
        self._sent: dict[str, _Stamp] = {}
        self._ends: dict[str, int] = {}
        self._has_journal = True

    def take_stock(self) -> None:
        """Count what is in the folder as what the service has: it has just been fetched."""
        for name in self._names():
            with self._opened(name) as handle:
                self._sent[name] = _stamp(handle)
                self._ends[name] = os.fstat(handle).st_size

    def send(self) -> Sent:
        """Send what is new. Raises as `ServiceFiles` does."""
        try:
            return Sent.ALL if self._send() else Sent.NOTHING
        except FileNotFoundError:  # the journal has gone in the meantime, since the run was sealed
            return Sent.PARTLY

    def _send(self) -> bool:
        if not (self._folder / INFO).is_file():
            return False
        with self._opened(INFO) as info:
            state = json.loads(os.pread(info, os.fstat(info).st_size, 0))["state"]
            sent = [self._replace(name) for name in DESCRIPTION]
            if INFO not in self._sent and state != "finished":
                sent.append(self._replace_with(INFO, info))
            names = [name for name in self._names() if name not in {*DESCRIPTION, INFO}]
            sent += [self._append(name) if is_journal(name) else self._replace(name) for name in names]
            sent.append(self._replace_with(INFO, info))
        if state == "finished" and self._has_journal:
            self._files.clear_journal()
            self._has_journal = False
        return any(sent)

    def _names(self) -> list[str]:
        found = [path.relative_to(self._folder).as_posix() for path in self._folder.rglob("*")]
        return sorted(name for name in found if is_known(name))

    def _append(self, name: str) -> bool:
        begun = self._ends.get(name, 0)
        with self._opened(name) as handle:
            while content := os.pread(handle, LARGEST_PIECE, self._ends.get(name, 0)):
                place = self._ends.get(name, 0)
                self._files.append(name, place, content)
                self._ends[name] = place + len(content)
        return self._ends.get(name, 0) > begun

    def _replace(self, name: str) -> bool:
        with self._opened(name) as handle:
            return self._replace_with(name, handle)

    def _replace_with(self, name: str, handle: int) -> bool:
        stamp = _stamp(handle)
        if self._sent.get(name) == stamp:
            return False
        self._files.replace(name, handle)
        self._sent[name] = stamp
        return True

    @contextmanager
    def _opened(self, name: str) -> Iterator[int]:
        handle = os.open(self._folder / name, os.O_RDONLY)
        try:
            yield handle
        finally:
            os.close(handle)


def _stamp(handle: int) -> _Stamp:
    found = os.fstat(handle)
    return found.st_ino, found.st_mtime_ns, found.st_size
