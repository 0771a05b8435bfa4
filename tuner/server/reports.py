"""Reports and comparisons: made in the workshop once, and kept for as long as the runs stay what they are."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Literal

from ..errors import InvalidOption
from .exports import NotSealed
from .file_stamp import stamp_of
from .service_folder import ServiceFolder
from .shared_making import SharedMaking
from .workshop import Workshop

MOST_RUNS: Final = 20
"""The most that one report may compare."""
_MOST_KEPT: Final = 100
"""Files in the cache."""
_MOST_BYTES: Final = 1 << 29
"""Of the files in the cache together; the one that was asked for last may be larger."""
_KEPT_SECONDS: Final = 30 * 86_400.0
"""How long a file is kept that nobody asks for."""
_MOST_WAITING: Final = 4
"""Who may wait for one report while it is made; each holds a thread of the server."""
_FILES: Final = ("run.json", "suite.toml", "studies.parquet", "trials.parquet")
_POLICY: Final = re.compile(rb'<meta http-equiv="Content-Security-Policy" content="([A-Za-z0-9 ;:\'+/=-]+)">')
_HEAD_BYTES: Final = 65_536


def policy_of(page: bytes) -> str:
    """The content policy that a page of ours states itself, with the hashes of its scripts; nothing else is allowed."""
    found = _POLICY.search(page[:_HEAD_BYTES])
    stated = found[1].decode() if found else "default-src 'none'"
    return f"{stated}; frame-ancestors 'self'"


class Reports:
    """Files in the cache, named after a digest of what they were made of."""

    def __init__(self, folder: ServiceFolder, workshop: Workshop) -> None:
        self._folder = folder
        self._workshop = workshop
        self._making: SharedMaking[bytes] = SharedMaking(_MOST_WAITING)

    def made(
        self,
        file_format: Literal["html", "json"],
        names: Sequence[str],
        tasks: Sequence[str],
        strategies: Sequence[str],
    ) -> bytes:
        """A report as a file's content; raises what `Service.report_html` says."""
        folders = self._folders(names)
        return self._kept(
            [file_format, "report", *tasks, "/", *strategies],
            folders,
            file_format,
            lambda out: self._workshop.report(folders, file_format, out, tasks, strategies),
        )

    def data(self, names: Sequence[str], tasks: Sequence[str], strategies: Sequence[str]) -> dict[str, Any]:
        """A report as data."""
        found: dict[str, Any] = json.loads(self.made("json", names, tasks, strategies))
        return found

    def comparison(self, names: Sequence[str], a: str, b: str, *, planned: bool) -> dict[str, Any]:
        """Two strategies compared, as data."""
        folders = self._folders(names)
        text = self._kept(
            ["comparison", a, b, str(planned)],
            folders,
            "json",
            lambda out: self._workshop.comparison(folders, a, b, out, planned=planned),
        )
        found: dict[str, Any] = json.loads(text)
        return found

    def _folders(self, names: Sequence[str]) -> list[Path]:
        distinct = list(dict.fromkeys(names))
        if not 1 <= len(distinct) <= MOST_RUNS:
            raise InvalidOption(f"a report is of 1 to {MOST_RUNS} runs, not of {len(distinct)}")
        folders = [self._folder.run(name) for name in distinct]
        for folder in folders:
            if not (folder / "trials.parquet").is_file():
                raise NotSealed(f"{folder.name} has no report yet: it can be made once the run stops")
        return folders

    def _kept(self, asked: Sequence[str], folders: Sequence[Path], suffix: str, make: Callable[[Path], None]) -> bytes:
        """The file of this digest, made if it is not there; some of those who ask for the same meanwhile wait for it.

        Raises `WorkshopBusy` for the others.
        """
        key = hashlib.sha256(json.dumps([version("tuner-bench"), *asked, *map(_content, folders)]).encode()).hexdigest()
        out = self._folder.cache / f"{key}.{suffix}"
        found = _read(out)
        return self._making.of(key, lambda: self._made(out, make)) if found is None else found

    def _made(self, out: Path, make: Callable[[Path], None]) -> bytes:
        found = _read(out)  # it may have been made since
        if found is not None:
            return found
        out.parent.mkdir(exist_ok=True)
        make(out)
        content = out.read_bytes()
        clear_cache(self._folder.cache, time.time())
        return content


def clear_cache(cache: Path, now: float) -> None:
    """Remove what was not asked for the longest, until what is left is neither too much nor too old.

    A file that may be being written is only removed when it is old.
    """
    total = 0
    for number, (asked, size, file) in enumerate(sorted(filter(None, map(_seen, cache.iterdir())), reverse=True)):
        total += size
        is_too_much = number >= _MOST_KEPT or (number > 0 and total > _MOST_BYTES)
        if now - asked > _KEPT_SECONDS or (is_too_much and file.suffix != ".writing"):
            file.unlink(missing_ok=True)


def _read(file: Path) -> bytes | None:
    """The content of a file that is asked for; None for no file."""
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return None
    with suppress(OSError):
        os.utime(file)
    return content


def _content(folder: Path) -> list[Any]:
    """What tells a run's content from what it was before: of files that only we replace, whole, when and how large."""
    files = [folder / name for name in _FILES] + sorted((folder / "exhibits").glob("*.json"))
    return [folder.name, *[(file.name, *stamp_of(file)) for file in files]]


def _seen(file: Path) -> tuple[float, int, Path] | None:
    """When it was last asked for, how large it is, and which; None where it has gone, or is no file."""
    try:
        status = file.stat()
    except OSError:
        return None
    return (status.st_mtime, status.st_size, file) if stat.S_ISREG(status.st_mode) else None
