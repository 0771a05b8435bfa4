"""What the columns that make a task or a strategy the same are called, and their values, in plain words."""

from __future__ import annotations

import math
from collections.abc import Mapping

_NAMES: Mapping[str, str] = {
    "task_name": "what it is",
    "task_options": "options",
    "space": "search space",
    "fidelity_high": "highest fidelity",
    "budget_trials": "trials allowed",
    "budget_work": "work allowed, in full evaluations",
    "budget_seconds": "seconds allowed",
    "parallelism": "trials at once",
    "starting_points": "trials given to begin with",
    "strategy_name": "what it is",
    "strategy_options": "options",
    "strategy_version": "version",
    "trial_seconds": "seconds that a trial may take",
    "trial_memory_mb": "megabytes that a trial may take",
}
_LIMITS = {"budget_trials", "budget_work", "budget_seconds", "trial_seconds", "trial_memory_mb"}
_LONG = 40
"""A value of more letters is not shown but only named."""


def worded(fact: str, value: object) -> str:
    """The value as a reader knows it: a whole number without decimals, and words for what is not there."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if value is None or str(value) == "<NA>" or (isinstance(value, float) and math.isnan(value)):
        return "no limit" if fact in _LIMITS else "none"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "none" if value in ("{}", "[]") else str(value)


def told(fact: str, by_run: Mapping[str, str]) -> str:
    """As in "trials allowed: 50 in a; no limit in b"; of long values only that they differ."""
    name = _NAMES.get(fact, fact)
    if any(len(value) > _LONG for value in by_run.values()) and fact != "machine":
        return f"{name}: not the same in {' and '.join(by_run)}"
    return f"{name}: {'; '.join(f'{value} in {run}' for run, value in by_run.items())}"
