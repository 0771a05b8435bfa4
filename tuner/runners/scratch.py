"""The folder of a runner: runs lie there while they are made, and nothing of it is needed afterwards."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import TunerError

_OWNER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}")


class ScratchTaken(TunerError):
    """A folder in which another runner works."""


@dataclass(frozen=True, slots=True)
class Scratch:
    """What a runner keeps is in a folder of its own below `place`, so that nothing else is ever removed."""

    place: Path

    @property
    def own(self) -> Path:
        """The runner's own folder."""
        return self.place / ".runner"

    @property
    def runs(self) -> Path:
        """Where runs are made."""
        return self.own / "runs"

    @contextmanager
    def taken(self) -> Iterator[str]:
        """Make it empty and keep other runners out; gives the name of this one, which stays the same here.

        Raises `ScratchTaken`.
        """
        self.own.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self.own / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ScratchTaken(f"another runner works in {self.place}: give this one another --runs") from None
            shutil.rmtree(self.runs, ignore_errors=True)
            self.runs.mkdir()
            yield self._owner()
        finally:
            os.close(handle)

    def _owner(self) -> str:
        file = self.own / "owner"
        found = file.read_text(encoding="ascii", errors="replace").strip() if file.is_file() else ""
        if not _OWNER.fullmatch(found):
            host = re.sub(r"[^A-Za-z0-9]+", "-", socket.gethostname()).strip("-")[:40] or "runner"
            found = f"{host}-{secrets.token_hex(8)}"
            file.write_text(f"{found}\n", encoding="ascii")
        return found
