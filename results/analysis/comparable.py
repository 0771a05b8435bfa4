"""Which strategies may be compared over all tasks: those that ran on the same ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..remembering import once_a_store
from ..store import Store
from .leaderboard import leaderboard
from .scores import TaskScores, task_scores


@dataclass(frozen=True, slots=True)
class Comparable:
    """The strategies whose scores are over the same tasks, and those that are left out."""

    strategies: tuple[str, ...]
    """Best score first; empty where no strategy has a score."""
    tasks: tuple[str, ...]
    """The tasks on which each of them ran."""
    left_out: Mapping[str, int]
    """On how many tasks each other strategy ran, best score first; without those that ran and found nothing."""
    ran_on: str
    """What the others ran on: "fewer tasks", or "other tasks" where one ran on a task that the compared did not."""

    def told(self, name: str) -> str:
        """A strategy that is left out, and on how many tasks it ran; as in "gp (1 of 2)" where they are fewer."""
        count = str(self.left_out[name])
        return f"{name} ({count} of {len(self.tasks)})" if self.ran_on == "fewer tasks" else f"{name} ({count})"


@once_a_store
def comparable(store: Store) -> Comparable:
    """The largest group of strategies with a score that ran on the same set of tasks, and not only on as many.

    Of groups as large it is the one with more tasks, and then the one with the better score.
    """
    rows, scores = leaderboard(store), task_scores(store)
    ran = {row.strategy: _tasks_of(row.strategy, scores) for row in rows}
    groups: dict[frozenset[str], list[str]] = {}
    for row in rows:
        if not np.isnan(row.score):
            groups.setdefault(ran[row.strategy], []).append(row.strategy)
    if not groups:
        return Comparable((), (), {}, "fewer tasks")
    chosen = max(groups, key=lambda tasks: (len(groups[tasks]), len(tasks)))  # the first of equals has the better score
    others = [row for row in rows if row.strategy not in groups[chosen] and not (row.tasks and np.isnan(row.score))]
    are_fewer = all(ran[row.strategy] < chosen for row in others)
    return Comparable(
        strategies=tuple(groups[chosen]),
        tasks=tuple(task.task for task in scores if task.task in chosen),
        left_out={row.strategy: row.tasks for row in others},
        ran_on="fewer tasks" if are_fewer else "other tasks",
    )


def _tasks_of(strategy: str, scores: tuple[TaskScores, ...]) -> frozenset[str]:
    """The tasks on which a strategy ran."""
    mine = [task for task in scores if strategy in task.strategies]
    return frozenset(task.task for task in mine if not np.isnan(task.final[task.strategies.index(strategy)]).all())
