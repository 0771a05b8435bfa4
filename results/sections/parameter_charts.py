"""The charts of one parameter, or of all parameters of a task, each with its data as a table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

from ..analysis.partial_dependence import Dependence
from ..analysis.pooled_trials import PooledTrials
from ..analysis.regions import Region
from ..analysis.stored_space import StoredParameter
from ..charts.palette import Point
from ..items import Cell, Chart, Column, Specification, Table


def dependence_chart(found: Dependence, task: str) -> Chart:
    """The predicted rank over the values of a parameter."""
    name, is_number = found.parameter.name, found.parameter.is_number
    shares = [Column(title, "percent", 0) for title in ("Trials that are better", "Quartile from", "to")]
    columns = (Column(name, "number", 4) if is_number else Column(name), *shares)
    rows = tuple((point["value"], point["mean"], point["low"], point["high"]) for point in _dependence_points(found))
    return Chart(
        name,
        f"The predicted share of trials that are better, over {name} on {task}.",
        partial(_dependence_specification, found),
        Table(f"Partial dependence on {name} on {task}", columns, rows),
        task=task,
    )


def region_chart(regions: Sequence[Region], strategies: tuple[str, ...]) -> Chart:
    """Where each strategy searched in the range of one parameter, the same in all of these regions."""
    task, name = regions[0].task, regions[0].parameter.name
    quartiles = [Column(title, "number", 4) for title in ("Quartile from", "Median", "to")]
    return Chart(
        name,
        f"Middle half of the values of {name} that each of {len(regions)} strategies tried on {task}.",
        partial(_region_specification, tuple(regions), strategies),
        Table(
            f"Values of {name} on {task}, last half of the trials",
            (Column("Strategy"), *quartiles),
            tuple((region.strategy, *region.values) for region in regions),
        ),
        task=task,
    )


def parallel_chart(best: PooledTrials, parameters: Sequence[StoredParameter], strategies: tuple[str, ...]) -> Chart:
    """The best trials of a task as lines through these parameters of its space, the best one first in the table."""
    names = [parameter.name for parameter in parameters]
    columns = (Column("Strategy"), *(Column(f"{name}, place", "percent", 0) for name in names))
    order = best.losses.argsort(kind="stable").tolist()
    cells = {name: best.units[:, best.space.parameters.index(one)] for name, one in zip(names, parameters, strict=True)}
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (best.strategies[trial], *(float(cells[name][trial]) for name in names)) for trial in order
    )
    return Chart(
        f"The best tenth of all trials on {best.task} that succeeded, {_lines(best)}, each through its places in the "
        f"ranges of {_axes(best, parameters)}.",
        f"Lines through {len(names)} parameters, one for each of {len(order)} trials.",
        partial(_parallel_specification, rows, names, strategies),
        Table(f"The best trials on {best.task}", columns, rows),
        task=best.task,
    )


def _lines(best: PooledTrials) -> str:
    drawn = len(best.losses)
    return f"{drawn} lines" if drawn == best.total else f"{drawn} of {best.total:,} lines, drawn by lot"


def _axes(best: PooledTrials, parameters: Sequence[StoredParameter]) -> str:
    among = len(best.space.parameters)
    return "the parameters" if len(parameters) == among else f"{len(parameters)} of the {among} parameters"


def _dependence_points(found: Dependence) -> list[Point]:
    values = found.values if found.parameter.is_number else tuple(map(str, found.values))
    columns = (found.mean.tolist(), found.low.tolist(), found.high.tolist())
    return [
        {"value": value, "mean": mean, "low": low, "high": high}
        for value, mean, low, high in zip(values, *columns, strict=True)
    ]


def _dependence_specification(found: Dependence) -> Specification:
    from ..charts.dependence import ParameterAxis, dependence_on_choice, dependence_on_number

    one, points = found.parameter, _dependence_points(found)
    if not one.is_number:
        return dependence_on_choice(points, one.name)
    return dependence_on_number(points, ParameterAxis(one.name, (one.low, one.high), is_logarithmic=one.is_log))


def _region_specification(regions: Sequence[Region], strategies: tuple[str, ...]) -> Specification:
    from ..charts.dependence import ParameterAxis
    from ..charts.region import searched_regions

    one = regions[0].parameter
    points: list[Point] = [
        dict(zip(("strategy", "low", "median", "high"), (region.strategy, *region.values), strict=True))
        for region in regions
    ]
    return searched_regions(points, strategies, ParameterAxis(one.name, (one.low, one.high), is_logarithmic=one.is_log))


def _parallel_specification(
    rows: Sequence[tuple[Cell, ...]], names: Sequence[str], strategies: tuple[str, ...]
) -> Specification:
    from ..charts.parallel_coordinates import parallel_coordinates

    points: list[Point] = [
        {"strategy": str(row[0]), "trial": trial, "parameter": name, "place": _known(place)}
        for trial, row in enumerate(rows)
        for name, place in zip(names, row[1:], strict=True)
    ]
    return parallel_coordinates(points, strategies, names)


def _known(place: Cell) -> float | None:
    """As exact as a picture can be; None where the parameter is not active."""
    return round(place, 3) if isinstance(place, float) and not math.isnan(place) else None
