"""The files of a run that runners on other machines may read and write: a closed list, by name."""

from __future__ import annotations

import errno
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import TunerError

LARGEST_PIECE: Final = 1 << 20
"""Bytes of a file that one request may carry."""
JOURNAL: Final = "journal"
DESCRIPTION: Final = ("suite.toml", "plugins.json")
"""What a run is; written once."""
INFO: Final = "run.json"
BESIDE: Final = ".writing"
"""What a file's name ends with until all of it is there."""
_ALONE: Final = frozenset(
    {*DESCRIPTION, INFO, "studies.parquet", "trials.parquet", "report.html", "journal/planned.parquet"}
)
_APPENDED: Final = re.compile(r"journal/[0-9]{6}\.journal")
_NUMBERED: Final = re.compile(
    r"exhibits/[0-9]{2,4}-[A-Za-z0-9._-]{0,100}\.json|tables/[A-Za-z0-9_][A-Za-z0-9._-]{0,100}\.(?:toml|parquet)"
)
_SAMPLE: Final = 1 << 20


class RefusedFile(TunerError):
    """A file that no run has, or a piece of one that does not fit; the text says which."""


@dataclass(frozen=True, slots=True)
class RunFile:
    """A file of a run, as it is."""

    path: str
    """Below the run's folder."""
    size: int
    """Bytes."""
    sha256: str
    """Hexadecimal."""


def is_journal(name: str) -> bool:
    """Whether the file grows in place; every other one is replaced whole. Raises `RefusedFile` for no file of a run."""
    if _APPENDED.fullmatch(name):
        return True
    if name in _ALONE or _NUMBERED.fullmatch(name):
        return False
    raise RefusedFile(
        f"no file of a run is called {name[:100]!r}: they are {', '.join(sorted(_ALONE))}, journal/000001.journal, "
        "exhibits/00-TASK.json and tables/TASK.toml or .parquet, counted on"
    )


def list_files(folder: Path) -> list[RunFile]:
    """What there is of a run, by name."""
    names = [path.relative_to(folder).as_posix() for path in folder.glob("*")]
    names += [path.relative_to(folder).as_posix() for path in folder.glob("*/*")]
    return [_described(folder, name) for name in sorted(names) if is_known(name) and (folder / name).is_file()]


def is_known(name: str) -> bool:
    """Whether a run may have a file of this name."""
    return name in _ALONE or bool(_APPENDED.fullmatch(name) or _NUMBERED.fullmatch(name))


def read_piece(folder: Path, name: str, place: int, length: int) -> bytes:
    """Bytes of a file from `place` on; fewer, or none, where it ends before."""
    is_journal(name)
    with opened(folder, name, os.O_RDONLY) as handle:
        return os.pread(handle, length, place)


@contextmanager
def opened(folder: Path, name: str, flags: int) -> Iterator[int]:
    """A descriptor of the file, no link followed on the way; raises `RefusedFile` where there is none."""
    place = folder / name
    try:
        os.close(os.open(place.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW))
        handle = os.open(place, flags | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, 0o644)
    except OSError as error:
        if error.errno not in {errno.ENOENT, errno.ELOOP, errno.EISDIR, errno.ENOTDIR, errno.ENXIO}:
            raise
        raise RefusedFile(f"{folder.name} has no file {name}") from None
    try:
        yield handle
    finally:
        os.close(handle)


def digest_of(handle: int) -> str:
    """The sha256 of all of an open file, hexadecimal."""
    digest, place = hashlib.sha256(), 0
    while piece := os.pread(handle, _SAMPLE, place):
        digest.update(piece)
        place += len(piece)
    return digest.hexdigest()


def bytes_of(folder: Path) -> int:
    """What the files of a run take, the smallest ones a block each."""
    total = 0
    for place, _, names in os.walk(folder):
        total += sum(max(4096, os.lstat(Path(place, name)).st_size) for name in names)
    return total


def remove_unfinished(folder: Path) -> None:
    """Remove what a broken-off sending has left beside the files of a run."""
    for beside in [*folder.glob(f"*{BESIDE}"), *folder.glob(f"*/*{BESIDE}")]:
        if is_known(beside.relative_to(folder).as_posix().removesuffix(BESIDE)):
            beside.unlink(missing_ok=True)


def _described(folder: Path, name: str) -> RunFile:
    with opened(folder, name, os.O_RDONLY) as handle:
        return RunFile(name, os.fstat(handle).st_size, digest_of(handle))
