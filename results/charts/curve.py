"""Quantities over the trials of a study: best-so-far values with a band, and mean ranks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import altair as alt

from ..items import Specification
from .palette import Point
from .theme import FULL_WIDTH, PANEL_HEIGHT, PANEL_WIDTH, colour, dash, finish, layered, round_values, rows, trial_axis


@dataclass(frozen=True, slots=True)
class ValueAxis:
    """How an objective's values are laid out from bottom to top."""

    title: str
    is_logarithmic: bool = False
    limits: tuple[float, float] | None = None
    """What is shown; None for everything."""
    along: str = "trials"
    """What is counted from left to right."""
    is_time: bool = False
    """Whether that is seconds, in equal ratios."""


def best_so_far(points: Sequence[Point], strategies: Sequence[str], axis: ValueAxis) -> Specification:
    """Steps of `median` with a band from `low` to `high`, for each `strategy` over `trial`."""
    base = alt.Chart().encode(x=_seconds(axis, points) if axis.is_time else trial_axis(axis.along))
    values = alt.Y("low:Q", scale=_scale(axis), axis=_ticks(axis, points))
    opacity = 0.13 if len(strategies) < 6 else 0.07
    band = base.mark_area(opacity=opacity, interpolate="step-after", clip=True).encode(
        y=values, y2="high:Q", color=colour(strategies)
    )
    line = base.mark_line(strokeWidth=2, interpolate="step-after", clip=True).encode(
        y=alt.Y("median:Q", scale=_scale(axis)), color=colour(strategies), strokeDash=dash(strategies)
    )
    return finish(layered(band, line, points=points), PANEL_WIDTH, PANEL_HEIGHT)


def _seconds(axis: ValueAxis, points: Sequence[Point]) -> alt.X:
    times = [float(point["trial"] or 0.0) for point in points]
    values = round_values(min(times), max(times)) if times else []
    scale = alt.Scale(type="log", nice=False)
    return alt.X("trial:Q", scale=scale, axis=alt.Axis(title=axis.along, values=values, format="~g", grid=False))


def _scale(axis: ValueAxis) -> alt.Scale:
    domain = alt.Undefined if axis.limits is None else list(axis.limits)
    kind: Literal["log", "linear"] = "log" if axis.is_logarithmic else "linear"
    return alt.Scale(type=kind, zero=False, nice=not axis.is_logarithmic, domain=domain)


def _ticks(axis: ValueAxis, points: Sequence[Point]) -> alt.Axis:
    if axis.is_logarithmic:
        ends = [float(point[name] or 0.0) for point in points for name in ("low", "high")]
        return alt.Axis(title=axis.title, values=round_values(min(ends), max(ends)), format="~g")
    return alt.Axis(title=axis.title, tickCount=5)


def mean_ranks(points: Sequence[Point], strategies: Sequence[str]) -> Specification:
    """Lines of mean `rank` for each `strategy` over `spent`, a share of the budget; the best rank is on top."""
    scale = alt.Scale(reverse=True, zero=False)
    spent = alt.X("spent:Q", axis=alt.Axis(title="share of the budget", format="%", tickCount=5, grid=False))
    line = (
        alt.Chart(rows(points))
        .mark_line(strokeWidth=2)
        .encode(
            x=spent,
            y=alt.Y("rank:Q", scale=scale, axis=alt.Axis(title="mean rank (1 is best)", tickCount=5)),
            color=colour(strategies),
            strokeDash=dash(strategies),
        )
    )
    return finish(line, FULL_WIDTH, 300)
