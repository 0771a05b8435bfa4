"""The suite as the command line changes it: more strategies, fewer seeds, another budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..suite import Suite, load_suite


def prepare_suite(
    source: str,
    strategies: Sequence[str] = (),
    seeds: int | None = None,
    trials: int | None = None,
    deciding: Mapping[str, Any] | None = None,
) -> Suite:
    """The suite to run, with more strategies; paths of plug-in files in `strategies` start where we are.

    `seeds` and `trials` replace the numbers in the suite (None: as they are); `trials` holds for every task.
    `deciding` makes it stop once its pairs of strategies are decided, and changes what the suite says of that.
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
    if deciding is not None:
        before = suite.deciding.model_dump(exclude_unset=True) if suite.deciding else {}
        changes |= {"stop": "decided", "deciding": {**before, **deciding}}
    return suite.changed(**changes)
