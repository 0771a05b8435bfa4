"""The critical-difference diagram of Demsar (2006): mean ranks on a line, thick bars join what cannot be told apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, TypeAlias

import altair as alt

from ..items import Specification
from .palette import INK, MUTED, Point
from .theme import FULL_WIDTH, finish, layered, rows

_LABEL_LENGTH = 32
_LETTERS = {**dict.fromkeys("fijlrtI .,:;!|'()[]-_/", 4.0), **dict.fromkeys("mwMWGOQ@%+=<>~", 10.5)}
_SMALL, _CAPITAL, _OTHER = 6.7, 9.0, 12.0
"""Pixels that a letter of a label takes at most: these; a small one or digit; a capital; one of another script."""
_LINE, _BAR_GAP = 22, 9
_RULER_LEVEL, _TO_AXIS = 26, 32
_LEAST_AXIS = 200
"""What is left of the axis, in pixels, where names are long: then the diagram is wider."""
_LEAST_STEP = 18
"""Pixels between two numbers on the axis."""

_Side: TypeAlias = Literal["left", "center", "right"]
_SIDES: tuple[_Side, ...] = ("left", "center", "right")


def critical_difference(
    ranks: Sequence[tuple[str, float]], cliques: Sequence[Sequence[str]], difference: float | None
) -> Specification:
    """The diagram of strategies with their mean ranks.

    `difference` is Nemenyi's critical difference, drawn as a bar above the axis; None where the cliques come from
    another test. Everything has its place, so nothing is fitted: the room for names would be overestimated.
    """
    drawing = _Drawing(sorted(ranks, key=lambda pair: pair[1]), cliques, difference)
    thin = [*drawing.axis(), *drawing.elbows(), *drawing.ruler()]
    size = (drawing.width, drawing.height)
    layers = [_rules(thin, size, MUTED, 1), _rules(drawing.bars(), size, INK, 4)]
    layers += [_texts(drawing.texts(), size, side) for side in _SIDES]
    return {**finish(layered(*layers), *size), "autosize": "none"}


class _Drawing:
    """Where everything goes, in pixels from the top left corner."""

    def __init__(
        self, ranks: Sequence[tuple[str, float]], cliques: Sequence[Sequence[str]], difference: float | None
    ) -> None:
        self.ranks = ranks
        self.difference = difference
        self.cliques = sorted((sorted(clique, key=dict(ranks).__getitem__) for clique in cliques), key=self._first)
        self.half = math.ceil(len(ranks) / 2)
        self.left, self.right = _room(ranks[: self.half]), _room(ranks[self.half :])
        self.width = int(max(FULL_WIDTH - 16, self.left + _LEAST_AXIS + self.right))
        self.axis_level = _TO_AXIS if difference is None else _RULER_LEVEL + _TO_AXIS
        self.top = self.axis_level + 14 + _BAR_GAP * len(self.cliques) + _LINE / 2
        self.height = int(self.top + _LINE * self.half)

    def _first(self, clique: Sequence[str]) -> float:
        return dict(self.ranks)[clique[0]]

    def x(self, rank: float) -> float:
        """Where a mean rank lies on the axis; 1 is on the left."""
        return self.left + (rank - 1) * self._step()

    def _step(self) -> float:
        """Pixels from one rank to the next."""
        return (self.width - self.left - self.right) / max(len(self.ranks) - 1, 1)

    def axis(self) -> list[Point]:
        """A long tick at each rank, and a short one in the middle between two where there is room."""
        last = len(self.ranks)
        long = [_rule(self.x(rank), self.axis_level - 6, self.x(rank), self.axis_level) for rank in range(1, last + 1)]
        middles = [rank + 0.5 for rank in range(1, last)] if self._step() >= 2 * _LEAST_STEP else []
        short = [_rule(self.x(rank), self.axis_level - 3, self.x(rank), self.axis_level) for rank in middles]
        return [_rule(self.x(1), self.axis_level, self.x(last), self.axis_level), *long, *short]

    def elbows(self) -> list[Point]:
        lines = []
        for place, (name, rank) in enumerate(self.ranks):
            level = self._level(place)
            ends = [(self.axis_level, self.x(rank)), (level, self._edge(place))]
            lines += [_rule(self.x(rank), y, x, level) | {"strategy": name} for y, x in ends]
        return lines

    def bars(self) -> list[Point]:
        bars = []
        for number, clique in enumerate(self.cliques):
            level = self.axis_level + 10 + _BAR_GAP * number
            bars.append(_rule(self._rank_x(clique[0]) - 4, level, self._rank_x(clique[-1]) + 4, level))
        return bars

    def ruler(self) -> list[Point]:
        if self.difference is None:
            return []
        left, right = self.x(1), self.x(1 + self.difference)
        ends = [_rule(x, _RULER_LEVEL - 4, x, _RULER_LEVEL + 4) for x in (left, right)]
        return [_rule(left, _RULER_LEVEL, right, _RULER_LEVEL), *ends]

    def texts(self) -> list[Point]:
        shown = range(1, len(self.ranks) + 1, math.ceil(_LEAST_STEP / self._step()))
        ticks = [_text(self.x(rank), self.axis_level - 14, str(rank), "center") for rank in shown]
        return [*ticks, *self._ruler_text(), *(self._label(place) for place in range(len(self.ranks)))]

    def _ruler_text(self) -> list[Point]:
        if self.difference is None:
            return []
        middle = self.x(1 + self.difference / 2)
        return [_text(middle, _RULER_LEVEL - 13, f"CD = {self.difference:.2f}", "center")]

    def _label(self, place: int) -> Point:
        name, rank = self.ranks[place]
        if place < self.half:
            text = _text(self._edge(place) - 6, self._level(place), f"{_short(name)} {rank:.2f}", "right")
        else:
            text = _text(self._edge(place) + 6, self._level(place), f"{rank:.2f} {_short(name)}", "left")
        return text | {"strategy": name, "rank": rank}

    def _rank_x(self, name: str) -> float:
        return self.x(dict(self.ranks)[name])

    def _level(self, place: int) -> float:
        nesting = place if place < self.half else len(self.ranks) - 1 - place
        return self.top + _LINE * nesting

    def _edge(self, place: int) -> float:
        return self.left - 10 if place < self.half else self.width - self.right + 10


def _room(ranks: Sequence[tuple[str, float]]) -> float:
    """Pixels for the labels of one side."""
    return 16 + max((_length(f"{_short(name)} {rank:.2f}") for name, rank in ranks), default=0.0)


def _length(text: str) -> float:
    """Pixels that it takes at most."""
    return sum(_LETTERS.get(letter) or _letter(letter) for letter in text)


def _letter(letter: str) -> float:
    if letter.islower() or letter.isdigit():
        return _SMALL
    return _CAPITAL if letter.isascii() else _OTHER


def _short(name: str) -> str:
    return name if len(name) <= _LABEL_LENGTH else name[: _LABEL_LENGTH - 1] + "…"


def _rule(x: float, y: float, x2: float, y2: float) -> Point:
    return {"x": x, "y": y, "x2": x2, "y2": y2}


def _text(x: float, y: float, text: str, side: _Side) -> Point:
    return {"x": x, "y": y, "text": text, "side": side}


def _rules(lines: Sequence[Point], size: tuple[int, int], ink: str, thickness: int) -> alt.Chart:
    mark = alt.Chart(rows(lines)).mark_rule(stroke=ink, strokeWidth=thickness, tooltip=None)
    drawn: alt.Chart = mark.encode(x=_across(size[0]), y=_down(size[1]), x2="x2:Q", y2="y2:Q")
    return drawn


def _texts(texts: Sequence[Point], size: tuple[int, int], side: _Side) -> alt.Chart:
    shown = [text for text in texts if text["side"] == side]
    mark = alt.Chart(rows(shown)).mark_text(align=side, baseline="middle", tooltip=None)
    drawn: alt.Chart = mark.encode(x=_across(size[0]), y=_down(size[1]), text="text:N")
    told = [alt.Tooltip("strategy:N"), alt.Tooltip("rank:Q", title="mean rank", format=".2f")]
    return drawn if side == "center" else drawn.encode(tooltip=told)


def _across(width: int) -> alt.X:
    return alt.X("x:Q", scale=alt.Scale(domain=[0, width], nice=False), axis=None)


def _down(height: int) -> alt.Y:
    return alt.Y("y:Q", scale=alt.Scale(domain=[height, 0], nice=False), axis=None)
