"""The suite as the command line changes it: more strategies, fewer seeds, another budget."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..suite import Suite, load_suite


def prepare_suite(
    source: str, strategies: Sequence[str] = (), seeds: int | None = None, trials: int | None = None
) -> Suite:
    """The suite to run, with more strategies; paths of plug-in files in `strategies` start where we are.

    `seeds` and `trials` replace the numbers in the suite (None: as they are); `trials` holds for every task.
    """
    suite = load_suite(source)
    changes: dict[str, Any] = suite.model_dump(exclude_unset=True, include={"tasks", "strategies"})
    changes["strategies"] = [*changes["strategies"], *({"name": name} for name in strategies)]
    if seeds is not None:
        changes["seeds"] = seeds
    if trials is not None:
        changes["budget"] = suite.budget.model_dump(exclude_unset=True) | {"trials": trials}
        for task in changes["tasks"]:
            if "budget" in task:
                task["budget"] |= {"trials": trials}
    return suite.changed(**changes)
