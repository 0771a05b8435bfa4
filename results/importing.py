"""Somebody else's results, a table with one row for each trial, as a run that a report can be made of."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from .errors import InvalidImport, PlaceTaken
from .imported_columns import OPTIONAL, REQUIRED
from .imported_rows import read_rows
from .imported_tables import studies_table, trials_table
from .journal import sync_folder
from .records import SCHEMA_VERSION
from .sealing import write_table, write_text


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What a table holds, and how it is to be read."""

    goal: Literal["minimize", "maximize"]
    """What is better: a lower value or a higher one."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """By our name, one of `REQUIRED` or `OPTIONAL`, the table's own name; the same where it is not given."""
    best_so_far: bool = False
    """Whether a value is the best that the study had found by that step, and not the trial's own."""

    def __post_init__(self) -> None:
        known = (*REQUIRED, *OPTIONAL)
        for name in self.columns:
            if name not in known:
                raise InvalidImport(f"no column is called {name!r} here; known: {', '.join(known)}")


@dataclass(frozen=True, slots=True)
class Imported:
    """What was taken over."""

    path: Path
    """The run's folder."""
    studies: int
    trials: int
    notes: tuple[str, ...]
    """What a reader of the report has to know of the table: columns not read, failures, short studies, gaps."""


def import_results(file: str | Path, out: str | Path, request: ImportRequest) -> Imported:
    """Make a run in the folder `out`, which must not exist yet, of a table in CSV or Parquet; all of it or nothing.

    A row is a trial: `step` counts them within a study, which is one strategy on one task with one seed, from the
    lowest step of the table, 0 or 1, without gaps. A value that is absent or not finite, and a status other than
    `ok`, is a failed trial. Studies of a task that are shorter than its longest keep their last value. With
    `best_so_far` values never get worse, and a step that is left out is one that found nothing better.

    Raises InvalidImport, naming the first row that is wrong (counted from 1, the heading not among them), and
    PlaceTaken.
    """
    source, folder = Path(file), Path(out)
    if folder.exists():
        raise PlaceTaken(f"{folder} is there already: choose another place")
    table = read_rows(source, request.columns, is_accumulated=request.best_so_far, goal=request.goal)
    digest = _digest(source)
    studies = studies_table(table, request.goal, folder.name, source.stem)
    trials = trials_table(table, request.goal, folder.name, source.stem, digest)
    imported = {"file": source.name, "sha256": digest, "is_accumulated": request.best_so_far}
    info = _run_json(folder.name, source.stem, imported)
    folder.mkdir(parents=True)
    try:
        write_table(studies, folder / "studies.parquet")
        write_table(trials, folder / "trials.parquet")
        write_text(json.dumps(info, indent=1), folder / "run.json")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    sync_folder(folder.parent)
    return Imported(folder, studies.num_rows, trials.num_rows, table.notes)


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _run_json(name: str, suite: str, imported: Mapping[str, object]) -> dict[str, object]:
    now = datetime.now(UTC).isoformat()
    return {
        "schema": SCHEMA_VERSION,
        "run": name,
        "suite": suite,
        "state": "finished",
        "created": now,
        "finished": now,
        "wall_seconds": 0.0,
        "workers": 0,
        "versions": {},
        "python": "unknown",
        "machine": {"system": "unknown", "cpu": "unknown", "cores": 0, "memory_gb": 0.0},
        "plugins": [],
        "suite_sha256": "",
        "imported": dict(imported),
    }
