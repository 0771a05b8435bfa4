"""Planning a suite for the service: everything that planning loads is loaded here, in the workshop."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from ..plan import Plan, make_plan
from ..starting_points import with_transfer
from ..suite import Suite, parse_suite


def planned(text: str, runs: Path) -> dict[str, Any]:
    """What `Workshop.plan` tells of a suite."""
    suite = with_transfer(_found_in(parse_suite(text), runs))
    plan = make_plan(suite)
    return {
        "suite": suite.to_toml(),
        "studies": len(plan.studies) - len(plan.skipped),
        "skipped": _skipped(plan),
        "tasks": _tasks(plan),
    }


def _found_in(suite: Suite, runs: Path) -> Suite:
    """The suite with the runs that it takes starting points from as folders."""
    if not any(entry.transfer for entry in suite.tasks):
        return suite
    entries = [entry.model_dump(exclude_unset=True) for entry in suite.tasks]
    for entry in entries:
        if entry.get("transfer"):
            entry["transfer"] = {**entry["transfer"], "run": str(runs / entry["transfer"]["run"])}
    return suite.changed(tasks=entries)


def _skipped(plan: Plan) -> list[dict[str, Any]]:
    labels = {study.number: (study.task.label, study.strategy.label) for study in plan.studies}
    counted = Counter((*labels[number], reason) for number, reason in plan.skipped.items())
    return [
        {"task": task, "strategy": strategy, "studies": count, "reason": reason}
        for (task, strategy, reason), count in counted.items()
    ]


def _tasks(plan: Plan) -> list[dict[str, Any]]:
    """Of each task: label, studies that are run, trials of a study (None where its budget counts none), cost."""
    counted = Counter(study.task.label for study in plan.studies if study.number not in plan.skipped)
    budgets = {study.task.label: study.budget.trials for study in plan.studies}
    return [
        {
            "task": label,
            "studies": counted[label],
            "trials": budget,
            "cost": plan.tasks[label].card.cost if label in plan.tasks else "",
        }
        for label, budget in budgets.items()
    ]
