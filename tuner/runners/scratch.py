"""The folder of a runner: runs lie there while they are made, and nothing of it is needed afterwards."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import TunerError

_LEASE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")


class ScratchTaken(TunerError):
    """A folder in which another runner works."""


class ScratchUnusable(TunerError):
    """A folder in which no runner can work."""


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
        """Make it empty and keep other runners out; gives a name for this one that none has had before.

        Raises `ScratchTaken` or `ScratchUnusable`.
        """
        with self._usable():
            self.own.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self.own / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ScratchTaken(f"another runner works in {self.place}: give this one another --runs") from None
            with self._usable():
                with suppress(FileNotFoundError):
                    shutil.rmtree(self.runs)
                self.runs.mkdir()
            yield f"{_host()}-{secrets.token_hex(8)}"
        finally:
            os.close(handle)

    def note(self, lease: str) -> None:
        """Write down the name of a lease that is about to be asked for, in place of the last one.

        Where that fails, others wait for the end of the lease, as after any crash of a machine.
        """
        beside = self._noted.with_name("lease.writing")
        with suppress(OSError):
            beside.write_text(f"{lease} {_boot()}\n", encoding="ascii")
            beside.replace(self._noted)

    def left(self) -> str | None:
        """The lease that a runner before this one may have left in this folder; None for none.

        After a start of the machine there is none: the folder may be that of another machine's image.
        """
        try:
            lease, boot = self._noted.read_text(encoding="ascii").split()
        except (OSError, ValueError):
            return None
        return lease if _LEASE.fullmatch(lease) and boot == _boot() else None

    @property
    def _noted(self) -> Path:
        return self.own / "lease"

    @contextmanager
    def _usable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ScratchUnusable(
                f"no runner can work in {self.place}: {error.strerror or error}: {error.filename or self.own}"
            ) from None


def _host() -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", socket.gethostname()).strip("-")[:40] or "runner"


def _boot() -> str:
    """Which start of which machine this is; where nothing tells, one that no other is."""
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return secrets.token_hex(8)
