"""Where runners on other machines get their jobs and leave their runs: nothing is done without a lease."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from results.errors import ResultsError
from results.journal import sync_folder
from results.reading import check_table
from results.records import STUDIES, TRIALS
from results.run_info import read_run_info

from ..errors import TunerError, one_line
from .adopting import check_description
from .held_runs import HeldRuns
from .jobs import DISTANT, Job, JobQueue, JobState, Wish
from .run_files import (
    DESCRIPTION,
    INFO,
    JOURNAL,
    LARGEST_PIECE,
    RefusedFile,
    RunFile,
    bytes_of,
    digest_of,
    is_journal,
    list_files,
    opened,
    read_piece,
    remove_unfinished,
)
from .run_writing import Piece, Whole, append_piece, assemble_piece
from .service_folder import ServiceFolder

if TYPE_CHECKING:
    from .cards import CatalogueContent

MOST_RUN_BYTES: Final = 2 << 30
"""Of the files of a run together: all of them are read for their digests while their runner waits for one answer."""
_BEGUN: Final = frozenset({*DESCRIPTION, *(f"{name}.writing" for name in (*DESCRIPTION, INFO)), ".lock"})
"""What the folder of a run may hold before its run.json."""


_TABLES: Final = {"trials.parquet": TRIALS, "studies.parquet": STUDIES, "journal/planned.parquet": STUDIES}


class RunTooLarge(TunerError):
    """A run that takes more of the disk than any may."""


class OtherVersion(TunerError):
    """A runner of another version of tuner-bench than the service."""


class WorkDesk:
    """What runners on other machines may do. Their owners' names are kept apart from those of this machine.

    All but `claim` and `release` raise `LeaseLost` where the job is not this owner's.
    """

    def __init__(
        self,
        folder: ServiceFolder,
        queue: JobQueue,
        catalogue: Callable[[], CatalogueContent],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._folder = folder
        self._queue = queue
        self._catalogue = catalogue
        self._clock = clock
        self._held = HeldRuns(folder, queue, clock)

    def close(self) -> None:
        """Let go of the runs."""
        self._held.close()

    def claim(self, owner: str, its_version: str) -> Job | None:
        """Take the next job, None where none waits; raises `OtherVersion`."""
        if its_version != version("tuner-bench"):
            raise OtherVersion(
                f"the service is tuner-bench {version('tuner-bench')}, and this runner {its_version[:40]!r}: "
                "install the same version on both"
            )
        return self._queue.claim(DISTANT + owner, self._clock())

    def renew(self, run: str, owner: str, trials: int) -> Wish | None:
        """As `JobQueue.renew`; the run stays locked."""
        with self._held.holding(run, DISTANT + owner):
            return self._queue.renew(run, DISTANT + owner, self._clock(), trials)

    def end(self, run: str, owner: str, state: JobState, message: str) -> None:
        """As `JobQueue.end`; raises `RefusedFile` where a run is to be finished that is not all here."""
        if state is JobState.FINISHED:
            with self._held.holding(run, DISTANT + owner, is_last=True):
                if not self._is_finished(self._folder.runs / run):
                    raise RefusedFile(f"{run} is not finished by what is here of it: send all of its files first")
                remove_unfinished(self._folder.runs / run)
                self._queue.end(run, DISTANT + owner, state, one_line(message))
        else:
            with self._held.leaving(run, DISTANT + owner):
                self._queue.end(run, DISTANT + owner, state, one_line(message))

    def put_back(self, run: str, owner: str, failure: str) -> JobState:
        """As `JobQueue.put_back`."""
        with self._held.leaving(run, DISTANT + owner):
            return self._queue.put_back(run, DISTANT + owner, one_line(failure))

    def release(self, owner: str) -> None:
        """As `JobQueue.release`."""
        self._queue.release(DISTANT + owner)

    def files(self, run: str, owner: str) -> list[RunFile]:
        """The files of the run, by name; none of one that is not begun. Raises `RunTooLarge`.

        They are read outside of the run's turn, since that may take longer than a renewal can wait.
        """
        with self._place(run, owner) as place:
            self._check_size(run, bytes_of(place))
        return list_files(place)

    def read(self, run: str, owner: str, name: str, place: int, length: int) -> bytes:
        """A piece of a file; raises `RefusedFile`."""
        with self._place(run, owner) as folder:
            return read_piece(folder, name, place, length)

    def write(self, run: str, owner: str, name: str, piece: Piece) -> None:
        """Write a piece of a file, and keep it; raises `RefusedFile`, `RefusedSuite` or `RunTooLarge`."""
        whole = piece.whole
        if is_journal(name) != (whole is None):
            raise RefusedFile(f"{name}: size and sha256 belong to files that are replaced whole, and not to journals")
        with self._place(run, owner) as folder:
            self._check_order(folder, name)
            self._check_size(run, bytes_of(folder) + len(piece.content))
            self._make(folder)
            if whole is None:
                append_piece(folder, name, piece)
            else:
                self._check_described(folder, name, whole)
                assemble_piece(folder, name, piece, whole, _check_content)

    def clear_journal(self, run: str, owner: str) -> None:
        """Remove the journal of a run that is finished; raises `RefusedFile` for others."""
        with self._place(run, owner) as folder:
            if not self._is_finished(folder):
                raise RefusedFile(f"{run} is not finished: its journal is all that there is of it")
            if not (folder / JOURNAL).is_symlink():
                shutil.rmtree(folder / JOURNAL, ignore_errors=True)

    @contextmanager
    def _place(self, run: str, owner: str) -> Iterator[Path]:
        """The folder of the run, held; raises `RefusedFile` where something else is in its place."""
        with self._held.holding(run, DISTANT + owner):
            folder = self._folder.runs / run
            if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
                raise RefusedFile(f"{run} is no folder here")
            if folder.is_dir() and not (folder / INFO).is_file() and not {p.name for p in folder.iterdir()} <= _BEGUN:
                raise RefusedFile(f"{run} is there already, and is no run")
            yield folder

    def _make(self, folder: Path) -> None:
        """Make a run's folder, whose name survives a crash; of a run that is begun it does already."""
        if not (folder / INFO).is_file():
            folder.mkdir(exist_ok=True)
            sync_folder(self._folder.runs)

    @staticmethod
    def _check_size(run: str, taken: int) -> None:
        if taken > MOST_RUN_BYTES:
            raise RunTooLarge(f"{run} takes {taken:,} bytes, and at most {MOST_RUN_BYTES:,} are allowed")

    @staticmethod
    def _check_order(folder: Path, name: str) -> None:
        if name not in {*DESCRIPTION, INFO} and not (folder / INFO).is_file():
            raise RefusedFile(f"{name} comes after {', '.join(DESCRIPTION)} and {INFO}")

    def _check_described(self, folder: Path, name: str, whole: Whole) -> None:
        """What a run is, is written once, and nothing is run of it before it is found to be of this service's kind."""
        if name in {*DESCRIPTION, INFO} and whole.size > LARGEST_PIECE:
            raise RefusedFile(f"{name} has at most {LARGEST_PIECE:,} bytes, not {whole.size:,}")
        if name in DESCRIPTION and (folder / INFO).is_file():
            with opened(folder, name, os.O_RDONLY) as handle:
                if digest_of(handle) != whole.sha256:
                    raise RefusedFile(f"{name} says what the run is, and is not changed any more")
        elif name == INFO and not (folder / INFO).is_file():
            check_description(folder, self._catalogue(), self._folder.runs)

    @staticmethod
    def _is_finished(folder: Path) -> bool:
        try:
            return read_run_info(folder).state == "finished"
        except (ResultsError, OSError):
            return False


def _check_content(folder: Path, name: str, beside: Path) -> None:
    """Raise `RefusedFile` for what others would stumble over who read the run: a run.json or table that is none."""
    try:
        if name == INFO:
            read_run_info(folder, beside.name)
        elif name in _TABLES:
            check_table(beside, _TABLES[name])
    except ResultsError as error:
        raise RefusedFile(f"{folder.name}: {str(error).replace(str(beside), name)}") from None
