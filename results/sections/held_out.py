"""Validation beside held-out data: does the chosen configuration keep what it promised?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import groupby

from ..analysis.held_out import HeldOutRow, held_out
from ..analysis.hypervolume import tasks_with_several_objectives
from ..charts.palette import Point
from ..items import Chart, Column, Note, Panels, Specification, Table, Text
from ..report import Section
from ..store import Store

TITLE = "Validation and held-out"

_COLUMNS = (
    Column("Task"),
    Column("Strategy"),
    Column("Held-out value"),
    Column("Validation", "number", 4),
    Column("Held-out", "number", 4),
)

_EXPLANATION = (
    "Strategies see validation values only. Held-out values of the same chosen configurations show how much of the "
    "promise is kept; where the gap is wider than the lead, the lead may be overfitting to the validation data."
)
_CAPTION = (
    "Validation (hollow) and held-out (filled) values of the final incumbents, averaged over seeds; one dot where the "
    "two are the same."
)


def section(store: Store) -> Section | None:
    """A table and a small chart a task; nothing where no task reports held-out values."""
    rows = held_out(store)
    if not rows:
        return None
    table = Table("Final incumbents, averaged over seeds", _COLUMNS, tuple(map(_cells, rows)))
    by_task = [list(group) for _, group in groupby(rows, key=lambda row: row.task)]
    charts = tuple(_chart(group, store.strategies) for group in by_task)
    panels = Panels(_CAPTION, charts)
    several = ", ".join(tasks_with_several_objectives(store))
    left_out = f"Left out, since with several objectives no single trial is the best: {several}."
    notes = (Note(left_out),) if several else ()
    return Section("held-out", TITLE, (Text(_EXPLANATION), *notes, table, panels))


def _cells(row: HeldOutRow) -> tuple[str | float, ...]:
    return (row.task, row.strategy, row.name, row.validation, row.held_out)


def _chart(rows: Sequence[HeldOutRow], strategies: tuple[str, ...]) -> Chart:
    better = "lower is better" if rows[0].goal == "minimize" else "higher is better"
    return Chart(
        f"{rows[0].task} ({better})",
        f"Validation and held-out values on {rows[0].task}, one row for each of {len(rows)} strategies; {better}.",
        partial(_specification, rows, strategies),
        Table(f"Final incumbents on {rows[0].task}", _COLUMNS[1:], tuple(_cells(row)[1:] for row in rows)),
        task=rows[0].task,
    )


def _specification(rows: Sequence[HeldOutRow], strategies: tuple[str, ...]) -> Specification:
    from ..charts.interval import validation_and_held_out

    points: list[Point] = [
        {"strategy": row.strategy, "validation": row.validation, "held_out": row.held_out} for row in rows
    ]
    return validation_and_held_out(points, strategies, name=rows[0].name)
