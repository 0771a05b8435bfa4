"""What tells a file from what it was before."""

from __future__ import annotations

import os
from pathlib import Path


def stamp_of(file: str | Path) -> tuple[int, ...]:
    """Which file it is, when it was changed and how large it is; empty for none. Files are replaced whole."""
    try:
        status = os.stat(file)  # noqa: PTH116  also of a path as text: this is done very often
    except OSError:
        return ()
    return status.st_ino, status.st_mtime_ns, status.st_size


def origin_of(run: str | Path) -> tuple[int, ...]:
    """What tells the run in a folder from another one that was there before: its suite is written once, at its start.

    The number of a folder does not, which the next one that is made often gets, nor does its second in run.json.
    """
    return stamp_of(f"{run}/suite.toml")
