"""What tells how the service stands from how it stood: cheap to look at, for what is made of it can be dear."""

from __future__ import annotations

import os
from hashlib import blake2b
from itertools import islice
from typing import Final

from ..run_lock import is_locked
from .catalogue import Catalogue, CatalogueMissing
from .file_stamp import stamp_of
from .jobs import JobQueue
from .same import Same
from .service_folder import RUN_ID, ServiceFolder

MOST_RUNS: Final = 16
"""Of how many runs together it is cheap."""
MOST_JOURNAL_FILES: Final = 64
"""Of one run; each time that a run goes on, it begins one."""
_FILES: Final = ("run.json", "suite.toml", "studies.parquet", "trials.parquet")


class Stamps:
    """Each is equal to an earlier one of the same thing exactly while that is unchanged; None for what is not known."""

    def __init__(self, folder: ServiceFolder, queue: JobQueue, catalogue: Catalogue) -> None:
        self._folder = os.fspath(folder.runs)
        self._queue = queue
        self._catalogue = catalogue

    def of_run(self, run: str) -> object:
        """Of all that is told of a run, its trials included."""
        folder = self._of_folder(run) if RUN_ID.fullmatch(run) else None
        return None if folder is None else (self._queue.version, folder)

    def of_runs(self) -> object:
        """Of what is told of all runs in a list, and of what is installed; None where there are many."""
        with os.scandir(self._folder) as found:
            names = sorted(islice((one.name for one in found if not one.name.startswith(".")), MOST_RUNS + 1))
        if len(names) > MOST_RUNS:
            return None
        version, folders = self._queue.version, [self._of_folder(name) for name in names]
        return None if None in folders else (version, self._of_installed(), tuple(names), tuple(folders))

    def of_catalogue(self) -> object:
        """Of what is installed; None while that is not known."""
        installed = self._of_installed()
        return None if installed.held is None else installed

    def _of_installed(self) -> Same:
        try:
            return Same(self._catalogue.content())
        except CatalogueMissing:
            return Same(None)

    def _of_folder(self, run: str) -> bytes | None:
        """A digest, since many answers keep one."""
        path = f"{self._folder}/{run}"
        files = [stamp_of(f"{path}/{name}") for name in _FILES]
        journal = _content_of(f"{path}/journal")
        if len(journal) > MOST_JOURNAL_FILES:
            return None
        seen = repr((files, journal, is_locked(path)))  # a lock can be lost without a trace in any file
        return blake2b(seen.encode("utf-8", "surrogateescape"), digest_size=16).digest()


def _content_of(folder: str) -> list[tuple[str, tuple[int, ...]]]:
    """The files of a folder, in some order if there are more than may be."""
    try:
        with os.scandir(folder) as found:
            return sorted((one.name, stamp_of(one.path)) for one in islice(found, MOST_JOURNAL_FILES + 1))
    except OSError:
        return []
