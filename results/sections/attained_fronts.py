"""Where the fronts of two objectives lie: the median over a strategy's seeds, and the middle half of the seeds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ..analysis.attainment import SHARES, Attainment, attainments
from ..analysis.hypervolume import JointResults
from ..charts.palette import Point
from ..items import Chart, Column, Item, Key, Note, Panels, Specification, Table
from ..store import Store

_CAPTION = (
    "Median fronts: what at least half of a strategy's seeds reach or exceed (their 50% attainment surface). Bands "
    "reach from what a quarter of the seeds reach to what three quarters do. A seed without a success reaches nothing."
)


def attained_fronts(found: Sequence[JointResults], store: Store) -> tuple[Item, ...]:
    """A chart for each task with two objectives."""
    attained = [(results, attainments(results, store)) for results in found if len(results.objectives) == 2]
    charts = tuple(_chart(*both, store.strategies) for both in attained if _medians(both[1]))
    others = ", ".join(results.task for results in found if len(results.objectives) > 2)
    notes = [f"Not drawn, since they have more than two objectives: the fronts on {others}."] if others else []
    lineless = ((one, results) for results, several in attained for one in several if not len(_median(one)))
    if without := ", ".join(f"{one.strategy} on {results.task}" for one, results in lineless):
        notes.append(f"Without a median front, since in fewer than half of the seeds any trial succeeded: {without}.")
    panels = (Key(store.strategies), Panels(_CAPTION, charts)) if charts else ()
    return (*panels, *map(Note, notes))


def _median(attainment: Attainment) -> NDArray[np.float64]:
    return attainment.surfaces[SHARES.index(0.5)]


def _medians(attained: Sequence[Attainment]) -> list[Attainment]:
    return [attainment for attainment in attained if len(_median(attainment))]


def _chart(results: JointResults, attained: Sequence[Attainment], strategies: tuple[str, ...]) -> Chart:
    first, second = (f"{name} ({better(goal)})" for name, goal in zip(results.objectives, results.goals, strict=True))
    return Chart(
        results.task,
        f"Stairs of the median front of {len(_medians(attained))} strategies on {results.task}: {first} against "
        f"{second}; bands around them show the middle half of the seeds.",
        partial(_specification, results, attained, strategies, (first, second)),
        _table(results, attained),
        task=results.task,
    )


def better(goal: str) -> str:
    """What a goal asks of values, in words."""
    return "lower is better" if goal == "minimize" else "higher is better"


def _table(results: JointResults, attained: Sequence[Attainment]) -> Table:
    columns = (
        Column("Strategy"),
        Column("Reached by", "percent", 0, field="share"),
        *(Column(name, "number", 4) for name in results.objectives),
    )
    rows = tuple(
        (one.strategy, share, float(x), float(y))
        for one in attained
        for share, surface in zip(SHARES, one.surfaces, strict=True)
        for x, y in results.values(surface)
    )
    return Table(f"What 25%, 50% and 75% of the seeds reach on {results.task}: corners of the fronts", columns, rows)


def _specification(
    results: JointResults, attained: Sequence[Attainment], strategies: tuple[str, ...], titles: tuple[str, str]
) -> Specification:
    """Each front from where the worst values of all fronts end to there: what lies beyond a corner is reached."""
    from ..charts.front import fronts

    worst = np.concatenate([surface for one in attained for surface in one.surfaces]).max(axis=0)
    stairs: list[Point] = [point for one in _medians(attained) for point in _stairs(results, one, worst)]
    bands: list[Point] = [point for one in _medians(attained) for point in _band(results, one, worst)]
    return fronts(stairs, strategies, titles, bands=bands, is_reversed=results.goals[0] == "maximize")


def _stairs(results: JointResults, attainment: Attainment, worst: NDArray[np.float64]) -> list[Point]:
    front = _median(attainment)
    corners = np.vstack([[front[0, 0], worst[1]], front, [worst[0], front[-1, 1]]])
    return [
        {"strategy": attainment.strategy, "place": place, "x": x, "y": y, "corner": int(0 < place <= len(front))}
        for place, (x, y) in enumerate(results.values(corners).tolist())
    ]


def _band(results: JointResults, attainment: Attainment, worst: NDArray[np.float64]) -> list[Point]:
    """Between the surfaces of the first and the last share, wherever either has a corner; nothing of one seed."""
    outer, inner = attainment.surfaces[0], attainment.surfaces[-1]
    if np.array_equal(outer, inner):
        return []
    xs = np.unique(np.concatenate([outer[:, 0], inner[:, 0], worst[:1]]))
    ends = [np.column_stack([xs, _height(surface, xs, worst[1])]) for surface in (outer, inner)]
    low, high = (results.values(end).tolist() for end in ends)
    return [
        {"strategy": attainment.strategy, "x": x, "low": first, "high": last}
        for (x, first), (_, last) in zip(low, high, strict=True)
    ]


def _height(surface: NDArray[np.float64], xs: NDArray[np.float64], worst: float) -> NDArray[np.float64]:
    """The second loss that a surface reaches where the first is one of xs [n]: the worst, until its first corner."""
    before = np.searchsorted(surface[:, 0], xs, side="right")
    height: NDArray[np.float64] = np.append(worst, surface[:, 1])[before]
    return height
