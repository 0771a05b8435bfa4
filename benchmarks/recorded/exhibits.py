"""What a trial of a table teaches: where it stands among all that was recorded, and which parameters matter there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from results.charts.plain import Axes, Overlay, bars, lines
from results.exhibits import Exhibit
from results.items import Column, Table, Text

from .evaluations import Evaluations
from .nearest import points_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

_POINTS: Final = 101
_GROUPS: Final = 8
"""Of a parameter with more values: neighbours on its scale together."""


def exhibits_of(evaluations: Evaluations, value: float) -> tuple[Exhibit, ...]:
    """The exhibits of a trial whose first objective is `value` at the highest fidelity."""
    objective = evaluations.problem.objectives[0]
    values = _means(evaluations, objective.name)
    known = np.isfinite(values)
    losses = np.array([objective.loss(number) for number in values[known].tolist()])
    better = int((losses < objective.loss(value)).sum())
    shares = np.linspace(0, 1, min(_POINTS, len(losses)))
    columns = (Column("share of configurations", "percent", 1), Column(objective.name, "number", 4))
    curve = zip(shares.tolist(), map(objective.loss, np.quantile(losses, shares).tolist()), strict=True)
    mark = Table("The trial", columns, ((better / len(losses), value),))
    standing = lines(
        "Recorded values from the best to the worst, with a mark at the trial",
        "A line that leads from the best value to the worst over the share of configurations passed.",
        Table("Recorded configurations", columns, tuple(curve)),
        Axes(columns[0].name, objective.name),
        overlays=[Overlay(mark)],
    )
    text = (
        f"Of {len(losses)} recorded configurations, each at the mean of its replicates, {better} are better than the "
        f"trial at the highest fidelity; {len(values) - len(losses)} more failed."
    )
    explained = bars(
        f"How much of the ranks in {objective.name} each parameter explains by itself",
        "One bar a parameter, the longest for the one that matters most.",
        _shares(evaluations, known, losses),
        Axes("parameter", "share"),
    )
    told = (
        f"All recorded configurations ranked by {objective.name}: a bar is the share of the variance of the ranks that "
        f"lies between the parameter's values, or {_GROUPS} ranges of them. What parameters do together is in no bar."
    )
    first = Exhibit("standing", "Where the trial stands among all", (Text(text), standing))
    return first, Exhibit("parameters", "Which parameters matter", (Text(told), explained))


def _means(evaluations: Evaluations, name: str) -> NDArray[np.float64]:
    """The mean over replicates of each configuration at the highest fidelity [C]; NaN where all failed."""
    rows = evaluations.rows[:, evaluations.level_of(None)]
    found = np.where(rows >= 0, evaluations.numbers[name][rows], np.nan)
    counts = np.isfinite(found).sum(axis=1)
    means: NDArray[np.float64] = np.where(counts > 0, np.nansum(found, axis=1) / np.maximum(counts, 1), np.nan)
    return means


def _shares(evaluations: Evaluations, known: NDArray[np.bool_], losses: NDArray[np.float64]) -> Table:
    ranks = np.unique(losses, return_inverse=True)[1].astype(np.float64)
    points = points_of(evaluations.space, evaluations.configurations)[known]
    rows: list[tuple[str, float]] = []
    for name, column in zip(evaluations.space.names, points.T, strict=True):
        is_few = len(np.unique(column)) <= 2 * _GROUPS
        group = np.unique(column if is_few else np.floor(column * _GROUPS), return_inverse=True)[1]
        means = np.bincount(group, ranks) / np.bincount(group)
        rows.append((name, float(means[group].var() / max(ranks.var(), 1e-300))))
    rows.sort(key=lambda row: -row[1])
    return Table("Share of the variance", (Column("parameter"), Column("share", "percent")), tuple(rows))
