"""Exports of a stored run to the formats of other tools."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import suggest
from .export import CannotExport, Export

if TYPE_CHECKING:
    from .stored_study import StoredStudy

FORMATS: Mapping[str, str] = {
    "iohprofiler": "iohprofiler_folder:write_folder",
    "mlflow": "mlflow_database:write_database",
    "optuna": "optuna_storage:write_storage",
}
"""Where the function is that writes a format, by the format's name; each imports its own library only."""

__all__ = ["FORMATS", "CannotExport", "Export", "export_run"]


def export_run(run: str | Path, to: str, out: str | Path) -> Export:
    """Write the studies of the run in this folder in a format of `FORMATS` to `out`, which must not exist yet.

    All of it is written or nothing. A study without trials is left out, and named in the answer. Raises
    `CannotExport`, `MissingExtra` where the format's package is not installed, `ImportedRun` for a run of which no
    search space is known, and what `open_store` raises.
    """
    from results.store import open_store

    from .stored_study import stored_studies, without_trials

    if to not in FORMATS:
        raise CannotExport(f"no export to {to!r}{suggest(to, FORMATS)}")
    store = open_store(run)
    store.runs[0].check_run_here()
    studies = stored_studies(store)
    if not studies:
        raise CannotExport(f"{run} has no trials to export")
    written = _writer_of(to)(studies, Path(out))
    return written.leaving_out(without_trials(store))


def _writer_of(to: str) -> Callable[[list[StoredStudy], Path], Export]:
    module, _, name = FORMATS[to].partition(":")
    found: Callable[[list[StoredStudy], Path], Export] = getattr(importlib.import_module(f".{module}", __name__), name)
    return found
