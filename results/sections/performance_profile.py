"""The performance profile, as a chart with its explanation."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from ..analysis.profiles import Profiles, performance_profiles
from ..analysis.scores import TaskScores
from ..charts.palette import Point
from ..items import Cell, Chart, Column, Heading, Item, Key, Note, Specification, Table, Text

_EXPLANATION = (
    "How many of a strategy\u2019s studies end above a score, for every score at once. Higher is better: a strategy "
    "whose curve is above another\u2019s everywhere is better at every level. Where two curves cross, one is more "
    "reliable and the other reaches high scores more often, which any single number hides."
)
_LIMITS = (
    "Each band is a 95% interval at one score by itself, not for the whole curve. The curve does not say on which "
    "tasks the studies are."
)
_EVERY = 10
"""Of so many points of the chart one is in its table."""


def profile_items(scores: Sequence[TaskScores], strategies: tuple[str, ...]) -> list[Item]:
    """The chart between what it says and what it does not say."""
    profiles = performance_profiles(scores)
    chart = Chart(
        "Performance profiles: the share of studies that end above each score, tasks weighted equally, with 95% "
        "intervals over seeds as bands. The lowest twentieth of all studies lies to the left of the chart.",
        "Falling lines of the share of studies above a score, one for each strategy.",
        partial(_specification, profiles, strategies),
        _table(profiles),
    )
    return [Heading("At which scores?"), Text(_EXPLANATION), Key(strategies), chart, Note(_LIMITS)]


def _table(profiles: Profiles) -> Table:
    columns = (
        Column("Strategy"),
        Column("Score", "number"),
        Column("Studies above", "percent", 0),
        Column("95% from", "percent", 0, field="low"),
        Column("to", "percent", 0, field="high"),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (str(point["strategy"]), *(point[name] for name in ("score", "share", "low", "high")))
        for point in _points(profiles, _EVERY)
    )
    return Table("Share of studies that end above a score", columns, rows)


def _points(profiles: Profiles, every: int = 1) -> list[Point]:
    """Those of the strategies that found anything."""
    return [
        {"strategy": name, "score": score, "share": share, "low": low, "high": high}
        for place, name in enumerate(profiles.strategies)
        if np.isfinite(profiles.shares[place, 0])
        for score, share, low, high in np.stack(
            [profiles.thresholds, profiles.shares[place], profiles.low[place], profiles.high[place]], axis=1
        )[::every].tolist()
    ]


def _specification(profiles: Profiles, strategies: tuple[str, ...]) -> Specification:
    from ..charts.performance_profile import performance_profile

    return performance_profile(_points(profiles), strategies)
