"""The best so far over seconds: what a page's readers can choose to see in place of trials."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ..analysis.anytime import TimeCurves, time_curves
from ..analysis.curves import TaskCurves
from ..charts.palette import Point
from ..items import Specification
from ..store import Store
from .quartiles import Quartiles, limits_of, quartiles_of, spans_magnitudes

AXES = {"seconds": True, "seconds of evaluation": False}
"""How each is called, and whether it counts the strategies' own time beside that of the evaluations."""

_MOST_POINTS = 60
"""Points of a line; more would not be seen."""


def over_seconds(store: Store, curves: Sequence[TaskCurves]) -> Mapping[str, Mapping[str, Callable[[], Specification]]]:
    """By task, the charts over each kind of time; none for a task whose trials took no time."""
    wanted = {curve.task for curve in curves}
    found: dict[str, dict[str, Callable[[], Specification]]] = {}
    for name, own_time in AXES.items():
        for curve in time_curves(store, own_time=own_time):
            times = curve.grid(_MOST_POINTS)
            if curve.task in wanted and times.size and np.isfinite(_quartiles(curve, times)[1]).any():
                found.setdefault(curve.task, {})[name] = partial(_specification, curve, store.strategies)
    return found


def _quartiles(curve: TimeCurves, times: NDArray[np.float64]) -> Quartiles:
    losses = curve.losses(times)
    ran = np.zeros(losses.shape[:2], dtype=np.bool_)
    for study in curve.studies:
        ran[curve.strategies.index(study.strategy), curve.seeds.index(study.seed)] = True
    return quartiles_of(-losses if curve.goal == "maximize" else losses, ran)


def _specification(curve: TimeCurves, strategies: tuple[str, ...]) -> Specification:
    from ..charts.curve import ValueAxis, best_so_far

    times = curve.grid(_MOST_POINTS)
    quartiles = _quartiles(curve, times)
    points: list[Point] = [
        {"strategy": name, "trial": float(times[place]), "low": low, "median": median, "high": high}
        for row, name in enumerate(curve.strategies)
        for place in range(times.size)
        for low, median, high in [[float(quartile[row, place]) for quartile in quartiles]]
        if np.isfinite(median)
    ]
    along = "seconds with the strategy's own time" if curve.counts_own_time else "seconds of evaluation"
    axis = ValueAxis(curve.objective, spans_magnitudes(quartiles), limits_of(quartiles), along, is_time=True)
    return best_so_far(points, strategies, axis)
