"""The kinds of parameters: floats, integers and categoricals, each with its unit coordinate."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from .configuration import Value
from .errors import InvalidSpace

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Float:
    """A real parameter in [low, high]; with `log`, uniform on a logarithmic scale."""

    low: float
    high: float
    log: bool = False
    """Whether equal ratios, not equal differences, are equally far apart."""
    default: float | None = None
    """A sensible value by itself; None means the middle of the range (on its scale)."""

    def __post_init__(self) -> None:
        _check_range(self, self.low, self.high, log=self.log, smallest=0.0)
        object.__setattr__(self, "low", float(self.low))
        object.__setattr__(self, "high", float(self.high))
        if self.default is not None:
            object.__setattr__(self, "default", float(self.default))
            _check_default(self, self.default)

    @property
    def count(self) -> float:
        """How many distinct values there are: infinity."""
        return math.inf

    def accepts(self, value: object) -> bool:
        """Whether `value` is a plain number in [low, high]."""
        return type(value) in {float, int} and self.low <= value <= self.high  # type: ignore[operator]  # a number here

    def describe(self) -> str:
        """What is allowed, in words for an error message."""
        return f"a number in [{self.low:g}, {self.high:g}]"

    def from_units(self, units: NDArray[np.float64]) -> list[float]:
        """The values at the unit coordinates [n]; coordinates outside [0, 1] are clipped."""
        units = np.clip(units, 0.0, 1.0)
        if self.log:
            low, high = math.log(self.low), math.log(self.high)
            values = np.exp(low + units * (high - low))
        else:
            values = self.low + units * (self.high - self.low)
        plain: list[float] = np.clip(values, self.low, self.high).tolist()
        return plain

    def to_unit(self, value: float) -> float:
        """The unit coordinate of a value, in [0, 1]."""
        if self.log:
            low, high = math.log(self.low), math.log(self.high)
            return (math.log(value) - low) / (high - low)
        return (value - self.low) / (self.high - self.low)

    def grid(self, points: int) -> list[float]:
        """`points` values evenly spaced on the scale, ends included; one point is the middle."""
        return self.from_units(np.linspace(0.0, 1.0, points) if points > 1 else np.array([0.5]))


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole-number parameter in [low, high], both included."""

    low: int
    high: int
    log: bool = False
    """Whether equal ratios, not equal differences, are equally far apart."""
    default: int | None = None
    """A sensible value by itself; None means the middle of the range (on its scale)."""

    def __post_init__(self) -> None:
        for bound in (self.low, self.high):
            if isinstance(bound, bool) or not isinstance(bound, int):
                raise InvalidSpace(f"an Integer needs whole bounds, not {bound!r}")
        _check_range(self, self.low, self.high, log=self.log, smallest=0)
        _check_default(self, self.default)

    @property
    def count(self) -> float:
        """How many distinct values there are."""
        return self.high - self.low + 1

    def accepts(self, value: object) -> bool:
        """Whether `value` is a plain whole number in [low, high]."""
        return type(value) is int and self.low <= value <= self.high

    def describe(self) -> str:
        """What is allowed, in words for an error message."""
        return f"a whole number in [{self.low}, {self.high}]"

    def from_units(self, units: NDArray[np.float64]) -> list[int]:
        """The values at the unit coordinates [n]: each value owns an interval of the scale."""
        low, high = self._edges()
        edges = low + np.clip(units, 0.0, 1.0) * (high - low)
        values = np.exp(edges) if self.log else edges
        plain: list[int] = np.clip(np.floor(values + 0.5), self.low, self.high).astype(np.int64).tolist()
        return plain

    def to_unit(self, value: int) -> float:
        """The unit coordinate of a value: inside the interval that the value owns."""
        low, high = self._edges()
        return ((math.log(value) if self.log else value) - low) / (high - low)

    def grid(self, points: int) -> list[int]:
        """At most `points` distinct values spread evenly on the scale, ends included."""
        if points >= self.count:
            return list(range(self.low, self.high + 1))
        if points == 1:
            return self.from_units(np.array([0.5]))
        ends = Float(self.low, self.high, log=self.log)
        return sorted({round(value) for value in ends.grid(points)})

    def _edges(self) -> tuple[float, float]:
        low, high = self.low - 0.5, self.high + 0.5
        return (math.log(low), math.log(high)) if self.log else (low, high)


@dataclass(frozen=True, slots=True)
class Categorical:
    """A parameter that takes one of some choices; `ordered` says that their order means something."""

    choices: tuple[Value, ...]
    ordered: bool = False
    default: Value | None = None
    """A sensible choice by itself; None means the first."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "choices", tuple(self.choices))
        if not self.choices:
            raise InvalidSpace("a Categorical needs at least one choice")
        for choice in self.choices:
            if type(choice) not in {str, int, float, bool}:  # numpy scalars are subclasses of float and str
                raise InvalidSpace(f"a choice is a string, number or bool, not {choice!r}")
            if isinstance(choice, float) and not math.isfinite(choice):
                raise InvalidSpace(f"a choice is a finite number, not {choice!r}")
        if len(set(self.choices)) != len(self.choices):
            raise InvalidSpace(f"the choices {self.choices} are not distinct")
        _check_default(self, self.default)

    @property
    def count(self) -> float:
        """How many choices there are."""
        return len(self.choices)

    def accepts(self, value: object) -> bool:
        """Whether `value` is one of the choices, and of its type."""
        return any(value == choice and type(value) is type(choice) for choice in self.choices)

    def describe(self) -> str:
        """What is allowed, in words for an error message."""
        return f"one of {', '.join(map(repr, self.choices))}"

    def from_units(self, units: NDArray[np.float64]) -> list[Value]:
        """The choices at the unit coordinates [n]: each choice owns an equal interval."""
        size = len(self.choices)
        indices = np.clip((np.asarray(units) * size).astype(np.int64), 0, size - 1)
        return [self.choices[index] for index in indices.tolist()]

    def to_unit(self, value: Value) -> float:
        """The middle of the interval that the choice owns."""
        return (self.choices.index(value) + 0.5) / len(self.choices)

    def grid(self, points: int) -> list[Value]:
        """The choices; fewer, spread evenly, when `points` is smaller than their number."""
        if points >= len(self.choices):
            return list(self.choices)
        return self.from_units((np.arange(points) + 0.5) / points)


Parameter: TypeAlias = Float | Integer | Categorical
"""Any kind of parameter."""


def default_of(parameter: Parameter) -> Value:
    """The parameter's declared default, or the middle of its range, or its first choice."""
    if parameter.default is not None:
        return parameter.default
    return parameter.choices[0] if isinstance(parameter, Categorical) else parameter.grid(1)[0]


_LARGEST_INTEGER = 2**53
"""Beyond it a float cannot tell one whole number from the next."""


def _check_range(owner: Float | Integer, low: float, high: float, *, log: bool, smallest: float) -> None:
    kind = type(owner).__name__
    for bound in (low, high):
        if isinstance(bound, bool) or not isinstance(bound, int | float):
            raise InvalidSpace(f"the bounds of a {kind} are numbers, not {bound!r}")
    if not (math.isfinite(low) and math.isfinite(high)):
        raise InvalidSpace(f"the bounds of a {kind} are finite, not [{low}, {high}]")
    if low >= high:
        raise InvalidSpace(f"a {kind} needs low < high, not [{low}, {high}]")
    if not math.isfinite(high - low):
        raise InvalidSpace(f"a {kind} needs a range that a float can hold, not [{low}, {high}]")
    if isinstance(owner, Integer) and max(abs(low), abs(high)) > _LARGEST_INTEGER:
        raise InvalidSpace(f"the bounds of an Integer lie within 2**53 of 0, not [{low}, {high}]")
    if log and low <= smallest:
        raise InvalidSpace(f"a {kind} on a log scale needs low > {smallest}, not {low}")


def _check_default(owner: Parameter, default: Value | None) -> None:
    if default is not None and not owner.accepts(default):
        raise InvalidSpace(f"the default {default!r} is not {owner.describe()}")
