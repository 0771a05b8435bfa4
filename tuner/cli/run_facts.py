"""What a list of runs says of each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from results.errors import ResultsError
from results.run_info import RunInfo, read_run_info

from ..run_lock import is_locked
from .run_paths import run_folders


@dataclass(frozen=True, slots=True)
class RunFacts:
    """A run in one line."""

    name: str
    state: str
    """finished, interrupted, running, killed (its process is gone; it can be resumed) or broken, with the error."""
    suite: str = "-"
    trials: str = "-"
    """Number of trials in the sealed table; a dash where there is none yet."""
    created: str = "-"


def describe_runs(root: Path) -> list[RunFacts]:
    """The runs under a folder, oldest first."""
    return [describe_run(folder) for folder in run_folders(root)]


def describe_run(folder: Path) -> RunFacts:
    """The run in this folder, broken or not."""
    try:
        info = read_run_info(folder)
    except ResultsError as error:
        return RunFacts(folder.name, f"broken: {error}")
    except OSError as error:
        return RunFacts(folder.name, f"broken: {error.filename}: {error.strerror}")
    created = info.created.astimezone().strftime("%Y-%m-%d %H:%M")
    return RunFacts(folder.name, _state(info), info.suite, _trials(folder / "trials.parquet"), created)


def _state(info: RunInfo) -> str:
    if info.state != "running":
        return info.state
    return "running" if is_locked(info.path) else "killed"


def _trials(table: Path) -> str:
    try:
        return f"{pq.read_metadata(table).num_rows:,}"
    except (OSError, pa.ArrowException):
        return "-"
