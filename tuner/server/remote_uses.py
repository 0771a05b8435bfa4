"""Which remote sessions the runs of a service need still: all that a run names which may be resumed."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from results.errors import ResultsError
from results.run_info import read_run_info

from .jobs import JobQueue, JobState
from .service_folder import RUN_ID, ServiceFolder

_MOST_BYTES: Final = 1 << 24
"""Of a suite."""
_SESSION: Final = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")


def sessions_in_use(folder: ServiceFolder, queue: JobQueue) -> set[str]:
    """What looks like a session in the suites of runs that are not finished, those in the bin included.

    Such runs repeat their questions when they are resumed. Raises `OSError` where a suite cannot be read just now:
    what it names is not known then.
    """
    found: set[str] = set()
    for text in _suites(folder, queue):
        found.update(_SESSION.findall(text))
    return found


def _suites(folder: ServiceFolder, queue: JobQueue) -> Iterator[str]:
    for listed in queue.all():
        job = None if listed.state is JobState.FINISHED else queue.find(listed.run)
        if job is not None:
            yield job.suite
    for place in (folder.runs, folder.bin, folder.runs):  # twice, as a run may leave the bin meanwhile
        for run in place.iterdir():
            if RUN_ID.fullmatch(run.name) and not _is_finished(run):
                yield _read(run / "suite.toml")


def _is_finished(run: Path) -> bool:
    try:
        return read_run_info(run).state == "finished"
    except (ResultsError, OSError, RecursionError):
        return False


def _read(file: Path) -> str:
    """Empty where there is no such file."""
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        if error.errno not in {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}:
            raise
        return ""
    try:
        is_file = stat.S_ISREG(os.fstat(handle).st_mode)
        return os.read(handle, _MOST_BYTES).decode("utf-8", errors="replace") if is_file else ""
    finally:
        os.close(handle)
