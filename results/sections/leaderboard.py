"""The leaderboard: one row a strategy, best first, with how sure its score is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

from ..analysis.hypervolume import tasks_with_several_objectives
from ..analysis.leaderboard import LeaderboardRow, leaderboard
from ..charts.palette import Point
from ..items import Chart, Column, Note, Specification, Table, Text
from ..report import Section
from ..store import Store

_COLUMNS = (
    Column("Strategy"),
    Column("Score", "number"),
    Column("95% from", "number", field="low"),
    Column("to", "number", field="high"),
    Column("Mean rank", "number", 2),
    Column("Wins", "integer"),
    Column("Tasks", "integer"),
    Column("Studies", "integer"),
    Column("Trials", "integer"),
    Column("Failed", "integer", field="failures"),
    Column("Evaluation", "seconds", field="evaluation_seconds"),
    Column("Own time", "seconds", field="own_seconds"),
)

_EXPLANATION = (
    "Score: 0 is one typical random trial, 1 the best known value, over the final results of all studies "
    "(interquartile mean). The interval is a bootstrap over seeds: it says how sure the score is on these tasks, and "
    "nothing of other tasks. Rank: 1 is best. Wins: tasks on which no strategy has a better median."
)


def section(store: Store) -> Section:
    """Scores with intervals, ranks, wins, failures and times."""
    board = leaderboard(store)
    table = Table("Strategies over all tasks, best first", _COLUMNS, tuple(map(_row, board)))
    return Section(
        "leaderboard",
        "Leaderboard",
        (Text(_EXPLANATION), *_notes(board, store), table, *_chart(board, store.strategies)),
    )


def _notes(board: Sequence[LeaderboardRow], store: Store) -> tuple[Note, ...]:
    """What a reader of the table alone would take for more than it is."""
    return (*_incomparable(board), *_broken(store), *_several_objectives(store))


def _incomparable(board: Sequence[LeaderboardRow]) -> tuple[Note, ...]:
    most = max((row.tasks for row in board), default=0)
    fewer = ", ".join(f"{row.strategy} ({row.tasks} of {most})" for row in board if row.tasks < most)
    return (Note(f"Ran on fewer tasks, so its score does not compare with the others: {fewer}."),) if fewer else ()


def _broken(store: Store) -> tuple[Note, ...]:
    counts = store.studies.loc[store.studies["status"] == "failed", "strategy"].value_counts()
    failed = ", ".join(f"{name} ({counts[name]})" for name in store.strategies if name in counts.index)
    text = f"Studies whose strategy broke its contract count with what they had found by then: {failed}."
    return (Note(text),) if failed else ()


def _several_objectives(store: Store) -> tuple[Note, ...]:
    tasks = ", ".join(tasks_with_several_objectives(store))
    text = f"With several objectives it is the hypervolume that is compared, in place of a best value: {tasks}."
    return (Note(text),) if tasks else ()


def _row(row: LeaderboardRow) -> tuple[str | float | int, ...]:
    return (
        *(row.strategy, row.score, row.low, row.high, row.mean_rank, row.wins, row.tasks, row.studies),
        *(row.trials, row.failures, row.evaluation_seconds, row.own_seconds),
    )


def _chart(board: Sequence[LeaderboardRow], strategies: tuple[str, ...]) -> tuple[Chart, ...]:
    scored = [row for row in board if math.isfinite(row.score)]
    if not scored:
        return ()
    rows = tuple((row.strategy, row.score, row.low, row.high) for row in scored)
    best = scored[0]
    chart = Chart(
        "Normalised score of each strategy with its 95% bootstrap interval over seeds.",
        f"Dots with intervals, best on top: {best.strategy} has the highest score, {best.score:.3f}.",
        partial(_specification, rows, strategies),
        Table("Scores and intervals", _COLUMNS[:4], rows),
    )
    return (chart,)


def _specification(rows: Sequence[tuple[str, float, float, float]], strategies: tuple[str, ...]) -> Specification:
    from ..charts.interval import scores_with_intervals

    points: list[Point] = [
        {"strategy": name, "score": score, "low": low, "high": high} for name, score, low, high in rows
    ]
    return scores_with_intervals(points, strategies)
