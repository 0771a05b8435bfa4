"""Best-so-far curves of a run under way, as lines that a template writes down: in the colours of the report."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from results.charts.palette import COLOURS, looks
from results.wording import with_minus

from ..run_views import CurveView, StudyView

WIDTH: Final = 380
HEIGHT: Final = 230
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 12, 8, 40
_MOST_TICKS = 6
_LOG_FROM: Final = 50.0
"""From this ratio of the largest value to the smallest on, equal ratios get equal heights."""


@dataclass(frozen=True, slots=True)
class Swatch:
    """How a strategy is drawn."""

    name: str
    colour: str
    dash: str


@dataclass(frozen=True, slots=True)
class Line:
    """The curve of one strategy."""

    swatch: Swatch
    path: str
    """Of SVG."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A round number, and where it stands."""

    place: float
    label: str


@dataclass(frozen=True, slots=True)
class Plot:
    """The curves of one task; sizes are those of the SVG, `WIDTH` by `HEIGHT`."""

    task: str
    objective: str
    goal: str
    lines: list[Line]
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    words: str
    """What it shows, for those who cannot see it."""


@dataclass(frozen=True, slots=True)
class Scale:
    """From numbers to pixels."""

    low: float
    high: float
    start: float
    end: float
    is_log: bool = False

    def place(self, number: float) -> float:
        """Where a number stands."""
        low, high, at = (self._measure(part) for part in (self.low, self.high, number))
        return round(self.start + (self.end - self.start) * (at - low) / (high - low), 1)

    def ticks(self, most: int = _MOST_TICKS, *, are_whole: bool = False) -> list[Tick]:
        """Round numbers within."""
        numbers = _powers(self.low, self.high) if self.is_log else []
        if len(numbers) < 2:
            numbers = list(_rounds(self.low, self.high, most, 1.0 if are_whole else 0.0))
        return [Tick(self.place(one), with_minus(f"{one:.6g}")) for one in numbers[:: -(-len(numbers) // most)]]

    def _measure(self, number: float) -> float:
        return math.log10(number) if self.is_log else number


def swatches_of(strategies: Sequence[str]) -> dict[str, Swatch]:
    """The look of each strategy, by its place in the plan, as in the report."""
    return {
        name: Swatch(name, f"var(--series-{COLOURS.index(look.colour)})", " ".join(map(str, look.dash)))
        for name, look in looks(strategies).items()
    }


def plots_of(
    curves: Mapping[str, Sequence[CurveView]], studies: Sequence[StudyView], strategies: Sequence[str]
) -> list[Plot]:
    """A plot for each task that has something to show, in the order of the plan."""
    swatches = swatches_of(strategies)
    about = {study.task: study for study in studies}
    longest = {task: _longest(task, studies) for task in about}
    return [
        _plot(about[task], [curve for curve in found if curve.points], longest[task], swatches)
        for task, found in curves.items()
        if task in about and any(curve.points for curve in found)
    ]


def _longest(task: str, studies: Sequence[StudyView]) -> int:
    """How many trials a study of the task may come to; 0 where nobody knows."""
    return max((study.budget_trials or 0 for study in studies if study.task == task), default=0)


def _plot(about: StudyView, curves: Sequence[CurveView], longest: int, swatches: Mapping[str, Swatch]) -> Plot:
    last = max(longest, 2, *(curve.points[-1][0] for curve in curves))
    across = Scale(1, last, _LEFT, WIDTH - _RIGHT)
    upwards = _upwards([value for curve in curves for _, value in curve.points])
    told = [f"{curve.strategy} {with_minus(f'{curve.points[-1][1]:.4g}')}" for curve in curves]
    return Plot(
        task=about.task,
        objective=about.objective,
        goal=about.goal,
        lines=[Line(swatches[curve.strategy], _steps(curve, across, upwards)) for curve in curves],
        x_ticks=across.ticks(are_whole=True),
        y_ticks=upwards.ticks(5),
        words=f"{about.task}: best {about.objective} so far, median over seeds: {', '.join(told)}",
    )


def _upwards(values: Sequence[float]) -> Scale:
    low, high = min(values), max(values)
    is_log = low > 0 and high / low >= _LOG_FROM
    if is_log:
        return Scale(low / 1.1, high * 1.1, HEIGHT - _BOTTOM, _TOP, is_log=True)
    room = (high - low) * 0.05 or abs(high) * 0.05 or 1.0
    return Scale(low - room, high + room, HEIGHT - _BOTTOM, _TOP)


def _steps(curve: CurveView, across: Scale, upwards: Scale) -> str:
    """A value holds until the next one."""
    (first, value), *rest = curve.points
    parts = [f"M{across.place(first):g} {upwards.place(value):g}"]
    for trial, best in rest:
        parts.append(f"H{across.place(trial):g}")
        if best != value:
            parts.append(f"V{upwards.place(best):g}")
            value = best
    return "".join(parts) if rest else f"{parts[0]}h3"


def _powers(low: float, high: float) -> list[float]:
    return [10.0**power for power in range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)]


def _rounds(low: float, high: float, most: int, least_step: float) -> Iterator[float]:
    """Multiples of 1, 2 or 5 times a power of ten."""
    raw = (high - low) / most
    power = 10.0 ** math.floor(math.log10(raw))
    step = max(least_step, next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw))
    for multiple in range(math.ceil(low / step), math.floor(high / step) + 1):
        yield multiple * step
