"""What an export has written, and the place it is written to."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from ..errors import TunerError


class CannotExport(TunerError):
    """A run that cannot be written in the format or to the place that was asked for."""


@dataclass(frozen=True, slots=True)
class Export:
    """What was written."""

    path: Path
    studies: int
    trials: int
    opened_with: str
    """A command, or Python, that opens it."""
    left_out: tuple[str, ...] = ()
    """A line for each thing that the format has no room for, or that has no trials."""

    def leaving_out(self, lines: Iterable[str]) -> Export:
        """The same, with more lines on what was left out."""
        return replace(self, left_out=(*self.left_out, *lines))


@contextmanager
def placed(path: Path) -> Iterator[Path]:
    """A new path to write a file or folder to, moved to `path` at the end; after an error nothing is left of it.

    Raises `CannotExport` where something is at `path`, and where the system refuses to write there.
    """
    _check_free(path)
    if not path.parent.is_dir():
        reason = "is no folder" if path.parent.exists() else "does not exist"
        raise CannotExport(f"cannot write {path}: {path.parent} {reason}")
    try:
        with TemporaryDirectory(prefix=".exporting-", dir=path.parent.absolute()) as folder:
            beside = Path(folder) / path.name
            yield beside
            _check_free(path)
            _move(beside, path)
    except Exception as error:
        refusal = _refusal(error)
        if refusal is None:
            raise
        raise CannotExport(f"cannot write {path}: {refusal}") from error


def _refusal(error: BaseException | None) -> str | None:
    """What the system, or SQLite for it, said on refusing to write; None for an error of another kind.

    Libraries wrap it in errors of their own.
    """
    while error is not None and not isinstance(error, OSError | sqlite3.OperationalError):
        error = error.__cause__
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return None if error is None else str(error)


def _move(beside: Path, path: Path) -> None:
    from results.sealing import replace_durably

    if beside.is_dir():
        beside.rename(path)
    else:
        replace_durably(beside, path)


def _check_free(path: Path) -> None:
    if path.exists() or path.is_symlink():
        raise CannotExport(f"{path} is there already, and is not overwritten")
