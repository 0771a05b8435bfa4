"""The critical-difference diagram of Demsar (2006): mean ranks on a line, thick bars join what cannot be told apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, TypeAlias

import altair as alt

from ..items import Specification
from .palette import INK, MUTED, Point
from .theme import FULL_WIDTH, finish, layered, rows

_LABEL_LENGTH = 18
_LINE, _BAR_GAP = 22, 9
_AXIS_LEVEL = 40

_Side: TypeAlias = Literal["left", "center", "right"]
_SIDES: tuple[_Side, ...] = ("left", "center", "right")


def critical_difference(
    ranks: Sequence[tuple[str, float]], cliques: Sequence[Sequence[str]], difference: float | None
) -> Specification:
    """The diagram of strategies with their mean ranks.

    `difference` is Nemenyi's critical difference, drawn as a bar above the axis; None where the cliques come from
    another test.
    """
    drawing = _Drawing(sorted(ranks, key=lambda pair: pair[1]), cliques)
    thin = [*drawing.axis(), *drawing.elbows(), *drawing.ruler(difference)]
    layers = [_rules(thin, drawing.height, MUTED, 1), _rules(drawing.bars(), drawing.height, INK, 4)]
    layers += [_texts(drawing.texts(difference), drawing.height, side) for side in _SIDES]
    return finish(layered(*layers), FULL_WIDTH, drawing.height + 8)


class _Drawing:
    """Where everything goes, in pixels from the top left corner."""

    def __init__(self, ranks: Sequence[tuple[str, float]], cliques: Sequence[Sequence[str]]) -> None:
        self.ranks = ranks
        self.cliques = sorted((sorted(clique, key=dict(ranks).__getitem__) for clique in cliques), key=self._first)
        self.half = math.ceil(len(ranks) / 2)
        self.margin = 16 + 6.6 * max(len(_short(name)) + 5 for name, _ in ranks)
        self.top = _AXIS_LEVEL + 14 + _BAR_GAP * len(self.cliques) + _LINE / 2
        self.height = int(self.top + _LINE * self.half)

    def _first(self, clique: Sequence[str]) -> float:
        return dict(self.ranks)[clique[0]]

    def x(self, rank: float) -> float:
        """Where a mean rank lies on the axis; 1 is on the left."""
        span = max(len(self.ranks) - 1, 1)
        return self.margin + (rank - 1) / span * (FULL_WIDTH - 2 * self.margin)

    def axis(self) -> list[Point]:
        last = len(self.ranks)
        ticks = [_rule(self.x(rank), _AXIS_LEVEL - 5, self.x(rank), _AXIS_LEVEL) for rank in range(1, last + 1)]
        return [_rule(self.x(1), _AXIS_LEVEL, self.x(last), _AXIS_LEVEL), *ticks]

    def elbows(self) -> list[Point]:
        lines = []
        for place, (_, rank) in enumerate(self.ranks):
            level = self._level(place)
            lines += [
                _rule(self.x(rank), _AXIS_LEVEL, self.x(rank), level),
                _rule(self.x(rank), level, self._edge(place), level),
            ]
        return lines

    def bars(self) -> list[Point]:
        bars = []
        for number, clique in enumerate(self.cliques):
            level = _AXIS_LEVEL + 10 + _BAR_GAP * number
            bars.append(_rule(self._rank_x(clique[0]) - 4, level, self._rank_x(clique[-1]) + 4, level))
        return bars

    def ruler(self, difference: float | None) -> list[Point]:
        if difference is None:
            return []
        left, right = self.x(1), self.x(1 + difference)
        ends = [_rule(x, 8, x, 14) for x in (left, right)]
        return [_rule(left, 11, right, 11), *ends]

    def texts(self, difference: float | None) -> list[Point]:
        ticks = [_text(self.x(rank), _AXIS_LEVEL - 13, str(rank), "center") for rank in range(1, len(self.ranks) + 1)]
        ruler = [] if difference is None else [_text(self.x(1) - 6, 11, f"CD {difference:.2f}", "right")]
        return [*ticks, *ruler, *(self._label(place) for place in range(len(self.ranks)))]

    def _label(self, place: int) -> Point:
        name, rank = self.ranks[place]
        if place < self.half:
            return _text(self._edge(place) - 6, self._level(place), f"{_short(name)} {rank:.2f}", "right")
        return _text(self._edge(place) + 6, self._level(place), f"{rank:.2f} {_short(name)}", "left")

    def _rank_x(self, name: str) -> float:
        return self.x(dict(self.ranks)[name])

    def _level(self, place: int) -> float:
        nesting = place if place < self.half else len(self.ranks) - 1 - place
        return self.top + _LINE * nesting

    def _edge(self, place: int) -> float:
        return self.margin - 10 if place < self.half else FULL_WIDTH - self.margin + 10


def _short(name: str) -> str:
    return name if len(name) <= _LABEL_LENGTH else name[: _LABEL_LENGTH - 1] + "…"


def _rule(x: float, y: float, x2: float, y2: float) -> Point:
    return {"x": x, "y": y, "x2": x2, "y2": y2}


def _text(x: float, y: float, text: str, side: _Side) -> Point:
    return {"x": x, "y": y, "text": text, "side": side}


def _rules(lines: Sequence[Point], height: int, ink: str, width: int) -> alt.Chart:
    mark = alt.Chart(rows(lines)).mark_rule(stroke=ink, strokeWidth=width)
    drawn: alt.Chart = mark.encode(x=_across(), y=_down(height), x2="x2:Q", y2="y2:Q")
    return drawn


def _texts(texts: Sequence[Point], height: int, side: _Side) -> alt.Chart:
    shown = [text for text in texts if text["side"] == side]
    mark = alt.Chart(rows(shown)).mark_text(align=side, baseline="middle")
    drawn: alt.Chart = mark.encode(x=_across(), y=_down(height), text="text:N")
    return drawn


def _across() -> alt.X:
    return alt.X("x:Q", scale=alt.Scale(domain=[0, FULL_WIDTH], nice=False), axis=None)


def _down(height: int) -> alt.Y:
    return alt.Y("y:Q", scale=alt.Scale(domain=[height, 0], nice=False), axis=None)
