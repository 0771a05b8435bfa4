"""The best value so far on each task: the median over seeds, with the middle half as a band."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..analysis.curves import TaskCurves, incumbent_curves
from ..charts.palette import Point
from ..errors import NothingToCompare
from ..items import Cell, Chart, Column, Item, Key, Note, Panels, Specification, Table
from ..report import Section
from ..store import Store
from .quartiles import limits_of, quartiles_of, spans_magnitudes, thinned
from .time_axes import over_seconds

TITLE = "Best so far"

_MOST_POINTS = 120
"""Points of a line in a small chart; more would not be seen."""


def section(store: Store) -> Section:
    """One small chart a task with one objective."""
    curves = [curve for curve in incumbent_curves(store) if np.isfinite(curve.losses).any()]
    if not curves:
        raise NothingToCompare("no trial succeeded at the highest fidelity, so there is no best value to follow")
    alone = [curve for curve in curves if not curve.is_hypervolume]
    elsewhere = ", ".join(curve.task for curve in curves if curve.is_hypervolume)
    notes = [Note(f"Under \u201cSeveral objectives\u201d, by hypervolume: {elsewhere}.")] if elsewhere else []
    times = over_seconds(store, alone)
    shown = curve_panels(alone, store.strategies, over_trials(store, alone), times) if alone else ()
    return Section("best-so-far", TITLE, (*notes, *shown))


def over_trials(store: Store, curves: Sequence[TaskCurves]) -> Mapping[str, TaskCurves]:
    """By task, the same over trials where work is counted: what it would look like if each trial cost the same."""
    if not any(curve.is_by_work for curve in curves):
        return {}
    counted = {curve.task: curve for curve in incumbent_curves(store, by_trials=True)}
    return {curve.task: counted[curve.task] for curve in curves if curve.is_by_work}


Ways: TypeAlias = Mapping[str, Callable[[], Specification]]
"""Ways to lay a chart out, by what lies along its bottom."""


def curve_panels(
    curves: Sequence[TaskCurves],
    strategies: tuple[str, ...],
    by_trials: Mapping[str, TaskCurves] = MappingProxyType({}),
    over_time: Mapping[str, Ways] = MappingProxyType({}),
) -> tuple[Item, ...]:
    """One small chart a task, under a key of the strategies, with notes on what to be careful about.

    What a page's readers can choose instead, by task: `by_trials` where work is counted, and `over_time`.
    """
    lone = "One seed only: there is no band, and no way to tell luck from skill."
    notes = (*((Note(lone),) if _is_single(curves) else ()), *_without_a_line(curves))
    charts = tuple(
        _chart(curve, strategies, by_trials.get(curve.task), over_time.get(curve.task, {})) for curve in curves
    )
    return (*notes, Key(strategies), Panels(_caption(curves), charts))


def _without_a_line(curves: Sequence[TaskCurves]) -> tuple[Note, ...]:
    """Names those whose median is unknown to the end."""
    absent = {curve.task: ", ".join(_lineless(curve)) for curve in curves}
    told = "; ".join(f"{names} on {task}" for task, names in absent.items() if names)
    why = "Without a line, since in fewer than half of the seeds any trial succeeded at the highest fidelity"
    return (Note(f"{why}: {told}."),) if told else ()


def _lineless(curve: TaskCurves) -> list[str]:
    found, ran = np.isfinite(curve.losses[:, :, -1]).sum(axis=1), curve.ran.sum(axis=1)
    return [name for name, few in zip(curve.strategies, 2 * found < ran, strict=True) if few]


def _caption(curves: Sequence[TaskCurves]) -> str:
    band = "" if _is_single(curves) else " Lines are medians over seeds, bands the middle half of the seeds."
    is_cut = any(limits_of(quartiles_of(curve.values, curve.ran)) for curve in curves)
    cut = " Values of the first tenth of the budget are cut off where they would dwarf the rest." if is_cut else ""
    what = "Hypervolume" if all(curve.is_hypervolume for curve in curves) else "Best value so far"
    unit = "a share of that of all trials together" if what == "Hypervolume" else "in the task's own unit"
    is_thinned = any(curve.length > _MOST_POINTS for curve in curves)
    thin = f" Of longer lines {_MOST_POINTS} even steps are drawn, and where they are extreme." if is_thinned else ""
    return f"{what} over the {_budget(curves)} of a study, {unit}.{band}{cut}{thin}"


def _budget(curves: Sequence[TaskCurves]) -> str:
    """What is counted from left to right in these charts."""
    units = {_unit(curve) for curve in curves}
    return " or ".join(sorted(units, reverse=True))


def _unit(curve: TaskCurves) -> str:
    return "work" if curve.is_by_work else "trials"


def _is_single(curves: Sequence[TaskCurves]) -> bool:
    return all(curve.ran.sum(axis=1).max() < 2 for curve in curves)


def _chart(curve: TaskCurves, strategies: tuple[str, ...], by_trials: TaskCurves | None, over_time: Ways) -> Chart:
    low, median, high = quartiles_of(curve.values, curve.ran)
    better = "lower is better" if curve.goal == "minimize" else "higher is better"
    counted: Ways = {
        _unit(way): partial(_specification, way, strategies) for way in (curve, by_trials) if way is not None
    }
    ways: Ways = {**counted, **over_time}
    return Chart(
        f"{curve.task} ({better})",
        f"{_measure(curve)} on {curve.task} over {curve.length} {_axis(curve)}, one line a strategy; {better}.",
        partial(_specification, curve, strategies),
        _table(curve, low, median, high),
        task=curve.task,
        axes=ways if len(ways) > 1 else {},
    )


def _table(curve: TaskCurves, *quartiles: NDArray[np.float64]) -> Table:
    columns = (
        Column("Strategy"),
        Column(_unit(curve).capitalize(), "integer"),
        *map(_number, ("Lower quartile", "Median", "Upper quartile")),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (strategy, trial, *(float(quartile[place, trial - 1]) for quartile in quartiles))
        for place, strategy in enumerate(curve.strategies)
        for trial in _milestones(curve.length)
    )
    return Table(f"{_measure(curve)} on {curve.task}", columns, rows)


def _measure(curve: TaskCurves) -> str:
    return "Hypervolume so far" if curve.is_hypervolume else f"Best {curve.objective} so far"


def _axis(curve: TaskCurves) -> str:
    return "full evaluations' worth of work" if curve.is_by_work else "trials"


def _number(name: str) -> Column:
    return Column(name, "number", 4)


def _milestones(trials: int) -> list[int]:
    """A first, a tenth, a quarter, a half and all of the budget."""
    return sorted({1, *(max(1, round(trials * share)) for share in (0.1, 0.25, 0.5, 1.0))})


def _specification(curve: TaskCurves, strategies: tuple[str, ...]) -> Specification:
    from ..charts.curve import ValueAxis, best_so_far

    quartiles = quartiles_of(curve.values, curve.ran)
    lines = zip(*quartiles, strict=True)
    points: list[Point] = [
        {"strategy": name, "trial": int(trial) + 1, "low": low, "median": median, "high": high}
        for place, (name, line) in enumerate(zip(curve.strategies, lines, strict=True))
        for trial in thinned(line, _MOST_POINTS)
        for low, median, high in [[float(quartile[place, trial]) for quartile in quartiles]]
        if np.isfinite(median)
    ]
    axis = ValueAxis(curve.objective, spans_magnitudes(quartiles), limits_of(quartiles), _axis(curve))
    return best_so_far(points, strategies, axis)
