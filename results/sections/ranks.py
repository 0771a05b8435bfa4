"""Mean ranks over all tasks, as the budget is spent."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from ..analysis.curves import TaskCurves, incumbent_curves
from ..analysis.ranks import MeanRanks, mean_rank_curves
from ..charts.palette import Point
from ..errors import NothingToCompare
from ..items import Cell, Chart, Column, Key, Note, Specification, Table
from ..report import Section
from ..store import Store

TITLE = "Rank over the budget"

_SHARES = (0.1, 0.25, 0.5, 1.0)


def section(store: Store) -> Section:
    """One line a strategy."""
    if len(store.strategies) < 2:
        raise NothingToCompare("ranks need two strategies; this store has one or none")
    curves = incumbent_curves(store)
    if not any(np.isfinite(curve.losses).any() for curve in curves):
        raise NothingToCompare("no trial succeeded at the highest fidelity, so there is nothing to rank")
    means = mean_rank_curves(curves)
    chart = Chart(
        "Mean rank over all tasks and seeds as the budget is spent; 1 is best. Those that have found nothing yet share "
        "the last rank.",
        f"Lines of the mean rank of {len(means.strategies)} strategies over the share of the budget that is spent.",
        partial(_specification, means, store.strategies),
        _table(means),
    )
    return Section("ranks", TITLE, (*_absent(curves, means.strategies), Key(store.strategies), chart))


def _absent(curves: Sequence[TaskCurves], strategies: Sequence[str]) -> tuple[Note, ...]:
    """Names those who do not have a rank on each task, which moves their mean."""
    ran = [{name for name, seeds in zip(c.strategies, c.ran, strict=True) if seeds.any()} for c in curves]
    absent = ", ".join(name for name in strategies if not all(name in there for there in ran))
    return (Note(f"Ranked on fewer tasks than the others, since they did not run on all: {absent}."),) if absent else ()


def _table(means: MeanRanks) -> Table:
    columns = (Column("Strategy"), *(Column(f"{share:.0%} of the budget", "number", 2) for share in _SHARES))
    places = [int(np.abs(means.trials - share).argmin()) for share in _SHARES]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (name, *(float(means.ranks[row, place]) for place in places)) for row, name in enumerate(means.strategies)
    )
    return Table("Mean rank", columns, rows)


def _specification(means: MeanRanks, strategies: Sequence[str]) -> Specification:
    from ..charts.curve import mean_ranks

    points: list[Point] = [
        {"strategy": name, "spent": float(spent), "rank": float(rank)}
        for name, ranks in zip(means.strategies, means.ranks, strict=True)
        for spent, rank in zip(means.trials, ranks, strict=True)
        if np.isfinite(rank)
    ]
    return mean_ranks(points, strategies)
