"""The leaderboard: one row a strategy, best first, with how sure its score is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

from ..analysis.leaderboard import LeaderboardRow, leaderboard
from ..charts.palette import Point
from ..items import Chart, Column, Specification, Table, Text
from ..report import Section
from ..store import Store
from .score_notes import score_notes

TITLE = "Leaderboard"

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
        TITLE,
        (Text(_EXPLANATION), *score_notes(store), table, *_chart(board, store.strategies)),
    )


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
