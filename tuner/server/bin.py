"""The bin: where runs are that were deleted, until somebody restores them or removes the files."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from results.errors import ResultsError
from results.journal import sync_folder
from results.run_info import read_run_info
from results.sealing import write_text

from .jobs import JobQueue, WrongState
from .run_views import BinnedRun
from .service_folder import RUN_ID, ServiceFolder, UnknownRun

_NOTE = ".deleted.json"
"""In the folder of a deleted run."""


class Bin:
    """Folders of runs, moved here and back whole, with a note of what they were called."""

    def __init__(self, folder: ServiceFolder, queue: JobQueue, clock: Callable[[], float]) -> None:
        self._folder = folder
        self._queue = queue
        self._clock = clock

    def content(self) -> list[BinnedRun]:
        """What is in it, latest first."""
        found = [_binned(path) for path in self._folder.bin.iterdir() if RUN_ID.fullmatch(path.name) and path.is_dir()]
        return sorted(found, key=lambda run: (run.deleted, run.name), reverse=True)

    def take(self, name: str) -> None:
        """Move a run into the bin, and forget its job; raises `WrongState` while it is not over."""
        job = self._queue.find(name)
        if job is not None and not job.state.is_over:
            raise WrongState(f"{name} is {job.state}: cancel it first")
        path = self._folder.runs / name
        if path.is_dir():
            with _unwritten(path):
                write_text(json.dumps({"run": name, "deleted": self._clock()}), path / _NOTE)
                path.rename(self._free(name))
            sync_folder(self._folder.bin)
            sync_folder(self._folder.runs)
        self._queue.forget(name)

    def restore(self, name: str) -> str:
        """Move a run back; returns its name. Raises `UnknownRun`, or `WrongState` where that is taken by now."""
        path = self._folder.bin / name
        if not RUN_ID.fullmatch(name) or not path.is_dir():
            raise UnknownRun(f"no run called {name[:96]!r} in the bin")
        run = _binned(path).run
        place = self._folder.runs / run
        if place.exists() or self._queue.find(run) is not None:
            raise WrongState(f"there is another run called {run!r} by now: delete or rename that one first")
        path.rename(place)
        (place / _NOTE).unlink(missing_ok=True)
        sync_folder(self._folder.runs)
        sync_folder(self._folder.bin)
        return run

    def _free(self, name: str) -> Path:
        """A place in the bin: the name, with a number where that is taken."""
        number, place = 1, self._folder.bin / name
        while place.exists():
            number += 1
            place = self._folder.bin / f"{name[:80]}.{number}"
        return place


@contextmanager
def _unwritten(path: Path) -> Iterator[None]:
    """Hold the run against writers; raises `WrongState` where there is one."""
    handle = os.open(path / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WrongState(f"{path.name} is being written: stop it first") from None
        yield
    finally:
        os.close(handle)


def _binned(path: Path) -> BinnedRun:
    run, seconds = _note(path)
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return BinnedRun(path.name, run, _suite(path), datetime.fromtimestamp(seconds, UTC), size)


def _note(path: Path) -> tuple[str, float]:
    """What the run was called, and when it was deleted; of one that was put here by hand what the folder says."""
    try:
        told = json.loads((path / _NOTE).read_text(encoding="utf-8"))
        run, seconds = str(told["run"]), float(told["deleted"])
        return (run if RUN_ID.fullmatch(run) else path.name), seconds
    except (OSError, ValueError, KeyError, TypeError):
        return path.name, path.stat().st_mtime


def _suite(path: Path) -> str:
    try:
        return read_run_info(path).suite
    except (ResultsError, OSError):
        return ""
