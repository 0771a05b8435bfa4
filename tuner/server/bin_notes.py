"""The notes in the bin: what a deleted run was called, and when it was deleted."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from .service_folder import RUN_ID

NOTE: Final = ".deleted.json"
"""In the folder of a deleted run."""
_LONGEST: Final = 1_000
"""Bytes of a note."""
_LATEST: Final = 253_370_764_800.0
"""Seconds of the epoch at the last day that a `datetime` has."""


@dataclass(frozen=True, slots=True)
class BinNote:
    """What is known of a deleted run without opening anything else."""

    name: str
    """Of its folder in the bin."""
    run: str
    """What it was called."""
    seconds: float
    """Of the epoch; 0 where it cannot be told when that was."""

    @property
    def deleted(self) -> datetime | None:
        """When; None where that cannot be told."""
        return datetime.fromtimestamp(self.seconds, UTC) if self.seconds else None


def read_note(path: Path) -> BinNote | None:
    """What is told of a folder in the bin; None for what is no folder.

    One without a note, which was put here by hand, has what the folder tells. Of a note that is damaged, or was made
    to do harm, nothing is believed.
    """
    try:
        if not stat.S_ISDIR(path.stat().st_mode):
            return None
        content = _content(path / NOTE)
        if content is None:
            return BinNote(path.name, path.name, _instant(path.stat().st_mtime))
    except OSError:
        return BinNote(path.name, path.name, 0.0) if path.is_dir() else None
    try:
        told = json.loads(content)
        run, seconds = told["run"], told["deleted"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return BinNote(path.name, path.name, 0.0)
    is_name = isinstance(run, str) and RUN_ID.fullmatch(run)
    return BinNote(path.name, run if is_name else path.name, _instant(seconds))


def _content(file: Path) -> bytes | None:
    """None where there is no such file; raises `OSError` for what is none of ours, such as a link or a pipe."""
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(f"{file.name} is no file")
        return os.read(handle, _LONGEST)
    finally:
        os.close(handle)


def _instant(seconds: object) -> float:
    """The seconds, if they are such as a clock gives; else 0."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return 0.0
    return float(seconds) if 0.0 < seconds < _LATEST else 0.0
