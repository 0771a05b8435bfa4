"""What tells how the service stands from how it stood: cheap to look at, for what is made of it can be dear."""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import islice
from typing import Final

from .catalogue import Catalogue, CatalogueMissing
from .file_stamp import stamp_of
from .jobs import JobQueue
from .run_states import is_locked
from .service_folder import RUN_ID, ServiceFolder

MOST_RUNS: Final = 16
"""Of how many runs together it is cheap."""
_FILES: Final = ("run.json", "suite.toml", "studies.parquet", "trials.parquet")


@dataclass(frozen=True, slots=True, eq=False)
class _Same:
    """Equal to what holds the very same object."""

    held: object

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.held is self.held

    __hash__ = None  # type: ignore[assignment]


class Stamps:
    """Each is equal to an earlier one of the same thing exactly while that is unchanged; None for what is not known."""

    def __init__(self, folder: ServiceFolder, queue: JobQueue, catalogue: Catalogue) -> None:
        self._folder = os.fspath(folder.runs)
        self._queue = queue
        self._catalogue = catalogue

    def of_run(self, run: str) -> object:
        """Of all that is told of a run, its trials included."""
        return (self._queue.version, self._of_folder(run)) if RUN_ID.fullmatch(run) else None

    def of_runs(self) -> object:
        """Of what is told of all runs in a list, and of what is installed; None where there are many."""
        version = self._queue.version
        with os.scandir(self._folder) as found:
            names = sorted(entry.name for entry in islice(found, MOST_RUNS + 2) if not entry.name.startswith("."))
        if len(names) > MOST_RUNS:
            return None
        return version, self._of_installed(), [(name, self._of_folder(name)) for name in names]

    def of_catalogue(self) -> object:
        """Of what is installed; None while that is not known."""
        installed = self._of_installed()
        return None if installed.held is None else installed

    def _of_installed(self) -> _Same:
        try:
            return _Same(self._catalogue.content())
        except CatalogueMissing:
            return _Same(None)

    def _of_folder(self, run: str) -> object:
        path = f"{self._folder}/{run}"
        files = [stamp_of(f"{path}/{name}") for name in _FILES]
        return files, _content_of(f"{path}/journal"), is_locked(path)  # which can be lost without a trace in any file


def _content_of(folder: str) -> object:
    """The files of a folder; None for none."""
    try:
        with os.scandir(folder) as found:
            return sorted((entry.name, stamp_of(entry.path)) for entry in found)
    except OSError:
        return None
