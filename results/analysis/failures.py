"""What went wrong: trials that failed, and studies that did not run to their end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..store import Store
from .costs import study_sums


@dataclass(frozen=True, slots=True)
class FailureRow:
    """The failed trials of one kind, of one strategy on one task."""

    strategy: str
    task: str
    kind: str
    """error, timeout, memory, crash or invalid."""
    count: int
    share: float
    """Of all trials of the strategy on the task, in [0, 1]."""
    example: str
    """Message of the first of them."""


@dataclass(frozen=True, slots=True)
class StudyProblem:
    """A study that did not run to its end because of its strategy, or did not run at all."""

    strategy: str
    task: str
    seed: int
    status: str
    """failed or skipped."""
    message: str


def failures(store: Store) -> tuple[FailureRow, ...]:
    """One row for each task, strategy and kind of failure, in the order of the plan, frequent kinds first."""
    studies, outcomes = store.studies, store.outcomes
    keys = ["task", "strategy"]
    trials = study_sums(store)["trials"].groupby([studies[key] for key in keys]).sum()
    rows = np.flatnonzero(outcomes["status"] != "ok")
    failed = studies[keys].iloc[outcomes["position"].to_numpy()[rows]].reset_index(drop=True)
    failed["kind"] = outcomes["status"].to_numpy()[rows]
    failed["message"] = store.pick(rows, "message")["message"].fillna("")
    groups = failed.groupby([*keys, "kind"], sort=False)["message"].agg(["size", "first"]).reset_index()
    found = [
        FailureRow(
            strategy=str(row["strategy"]),
            task=str(row["task"]),
            kind=str(row["kind"]),
            count=row["size"],
            share=row["size"] / int(trials[row["task"], row["strategy"]]),
            example=str(row["first"]),
        )
        for row in groups.to_dict("records")
    ]
    tasks, strategies = store.tasks, store.strategies
    return tuple(sorted(found, key=lambda r: (tasks.index(r.task), strategies.index(r.strategy), -r.count, r.kind)))


def study_problems(store: Store) -> tuple[StudyProblem, ...]:
    """The studies that failed or were skipped, in the order of the plan."""
    studies = store.studies
    return tuple(
        StudyProblem(
            str(row["strategy"]), str(row["task"]), int(row["seed"]), str(row["status"]), _text(row["message"])
        )
        for row in studies[studies["status"].isin(["failed", "skipped"])].to_dict("records")
    )


def _text(message: object) -> str:
    """A stored message; null becomes empty."""
    return message if isinstance(message, str) else ""
