"""The suite as the command line changes it: more strategies, fewer seeds, another budget."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..suite import StrategyEntry, Suite, TaskEntry, load_suite


def prepare_suite(
    source: str, strategies: Sequence[str] = (), seeds: int | None = None, trials: int | None = None
) -> Suite:
    """The suite to run: paths of plug-in files in it are relative to its file, those in `strategies` to where we are.

    `seeds` and `trials` replace the numbers in the suite (None: as they are); `trials` holds for every task.
    """
    suite = load_suite(source)
    folder = Path(source).expanduser().parent if source.endswith(".toml") else Path()
    changes: dict[str, Any] = {
        "tasks": [_moved(entry, folder) for entry in suite.tasks],
        "strategies": [*(_moved(entry, folder) for entry in suite.strategies), *({"name": n} for n in strategies)],
    }
    if seeds is not None:
        changes["seeds"] = seeds
    if trials is not None:
        changes["budget"] = suite.budget.model_dump(exclude_unset=True) | {"trials": trials}
        for task in changes["tasks"]:
            if "budget" in task:
                task["budget"] |= {"trials": trials}
    return suite.changed(**changes)


def _moved(entry: StrategyEntry | TaskEntry, folder: Path) -> dict[str, Any]:
    """The entry with the path of its file, if it names one, relative to where we are."""
    place, colon, class_name = entry.name.rpartition(":")
    fields = entry.model_dump(exclude_unset=True)
    if colon and (place.endswith(".py") or "/" in place):
        path = Path(place).expanduser()
        fields["name"] = f"{path if path.is_absolute() else os.path.relpath(folder / path)}:{class_name}"
    return fields
