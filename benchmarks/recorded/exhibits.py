"""What a trial of a table teaches: where it stands among all that was recorded, and which parameters matter there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from results.charts.plain import Axes, Overlay, bars, lines
from results.exhibits import Exhibit
from results.items import Cell, Column, Table, Text

from .evaluations import Evaluations
from .nearest import is_a_name, points_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tuner.configuration import Value
    from tuner.problem import Objective

_POINTS: Final = 101
_GROUPS: Final = 8
"""Of a parameter whose values are many: neighbours on its scale together."""


def exhibits_of(evaluations: Evaluations, value: float) -> tuple[Exhibit, ...]:
    """The exhibits of a trial whose first objective is `value` at the highest fidelity."""
    objective = evaluations.problem.objectives[0]
    values = _means(evaluations, objective.name)
    return _standing(evaluations, objective, values, value), _parameters(evaluations, objective, values)


def _standing(evaluations: Evaluations, objective: Objective, values: NDArray[np.float64], value: float) -> Exhibit:
    losses = np.array([objective.loss(number) for number in values[np.isfinite(values)].tolist()])
    better = int((losses < objective.loss(value)).sum())
    shares = np.linspace(0, 1, min(_POINTS, len(losses)))
    columns = (Column("share of configurations", "percent", 1), Column(objective.name, "number", 4))
    curve = zip(shares.tolist(), map(objective.loss, np.quantile(losses, shares).tolist()), strict=True)
    chart = lines(
        "Recorded values from the best to the worst, with a mark at the trial",
        "A line that leads from the best value to the worst over the share of configurations passed.",
        Table("Recorded configurations", columns, tuple(curve)),
        Axes(columns[0].name, objective.name),
        overlays=[Overlay(Table("The trial", columns, ((better / len(losses), value),)))],
    )
    failed = len(values) - len(losses)
    are = f"{better} are" if better != 1 else "1 is"
    text = f"Of {len(losses)} recorded configurations {are} better than the trial at the highest fidelity"
    text += f"; {failed} more failed." if failed else "."
    if evaluations.rows.shape[2] > 1:
        text += " They stand at the means of their replicates; the trial is one replicate, which may be a lucky one."
    return Exhibit("standing", "Where the trial stands among all", (Text(text), chart))


def _parameters(evaluations: Evaluations, objective: Objective, values: NDArray[np.float64]) -> Exhibit:
    known = np.flatnonzero(np.isfinite(values))
    groups = _groups(evaluations, known)
    ranks = np.unique([objective.loss(value) for value in values[known].tolist()], return_inverse=True)[1]
    shares = {name: _share(group, ranks.astype(np.float64)) for name, group in groups.items()}
    ordered = sorted(shares, key=lambda name: -shares[name])
    columns = (Column("parameter"), Column("share", "percent"))
    chart = bars(
        f"How much of the ranks in {objective.name} each parameter explains by itself",
        "One bar a parameter, the longest for the one that matters most.",
        Table("Share of the variance", columns, tuple((name, shares[name]) for name in ordered)),
        Axes("parameter", "share"),
    )
    text = (
        f"All recorded configurations ranked by {objective.name}: a bar is the share of the variance of the ranks that "
        f"lies between the parameter's values, or {_GROUPS} ranges of them. What parameters do together is in no bar."
    )
    median = Column(f"median {objective.name} there", "number", 4)
    rows = []
    for name in ordered:
        settings = [evaluations.configurations[row].get(name) for row in known.tolist()]
        rows.append((name, *_ends(settings, values[known], groups[name], objective)))
    table = Table(
        "The values, or ranges of them, with the best and the worst median",
        (Column("parameter"), Column("best"), replace(median, field="best_median"), Column("worst"), median),
        tuple(rows),
    )
    return Exhibit("parameters", "Which parameters matter", (Text(text), chart, table))


def _means(evaluations: Evaluations, name: str) -> NDArray[np.float64]:
    """The mean over replicates of each configuration at the highest fidelity [C]; NaN where all failed."""
    rows = evaluations.rows[:, evaluations.level_of(None)]
    found = np.where(rows >= 0, evaluations.numbers[name][rows], np.nan)
    counts = np.isfinite(found).sum(axis=1)
    means: NDArray[np.float64] = np.where(counts > 0, np.nansum(found, axis=1) / np.maximum(counts, 1), np.nan)
    return means


def _groups(evaluations: Evaluations, known: NDArray[np.intp]) -> dict[str, NDArray[np.intp]]:
    """For each parameter, which group of its values each of the known configurations belongs to [n], from 0."""
    space = evaluations.space
    points = points_of(space, evaluations.configurations)[known]
    groups = {}
    for name, column in zip(space.names, points.T, strict=True):
        is_few = is_a_name(space, name) or len(np.unique(column)) <= 2 * _GROUPS
        ranges = np.minimum(np.floor(column * _GROUPS), _GROUPS - 1)
        groups[name] = np.unique(column if is_few else ranges, return_inverse=True)[1]
    return groups


def _share(group: NDArray[np.intp], ranks: NDArray[np.float64]) -> float:
    means = np.bincount(group, ranks) / np.bincount(group)
    return float(means[group].var() / max(ranks.var(), 1e-300))


def _ends(
    settings: Sequence[Value | None], values: NDArray[np.float64], group: NDArray[np.intp], objective: Objective
) -> tuple[Cell, ...]:
    """A parameter's best group and the median of the values [n] there, then its worst; `settings` are its own [n]."""
    medians = [float(np.median(values[group == number])) for number in range(group.max() + 1)]
    losses = [objective.loss(median) for median in medians]
    cells: list[Cell] = []
    for place in (int(np.argmin(losses)), int(np.argmax(losses))):
        cells += [_written([settings[row] for row in np.flatnonzero(group == place).tolist()]), medians[place]]
    return tuple(cells)


def _written(settings: Sequence[Value | None]) -> str:
    """The values of a group: alike, or numbers."""
    numbers = [setting for setting in settings if isinstance(setting, int | float)]
    if not numbers:
        return "not active" if settings[0] is None else str(settings[0])
    low, high = min(numbers), max(numbers)
    return f"{low:.3g}" if low == high else f"{low:.3g} to {high:.3g}"
