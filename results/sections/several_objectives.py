"""Tasks with several objectives: how much hypervolume each strategy reached, and where its front lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ..analysis.curves import incumbent_curves
from ..analysis.fronts import median_front
from ..analysis.hypervolume import JointResults, joint_results, tasks_with_several_objectives
from ..analysis.significance import LEAST_BLOCKS
from ..analysis.volumes import VolumeRow, volume_rows
from ..charts.palette import Point
from ..errors import NothingToCompare
from ..items import Cell, Chart, Column, Item, Key, Note, Panels, Specification, Table, Text
from ..report import Section
from ..store import Store
from .curves import curve_panels

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
    items = (*_few_seeds(rows), _table(rows), *curve_panels(curves, store.strategies), *_fronts(found, store))
    return Section("several-objectives", "Several objectives", (Text(_EXPLANATION), *items, _box(found)))


def _few_seeds(rows: Sequence[VolumeRow]) -> tuple[Note, ...]:
    blocks = [row.against.blocks for row in rows if row.against is not None]
    if not blocks or max(blocks) >= LEAST_BLOCKS:
        return ()
    least = 2 / 2 ** max(blocks)
    few = f"{max(blocks)} seed{'' if max(blocks) == 1 else 's'}"
    told = f"With {few} no p-value can be below {least:.3g} before it is adjusted: a real difference may well not show."
    return (Note(told),)


def _table(rows: Sequence[VolumeRow]) -> Table:
    is_tested = any(row.against is not None for row in rows)
    tested = "; compared with random by Wilcoxon's signed-rank test over seeds, adjusted by Holm" if is_tested else ""
    caption = f"Hypervolume at the end: median over seeds and its bootstrap interval{tested}."
    cells = tuple(_cells(row) if is_tested else _cells(row)[: len(_COLUMNS)] for row in rows)
    return Table(caption, (*_COLUMNS, *(_TESTS if is_tested else ())), cells)


def _cells(row: VolumeRow) -> tuple[Cell, ...]:
    tests = (None, None) if row.against is None else (row.against.p_holm, row.against.effect)
    return (row.task, row.strategy, row.volume, row.low, row.high, row.front, row.seeds, *tests)


def _fronts(found: Sequence[JointResults], store: Store) -> tuple[Item, ...]:
    """A chart for each task with two objectives."""
    charts = tuple(_front_chart(results, store) for results in found if len(results.objectives) == 2)
    others = ", ".join(results.task for results in found if len(results.objectives) > 2)
    notes = (Note(f"Not drawn, since they have more than two objectives: the fronts on {others}."),) if others else ()
    caption = (
        "Median fronts: what at least half of a strategy's seeds reach or exceed (their 50% attainment surface), of "
        "seeds with a success."
    )
    return (*((Key(store.strategies), Panels(caption, charts)) if charts else ()), *notes)


def _front_chart(results: JointResults, store: Store) -> Chart:
    fronts = {name: front for name in store.strategies if len(front := _median_front(results, store, name))}
    first, second = (f"{name} ({_better(goal)})" for name, goal in zip(results.objectives, results.goals, strict=True))
    columns = (Column("Strategy"), *(Column(name, "number", 4) for name in results.objectives))
    rows = tuple((name, float(x), float(y)) for name, front in fronts.items() for x, y in front)
    return Chart(
        results.task,
        f"Stairs of the median front of {len(fronts)} strategies on {results.task}: {first} against {second}.",
        partial(_specification, fronts, _worst(results, fronts), store.strategies, (first, second)),
        Table(f"Median fronts on {results.task}", columns, rows),
    )


def _median_front(results: JointResults, store: Store, strategy: str) -> NDArray[np.float64]:
    """The values [m, 2] of the median front, from the best of the first objective to its worst; none without one."""
    studies = store.studies
    mine = studies.index[(studies["task"] == results.task) & (studies["strategy"] == strategy)]
    fronts = [front for position in mine if len(front := results.front_of(position))]
    return results.values(median_front(fronts)) if fronts else np.empty((0, 2))


def _worst(results: JointResults, fronts: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """The worst value of each objective on any of the fronts."""
    losses = results.values(np.concatenate(list(fronts.values())))
    return results.values(losses.max(axis=0))


def _better(goal: str) -> str:
    return "lower is better" if goal == "minimize" else "higher is better"


def _specification(
    fronts: Mapping[str, NDArray[np.float64]],
    ends: NDArray[np.float64],
    strategies: tuple[str, ...],
    titles: tuple[str, str],
) -> Specification:
    """Each front from where the worst values of all fronts end [2] to there: what lies beyond a corner is reached."""
    from ..charts.front import fronts as draw

    points: list[Point] = []
    for name, front in fronts.items():
        stairs = [(front[0, 0], ends[1]), *front, (ends[0], front[-1, 1])]
        for place, (x, y) in enumerate(stairs):
            is_corner = 0 < place <= len(front)
            points.append({"strategy": name, "place": place, "x": float(x), "y": float(y), "corner": int(is_corner)})
    return draw(points, strategies, titles)


def _box(found: Sequence[JointResults]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for results in found:
        ends = results.values(np.array([results.best, results.reference])).T.tolist()
        for name, goal, (best, end) in zip(results.objectives, results.goals, ends, strict=True):
            rows.append((results.task, name, _better(goal).split()[0], best, end))
    caption = "Where hypervolumes are measured: from the best value on a front to the reference point."
    return Table(caption, _BOX, tuple(rows))
