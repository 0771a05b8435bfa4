"""What it cost: evaluation time beside the strategies' own time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ..analysis.costs import CostRow, costs
from ..charts.palette import Point
from ..errors import NothingToCompare
from ..items import Chart, Column, Specification, Table, Text
from ..report import Section
from ..store import Store

TITLE = "Cost"

_COLUMNS = (
    Column("Strategy"),
    Column("Task"),
    Column("Trials", "integer"),
    Column("Evaluation", "seconds"),
    Column("Proposing", "seconds"),
    Column("Learning", "seconds"),
    Column("Own time per trial", "seconds"),
)

_EXPLANATION = (
    "Evaluation is what a task says that its trials cost, where it says so: those of a recorded table cost what they "
    "took when they were recorded, though nobody waited now. Otherwise it is measured, and trials that were computed "
    "together share their time evenly. Own time is measured too: what a strategy took to propose trials and to learn "
    "of them."
)


def section(store: Store) -> Section:
    """Stacked bars over all tasks, and a table by task."""
    rows = costs(store)
    if not rows:
        raise NothingToCompare("no trial was run, so nothing was spent")
    totals = tuple(_total(name, rows) for name in store.strategies if any(row.strategy == name for row in rows))
    chart = Chart(
        "Seconds in all studies: evaluating trials, and the strategy's own time to propose and to learn.",
        f"Stacked bars, one for each of {len(totals)} strategies.",
        partial(_specification, totals),
        Table(
            "Seconds in all studies",
            (_COLUMNS[0], Column("Evaluation", "seconds"), Column("Own time", "seconds")),
            totals,
        ),
    )
    table = Table("Time by strategy and task, summed over seeds", _COLUMNS, tuple(map(_cells, rows)))
    return Section("cost", TITLE, (Text(_EXPLANATION), chart, table))


def _total(strategy: str, rows: Sequence[CostRow]) -> tuple[str, float, float]:
    own = [row for row in rows if row.strategy == strategy]
    evaluation = sum(row.evaluation_seconds for row in own)
    return strategy, evaluation, sum(row.ask_seconds + row.tell_seconds for row in own)


def _cells(row: CostRow) -> tuple[str | float | int, ...]:
    seconds = (row.evaluation_seconds, row.ask_seconds, row.tell_seconds, row.own_seconds_per_trial)
    return (row.strategy, row.task, row.trials, *seconds)


def _specification(totals: Sequence[tuple[str, float, float]]) -> Specification:
    from ..charts.interval import stacked_seconds

    points: list[Point] = []
    for strategy, evaluation, own in totals:
        points.append({"strategy": strategy, "part": "evaluation", "place": 0, "seconds": evaluation})
        points.append({"strategy": strategy, "part": "strategy's own time", "place": 1, "seconds": own})
    return stacked_seconds(points)
