"""The best value so far on each task: the median over seeds, with the middle half as a band."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ..analysis.curves import TaskCurves, incumbent_curves
from ..charts.palette import Point
from ..errors import NothingToCompare
from ..items import Cell, Chart, Column, Item, Key, Note, Panels, Specification, Table
from ..report import Section
from ..store import Store

_MOST_POINTS = 120
"""Points of a line in a small chart; more would not be seen."""
_MAGNITUDES = 50.0
"""A logarithmic scale from this ratio of the largest to the smallest value on."""


def section(store: Store) -> Section:
    """One small chart a task with one objective."""
    curves = [curve for curve in incumbent_curves(store) if np.isfinite(curve.losses).any()]
    if not curves:
        raise NothingToCompare("no trial succeeded at the highest fidelity, so there is no best value to follow")
    alone = [curve for curve in curves if not curve.is_hypervolume]
    elsewhere = ", ".join(curve.task for curve in curves if curve.is_hypervolume)
    notes = [Note(f"Under \u201cSeveral objectives\u201d, by hypervolume: {elsewhere}.")] if elsewhere else []
    return Section("best-so-far", "Best so far", (*notes, *(curve_panels(alone, store.strategies) if alone else ())))


def curve_panels(curves: Sequence[TaskCurves], strategies: tuple[str, ...]) -> tuple[Item, ...]:
    """One small chart a task, under a key of the strategies, with notes on what to be careful about."""
    lone = "One seed only: there is no band, and no way to tell luck from skill."
    notes = (Note(lone),) if _is_single(curves) else ()
    charts = tuple(_chart(curve, strategies) for curve in curves)
    return (*notes, Key(strategies), Panels(_caption(curves), charts))


def _caption(curves: Sequence[TaskCurves]) -> str:
    band = "" if _is_single(curves) else " Lines are medians over seeds, bands the middle half of the seeds."
    is_cut = any(_limits(_quartiles(curve)) for curve in curves)
    cut = " Values of the first tenth of the budget are cut off where they would dwarf the rest." if is_cut else ""
    what = "Hypervolume" if all(curve.is_hypervolume for curve in curves) else "Best value so far"
    unit = "a share of that of all trials together" if what == "Hypervolume" else "in the task's own unit"
    return f"{what} over the {_budget(curves)} of a study, {unit}.{band}{cut}"


def _budget(curves: Sequence[TaskCurves]) -> str:
    """What is counted from left to right in these charts."""
    units = {_unit(curve) for curve in curves}
    return " or ".join(sorted(units, reverse=True))


def _unit(curve: TaskCurves) -> str:
    return "work" if curve.is_by_work else "trials"


def _is_single(curves: Sequence[TaskCurves]) -> bool:
    return all(curve.ran.sum(axis=1).max() < 2 for curve in curves)


def _chart(curve: TaskCurves, strategies: tuple[str, ...]) -> Chart:
    low, median, high = _quartiles(curve)
    better = "lower is better" if curve.goal == "minimize" else "higher is better"
    return Chart(
        f"{curve.task} ({better})",
        f"{_measure(curve)} on {curve.task} over {curve.length} {_axis(curve)}, one line a strategy; {better}.",
        partial(_specification, curve, strategies),
        _table(curve, low, median, high),
    )


def _quartiles(curve: TaskCurves) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Lower quartile, median and upper quartile [strategies, trials] of the seeds that have had a success.

    NaN until half of the seeds have had one, since the lucky few would flatter the strategy.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # all seeds NaN: so is their quantile
        low, median, high = np.nanquantile(curve.values, [0.25, 0.5, 0.75], axis=1)
    is_early = 2 * np.isfinite(curve.losses).sum(axis=1) < curve.ran.sum(axis=1)[:, None]
    return np.where(is_early, np.nan, low), np.where(is_early, np.nan, median), np.where(is_early, np.nan, high)


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

    quartiles = _quartiles(curve)
    chosen = np.unique(np.linspace(0, curve.length - 1, min(curve.length, _MOST_POINTS)).round().astype(int))
    points: list[Point] = [
        {"strategy": name, "trial": int(trial) + 1, "low": low, "median": median, "high": high}
        for place, name in enumerate(curve.strategies)
        for trial in chosen
        for low, median, high in [[float(quartile[place, trial]) for quartile in quartiles]]
        if np.isfinite(median)
    ]
    axis = ValueAxis(curve.objective, _spans_magnitudes(quartiles), _limits(quartiles), _axis(curve))
    return best_so_far(points, strategies, axis)


def _spans_magnitudes(quartiles: Sequence[NDArray[np.float64]]) -> bool:
    low, high = _range(quartiles)
    return low > 0 and high / low > _MAGNITUDES


def _limits(quartiles: Sequence[NDArray[np.float64]]) -> tuple[float, float] | None:
    """The range after a tenth of the budget, if the values before would squeeze it into less than half of the chart."""
    if _spans_magnitudes(quartiles):
        return None
    low, high = _range(quartiles)
    late_low, late_high = _range([quartile[:, quartile.shape[1] // 10 :] for quartile in quartiles])
    is_squeezed = 0 < late_high - late_low < (high - low) / 2
    return (late_low, late_high) if is_squeezed else None


def _range(quartiles: Sequence[NDArray[np.float64]]) -> tuple[float, float]:
    values = np.concatenate([quartile[np.isfinite(quartile)] for quartile in quartiles])
    return (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
