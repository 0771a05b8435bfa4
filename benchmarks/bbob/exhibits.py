"""What a point of a BBOB function teaches: the landscape around it, slices through it, the function's character."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from results.charts.plain import Axes, Overlay, heatmap, lines
from results.exhibits import Exhibit
from results.items import Chart, Column, Table, Text
from tuner.seeds import derive_seed
from tuner.trial import Trial

from .functions import FUNCTIONS
from .problem import Landscape, landscape_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .task import Bbob

_CELLS: Final = 30
_POINTS: Final = 81
_MOST_SLICES: Final = 4
_RANDOM_POINTS: Final = 10_000
_LEAST: Final = 1e-8
"""The precision at which COCO calls a function solved; nearer values are drawn as this."""


def exhibits(task: Bbob, trial: Trial) -> tuple[Exhibit, ...]:
    """Three views of the trial's point on the task's function."""
    landscape = landscape_of(task.function, task.dimension, task.instance)
    point = np.array([trial.configuration.number(f"x{i}") for i in range(task.dimension)])
    return _landscape(landscape, point), _slices(landscape, point), _character(task, landscape, point)


def _landscape(landscape: Landscape, point: NDArray[np.float64]) -> Exhibit:
    cut = "" if len(point) == 2 else ", the other coordinates staying where the trial has them"
    text = (
        f"The trial is {_above(landscape, point):.3g} above the optimum and {_away(landscape, point):.2f} away from "
        f"it. The map shows the first two coordinates{cut}; the colours are logarithmic, and darker is nearer to the "
        "optimum's value."
    )
    maps = [_map("through the trial's point", landscape, point)]
    if len(point) > 2:
        maps.append(_map("through the optimum", landscape, landscape.optimum))
        text += (
            " A second map is cut through the optimum instead, and only on it the optimum is where its mark is: "
            "where the two maps differ in shape, coordinates interact."
        )
    return Exhibit("landscape", "The landscape", (Text(text), *[_marked(*each, landscape, point) for each in maps]))


def _map(where: str, landscape: Landscape, centre: NDArray[np.float64]) -> tuple[str, Table]:
    """The distance on a grid over the first two coordinates, the others at the centre [d]."""
    middles = (np.arange(_CELLS) + 0.5) / _CELLS * 10 - 5
    grid = np.tile(centre, (_CELLS * _CELLS, 1))
    grid[:, 0], grid[:, 1] = np.tile(middles, _CELLS), np.repeat(middles, _CELLS)
    distances = np.maximum(landscape.distances(grid), _LEAST)
    rows = tuple((*pair, value) for pair, value in zip(grid[:, :2].tolist(), distances.tolist(), strict=True))
    columns = (Column("x0", "number", 3), Column("x1", "number", 3), Column("distance", "number", 8))
    return where, Table(f"Distance to the optimum, {where}", columns, rows)


def _marked(where: str, table: Table, landscape: Landscape, point: NDArray[np.float64]) -> Chart:
    rows = tuple((*place[:2].tolist(), name) for name, place in (("trial", point), ("optimum", landscape.optimum)))
    marks = Table("Marks", (Column("x0", "number", 3), Column("x1", "number", 3), Column("point")), rows)
    values = [float(row[2]) for row in table.rows if isinstance(row[2], float)]
    return heatmap(
        table.caption,
        f"A map of x0 and x1 {where}: distances from {min(values):.3g} to {max(values):.3g}, "
        "with the trial and the optimum marked.",
        table,
        Axes("x0", "x1"),
        value="distance",
        log_value=True,
        overlays=(Overlay(marks, label="point"),),
    )


def _slices(landscape: Landscape, point: NDArray[np.float64]) -> Exhibit:
    gaps = np.abs(point - landscape.optimum)
    axes = sorted(np.argsort(-gaps, kind="stable")[:_MOST_SLICES].tolist())
    rows: list[tuple[str | float, ...]] = []
    gains: dict[int, float] = {}
    for axis in axes:
        steps, distances = _slice(landscape, point, axis)
        gains[axis] = _above(landscape, point) - float(distances.min())
        rows += [(f"x{axis}", *pair) for pair in zip(steps.tolist(), distances.tolist(), strict=True)]
    best = max(gains, key=lambda axis: gains[axis])
    chosen = "" if len(axes) == len(point) else f" Shown are the {len(axes)} axes on which it is furthest off."
    text = (
        "Each line moves one coordinate and leaves the others where the trial has them. The best single move is "
        f"along x{best}: it takes off {max(gains[best], 0.0):.3g} of {_above(landscape, point):.3g}.{chosen}"
    )
    columns = (Column("axis"), Column("coordinate", "number", 3), Column("distance", "number", 8))
    table = Table("Distance along the axes", columns, tuple(rows))
    chart = lines(
        table.caption,
        f"{len(axes)} lines over the coordinate from -5 to 5, on a logarithmic scale.",
        table,
        Axes("coordinate", "distance", "axis", log_y=True),
    )
    return Exhibit("slices", "One coordinate at a time", (Text(text), chart))


def _slice(
    landscape: Landscape, point: NDArray[np.float64], axis: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    steps = np.linspace(-5.0, 5.0, _POINTS)
    moved = np.tile(point, (_POINTS, 1))
    moved[:, axis] = steps
    return steps, np.maximum(landscape.distances(moved), _LEAST)


def _character(task: Bbob, landscape: Landscape, point: NDArray[np.float64]) -> Exhibit:
    known = FUNCTIONS[task.function - 1]
    rng = np.random.default_rng(derive_seed(0, "bbob-random-points"))
    drawn = landscape.distances(rng.uniform(-5.0, 5.0, (_RANDOM_POINTS, task.dimension)))
    better = int((drawn < _above(landscape, point)).sum())
    text = (
        f"Function {task.function}, {known.name}, is of the group '{known.group}': {known.property}. "
        f"Of {_RANDOM_POINTS} points drawn uniformly from the box {better} are better than the trial's; "
        f"the best is {drawn.min():.3g} above the optimum, the median {np.median(drawn):.3g}."
    )
    rows = tuple((k, each.name, each.group, each.property) for k, each in enumerate(FUNCTIONS, start=1))
    columns = (Column("function", "integer"), Column("name"), Column("group"), Column("known for"))
    group = Table("Its group", columns, tuple(row for row in rows if row[2] == known.group))
    return Exhibit("character", "What this function is known for", (Text(text), group, Table("All 24", columns, rows)))


def _above(landscape: Landscape, point: NDArray[np.float64]) -> float:
    return float(landscape.distances(point[None, :])[0])


def _away(landscape: Landscape, point: NDArray[np.float64]) -> float:
    return float(np.linalg.norm(point - landscape.optimum))
