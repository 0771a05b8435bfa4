"""Tasks with several objectives: how much hypervolume each strategy reached, and where its front lies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..analysis.curves import incumbent_curves
from ..analysis.hypervolume import JointResults, joint_results, tasks_with_several_objectives
from ..analysis.significance import LEAST_BLOCKS
from ..analysis.volumes import VolumeRow, volume_rows
from ..errors import NothingToCompare
from ..items import Cell, Column, Note, Table, Text
from ..report import Section
from ..store import Store
from ..wording import counted
from .attained_fronts import attained_fronts, better
from .curves import curve_panels, over_trials

TITLE = "Several objectives"

_COLUMNS = (
    Column("Task"),
    Column("Strategy"),
    Column("Hypervolume", "number"),
    Column("95% from", "number", field="low"),
    Column("to", "number", field="high"),
    Column("Trials on the front", "number", 1, field="front"),
    Column("Seeds", "integer"),
)
_TESTS = (
    Column("p (Holm)", "probability"),
    Column("Effect", "number", 2),
)
_BOX = (
    Column("Task"),
    Column("Objective"),
    Column("Better"),
    Column("Best on a front", "number", 4, field="best"),
    Column("Reference", "number", 4),
)

_EXPLANATION = (
    "Hypervolume: of all that the trials of all strategies together dominate, the share that the trials of one study "
    "dominate; 0 is nothing, 1 is as good as all together. It is measured up to a reference point that is the same for "
    "every strategy: in each objective the worst value on the front of any study, and a tenth of the range of those "
    "fronts beyond it. So it compares strategies within this report, and not with other reports."
)


def section(store: Store) -> Section | None:
    """A table, curves and fronts; nothing where every task has one objective."""
    tasks = tasks_with_several_objectives(store)
    if not tasks:
        return None
    found = [results for task in tasks if (results := joint_results(store, task)) is not None]
    if not found:
        raise NothingToCompare("no trial of a task with several objectives succeeded at the highest fidelity")
    curves = [curve for curve in incumbent_curves(store) if curve.is_hypervolume and np.isfinite(curve.losses).any()]
    rows = volume_rows(store)
    items = (
        *_few_seeds(rows),
        _table(rows),
        *curve_panels(curves, store.strategies, over_trials(store, curves)),
        *attained_fronts(found, store),
    )
    return Section("several-objectives", TITLE, (Text(_EXPLANATION), *items, _box(found)))


def _few_seeds(rows: Sequence[VolumeRow]) -> tuple[Note, ...]:
    blocks = [row.against.blocks for row in rows if row.against is not None]
    if not blocks or max(blocks) >= LEAST_BLOCKS:
        return ()
    least = 2 / 2 ** max(blocks)
    few = f"With {counted(max(blocks), 'seed')} no p-value can be below {least:.3g} before it is adjusted"
    return (Note(f"{few}: a real difference may well not show."),)


def _table(rows: Sequence[VolumeRow]) -> Table:
    is_tested = any(row.against is not None for row in rows)
    tested = "; compared with random by Wilcoxon's signed-rank test over seeds, adjusted by Holm" if is_tested else ""
    caption = f"Hypervolume at the end: median over seeds and its bootstrap interval{tested}."
    cells = tuple(_cells(row) if is_tested else _cells(row)[: len(_COLUMNS)] for row in rows)
    return Table(caption, (*_COLUMNS, *(_TESTS if is_tested else ())), cells)


def _cells(row: VolumeRow) -> tuple[Cell, ...]:
    tests = (None, None) if row.against is None else (row.against.p_holm, row.against.effect)
    return (row.task, row.strategy, row.volume, row.low, row.high, row.front, row.seeds, *tests)


def _box(found: Sequence[JointResults]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for results in found:
        ends = results.values(np.array([results.best, results.reference])).T.tolist()
        for name, goal, (best, end) in zip(results.objectives, results.goals, ends, strict=True):
            rows.append((results.task, name, better(goal).split()[0], best, end))
    caption = "Where hypervolumes are measured: from the best value on a front to the reference point."
    return Table(caption, _BOX, tuple(rows))
