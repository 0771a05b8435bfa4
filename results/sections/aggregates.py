"""By how much: scores over all tasks, how often the leader is ahead, how large that is, and at which scores."""

from __future__ import annotations

from collections.abc import Sequence

from ..analysis.aggregates import Aggregate, aggregates
from ..analysis.bootstrap import has_too_few_seeds
from ..analysis.comparable import Comparable, comparable
from ..analysis.scores import TaskScores, task_scores
from ..errors import NothingToCompare
from ..items import Cell, Column, Item, Note, Table, Text
from ..report import Section
from ..store import Store
from .performance_profile import profile_items
from .rivals import rival_items

TITLE = "By how much"

_EXPLANATION = (
    "Four ways to put all final results of a strategy into one number; 0 is one typical random trial, 1 the best known "
    "value. Mean: the average over tasks; a single bad task can spoil it. Median: half of the tasks are better; it "
    "looks at the middle ones only. IQM, the interquartile mean: the average of the middle half of all studies, which "
    "orders the leaderboard. Optimality gap: how much is missing to 1 on average; lower is better, and what is beyond "
    "1 does not make up for what is missing elsewhere."
)
_INTERVALS = (
    "Where the four disagree about the order, no strategy is simply the better one. Intervals are 95%, by a bootstrap "
    "over seeds, widened where seeds are few. They say how sure a number is on these tasks, and nothing of other tasks."
)
_FEW_SEEDS = (
    "With fewer than 5 seeds a task, or 10 on all tasks together, the intervals of this section are too narrow: they "
    "hold the truth less often than the 95% that they claim."
)


def section(store: Store) -> Section:
    """Aggregate scores, the leader against each other strategy, and performance profiles."""
    if not store.outcomes["loss"].notna().any():
        raise NothingToCompare("no trial succeeded, so there is no score to sum up")
    scores = task_scores(store)
    found = aggregates(scores)
    rows = [row for row in found if row.tasks]
    if not rows:
        raise NothingToCompare("no trial succeeded at the highest fidelity, so there is no score to sum up")
    compared = comparable(store)
    leader, *others = compared.strategies
    against = rival_items(leader, others, scores, store.strategies)
    profiles = profile_items(scores, store.strategies)
    items = (Text(_EXPLANATION), *_notes(found, scores, compared), _table(rows), Text(_INTERVALS))
    return Section("aggregates", TITLE, (*items, *against, *profiles))


def _notes(rows: Sequence[Aggregate], scores: Sequence[TaskScores], compared: Comparable) -> list[Item]:
    elsewhere = ", ".join(compared.told(name) for name, tasks in compared.left_out.items() if tasks)
    absent = ", ".join(name for name, tasks in compared.left_out.items() if not tasks)
    empty = ", ".join(row.strategy for row in rows if not row.tasks and row.strategy not in compared.left_out)
    notes = [f"Did not run on any task, so left out: {absent}."] if absent else []
    notes += [f"Without any result at the highest fidelity, so left out: {empty}."] if empty else []
    if elsewhere:
        notes.append(f"Ran on {compared.ran_on}, so its numbers do not compare with the others: {elsewhere}.")
    if all(len(task.seeds) == 1 for task in scores):
        notes.append("One seed only: there are no intervals, and no way to tell luck from skill.")
    elif has_too_few_seeds(scores):
        notes.append(_FEW_SEEDS)
    return [Note(text) for text in notes]


def _table(rows: Sequence[Aggregate]) -> Table:
    columns = [Column("Strategy")]
    for name in ("Mean", "Median", "IQM", "Optimality gap"):
        field = name.lower().replace(" ", "_")
        columns += [
            Column(name, "number", field=field),
            Column("95% from", "number", field=f"{field}_low"),
            Column("to", "number", field=f"{field}_high"),
        ]
    cells: tuple[tuple[Cell, ...], ...] = tuple(
        (row.strategy, *row.mean.cells, *row.median.cells, *row.iqm.cells, *row.optimality_gap.cells) for row in rows
    )
    return Table("Final scores over all tasks, highest IQM first", tuple(columns), cells)
