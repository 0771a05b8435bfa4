"""Strategies one below the other: scores with intervals, validation beside held-out, and times as bars."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from ..items import Specification
from .palette import COLOURS, MUTED, PAPER, Point
from .theme import FULL_WIDTH, PANEL_WIDTH, colour, finish, layered, marker, rows, telling

_ROW = 30


def scores_with_intervals(points: Sequence[Point], strategies: Sequence[str]) -> Specification:
    """A marker at `score` for each `strategy`, in the order of the points, and a bar from `low` to `high` if known."""
    base = telling(alt.Chart().encode(y=_strategies_down(points), color=colour(strategies)), "score", "score", ".3f")
    certain = base.transform_filter("isValid(datum.low) && isValid(datum.high)")
    title = "normalised score (0 one random trial, 1 best known)"
    bar = certain.mark_rule(strokeWidth=2).encode(
        x=alt.X("low:Q", scale=alt.Scale(zero=False), axis=alt.Axis(title=title, tickCount=6)), x2="high:Q"
    )
    dot = base.mark_point(filled=True, size=90, opacity=1).encode(x="score:Q", shape=marker(strategies))
    return finish(layered(bar, dot, points=points), FULL_WIDTH, _height(points))


def validation_and_held_out(points: Sequence[Point], strategies: Sequence[str], *, name: str) -> Specification:
    """A hollow marker at `validation`, a filled one at `held_out`, and the gap between them."""
    told = [alt.Tooltip("strategy:N"), alt.Tooltip("validation:Q"), alt.Tooltip("held_out:Q", title="held-out")]
    base = alt.Chart().encode(y=_strategies_down(points), color=colour(strategies), tooltip=told)
    scale = alt.Scale(zero=False)
    gap = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("validation:Q", scale=scale, axis=alt.Axis(title=name, tickCount=4)), x2="held_out:Q"
    )
    hollow = base.mark_point(size=80, opacity=1, fill=PAPER).encode(x="validation:Q")
    filled = base.mark_point(size=80, opacity=1, filled=True).encode(x="held_out:Q")
    return finish(layered(gap, hollow, filled, points=points), PANEL_WIDTH, _height(points))


def stacked_seconds(points: Sequence[Point]) -> Specification:
    """Bars of `seconds`, one for each `strategy`, cut into evaluation and the strategy's own time by `part`."""
    parts = list(dict.fromkeys(str(point["part"]) for point in points))
    scale = alt.Scale(domain=parts, range=[MUTED, COLOURS[4]])
    bars = (
        alt.Chart(rows(points))
        .mark_bar(height=14)
        .encode(
            x=alt.X("sum(seconds):Q", axis=alt.Axis(title="seconds in all studies", tickCount=5)),
            y=_strategies_down(points),
            color=alt.Color("part:N", scale=scale, legend=alt.Legend(title=None, orient="top", labelFontSize=12)),
            order=alt.Order("place:Q"),
            tooltip=[alt.Tooltip("strategy:N"), alt.Tooltip("part:N"), alt.Tooltip("sum(seconds):Q", title="seconds")],
        )
    )
    return finish(bars, FULL_WIDTH, _height(points[:: len(parts)]) + 24)


def _strategies_down(points: Sequence[Point]) -> alt.Y:
    order = list(dict.fromkeys(str(point["strategy"]) for point in points))
    return alt.Y("strategy:N", sort=order, axis=alt.Axis(title=None, labelLimit=200))


def _height(points: Sequence[Point]) -> int:
    return 60 + _ROW * len(points)
