"""Pieces of a run's files, written at exactly their place: journals grow, other files are replaced once they are whole.

Whatever is sent twice, since an answer was lost, is there once.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from results.journal import sync_folder
from results.sealing import replace_durably

from .run_files import BESIDE, RefusedFile, digest_of, opened

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Whole:
    """What a file is to be once all its pieces are there."""

    size: int
    sha256: str
    """Hexadecimal."""

    def __post_init__(self) -> None:
        if not _DIGEST.fullmatch(self.sha256):
            raise RefusedFile(f"sha256 is 64 hexadecimal digits, not {self.sha256[:80]!r}")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a file."""

    place: int
    """Of its first byte in the file."""
    content: bytes
    whole: Whole | None = None
    """The file that it is a part of; None for one that grows."""


def append_piece(folder: Path, name: str, piece: Piece) -> None:
    """Let a journal grow; on return the piece survives a crash of the machine.

    Raises `RefusedFile` for a piece beyond the end, or other bytes than are there.
    """
    (folder / name).parent.mkdir(exist_ok=True)
    with opened(folder, name, os.O_RDWR | os.O_CREAT) as handle:
        _write(handle, name, piece)
        os.fdatasync(handle)
    if piece.place == 0:  # also where it comes again, since it may not have come so far the last time
        _sync_way_to(folder, name)


def assemble_piece(
    folder: Path, name: str, piece: Piece, whole: Whole, check: Callable[[Path, str, Path], None]
) -> None:
    """Write beside the file, and once all of it is there and right, put it in place.

    Raises `RefusedFile` for a piece that does not go on where the last one ended, or a file that is not as announced;
    or what `check` raises of the folder, the file's name, and the place where all of the file is by then.
    """
    end = piece.place + len(piece.content)
    if end > whole.size:
        raise RefusedFile(f"{name} is to have {whole.size} bytes: no piece of it ends at {end}")
    beside, is_last = f"{name}{BESIDE}", end == whole.size
    (folder / name).parent.mkdir(exist_ok=True)
    if is_last and piece.place and _is(folder, name, whole):  # the answer was lost
        _sync_way_to(folder, name)
        return
    with opened(folder, beside, os.O_RDWR | os.O_CREAT) as handle:
        if piece.place == 0:
            os.ftruncate(handle, 0)
        _write(handle, name, piece)
    if not is_last:
        return
    if not _is(folder, beside, whole):
        (folder / beside).unlink()
        raise RefusedFile(f"{name} is not as announced, of {whole.size} bytes and sha256 {whole.sha256}: send it again")
    try:
        check(folder, name, folder / beside)
    except BaseException:
        (folder / beside).unlink()
        raise
    replace_durably(folder / beside, folder / name)
    _sync_way_to(folder, name)


def _sync_way_to(folder: Path, name: str) -> None:
    """Flush the folders in which a file may be new."""
    sync_folder((folder / name).parent)
    if "/" in name:
        sync_folder(folder)


def _write(handle: int, name: str, piece: Piece) -> None:
    size = os.fstat(handle).st_size
    if piece.place > size:
        raise RefusedFile(f"{name} has {size} bytes: the next piece begins there, not at {piece.place}")
    there = os.pread(handle, len(piece.content), piece.place)
    if there != piece.content[: len(there)]:
        raise RefusedFile(f"{name} has other bytes at {piece.place} already")
    view, place = memoryview(piece.content)[len(there) :], piece.place + len(there)
    while view:
        written = os.pwrite(handle, view, place)
        view, place = view[written:], place + written


def _is(folder: Path, name: str, whole: Whole) -> bool:
    with suppress(RefusedFile), opened(folder, name, os.O_RDONLY) as handle:
        return os.fstat(handle).st_size == whole.size and digest_of(handle) == whole.sha256
    return False
