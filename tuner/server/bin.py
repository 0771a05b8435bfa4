"""The bin: where runs are that were deleted, until somebody restores them or removes the files."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from results.errors import ResultsError
from results.journal import sync_folder
from results.run_info import read_run_info
from results.sealing import write_text

from ..run_lock import take_lock
from .bin_notes import NOTE, BinNote, read_note
from .jobs import JobQueue, WrongState
from .listing_page import Page, page_of
from .run_views import BinnedRun
from .service_folder import RUN_ID, ServiceFolder, UnknownRun


class Bin:
    """Folders of runs, moved here and back whole, with a note of what they were called.

    A run is moved while the queue is held, so that nobody asks for it halfway.
    """

    def __init__(self, folder: ServiceFolder, queue: JobQueue, clock: Callable[[], float]) -> None:
        self._folder = folder
        self._queue = queue
        self._clock = clock

    def content(self, offset: int, limit: int) -> Page[BinnedRun]:
        """What is in it, latest first; only the runs of this page are measured."""
        page = page_of(sorted(self._notes(), key=lambda note: (note.seconds, note.name), reverse=True), offset, limit)
        shown = [_binned(self._folder.bin / note.name, note) for note in page.items]
        return Page([run for run in shown if run is not None], page.total, offset, limit)

    def take(self, name: str) -> None:
        """Move a run into the bin, and forget its job; raises `WrongState` while it is not over."""
        path = self._folder.runs / name
        with self._queue.forgetting(name):
            if not path.is_dir():
                return
            with _unwritten(path):
                self._note(path)
                self._folder.bin.mkdir(exist_ok=True)
                path.rename(self._free(name))
            sync_folder(self._folder.bin)
            sync_folder(self._folder.runs)

    def mend(self) -> None:
        """Forget the jobs of runs that were moved here by a process that died before it had forgotten them."""
        moved = {note.run: note.seconds for note in sorted(self._notes(), key=lambda note: note.seconds)}
        for job in self._queue.all():
            if job.created <= moved.get(job.run, 0.0) and not os.path.lexists(self._folder.runs / job.run):
                with suppress(WrongState):
                    self._queue.forget(job.run)

    def restore(self, name: str) -> str:
        """Move a run back; returns its name. Raises `UnknownRun`, or `WrongState` where that is taken by now."""
        path = self._folder.bin / name
        note = read_note(path) if RUN_ID.fullmatch(name) else None
        if note is None:
            raise UnknownRun(f"no run called {name[:96]!r} in the bin")
        place = self._folder.runs / note.run
        with self._queue.holding(note.run) as job:
            if job is not None or os.path.lexists(place):
                raise WrongState(f"there is another run called {note.run!r} by now: delete or rename that one first")
            try:
                path.rename(place)
            except FileNotFoundError:
                raise UnknownRun(f"no run called {name!r} in the bin any more") from None
            with suppress(OSError):
                (place / NOTE).unlink()
        sync_folder(self._folder.runs)
        sync_folder(self._folder.bin)
        return note.run

    def _notes(self) -> Iterator[BinNote]:
        with suppress(FileNotFoundError):
            for path in self._folder.bin.iterdir():
                note = read_note(path) if RUN_ID.fullmatch(path.name) else None
                if note is not None:
                    yield note

    def _note(self, path: Path) -> None:
        """A note that cannot be written, as on a full disk, is no reason to keep the run."""
        with suppress(OSError):
            for name in (NOTE, f"{NOTE}.writing"):
                (path / name).unlink(missing_ok=True)
            write_text(json.dumps({"run": path.name, "deleted": self._clock()}), path / NOTE)

    def _free(self, name: str) -> Path:
        """A place in the bin: the name, with a number where that is taken."""
        number, place = 1, self._folder.bin / name
        while os.path.lexists(place):
            number += 1
            place = self._folder.bin / f"{name[:80]}.{number}"
        return place


@contextmanager
def _unwritten(path: Path) -> Iterator[None]:
    """Hold the run against writers; raises `WrongState` where there is one."""
    handle = os.open(path / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if not take_lock(handle):
            raise WrongState(f"{path.name} is being written: stop it first")
        yield
    finally:
        os.close(handle)


def _binned(path: Path, note: BinNote) -> BinnedRun | None:
    """None where somebody has removed or restored it meanwhile."""
    run = BinnedRun(path.name, note.run, _suite(path), note.deleted, _size(path))
    return run if path.is_dir() else None


def _size(path: Path) -> int:
    """Bytes of its files, but for those that vanish meanwhile; links are not followed."""
    total = 0
    for folder, _, names in os.walk(path) if not path.is_symlink() else ():
        for name in names:
            with suppress(OSError):
                total += os.lstat(Path(folder, name)).st_size
    return total


def _suite(path: Path) -> str:
    try:
        suite = read_run_info(path).suite
    except (ResultsError, OSError, RecursionError):
        return ""
    return suite if isinstance(suite, str) else ""
