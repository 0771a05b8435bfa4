"""Test functions with two objectives and known fronts: ZDT1 and ZDT2."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from tuner.errors import InvalidOption
from tuner.parameter import Float
from tuner.problem import Objective, Problem
from tuner.space import SearchSpace
from tuner.task import Task, TaskCard
from tuner.trial import Measurement, Trial

_SOURCE = "Zitzler, Deb and Thiele 2000, https://doi.org/10.1162/106365600568202"


@dataclass(frozen=True, kw_only=True)
class TwoObjectives(Task):
    """Minimise f1 and f2 over x1 .. xd in the unit cube; on the front x2 .. xd are 0, and x1 says where on it."""

    dimension: int = 30
    """Number of parameters."""

    reference_point: ClassVar[tuple[float, float]] = (1.1, 1.1)
    """Where `front_hypervolume` ends [2]; a report measures up to a point of its own, from the fronts that it has."""
    front_hypervolume: ClassVar[float]
    """The hypervolume of the whole front, up to the reference point."""

    def __post_init__(self) -> None:
        if type(self.dimension) is not int or self.dimension < 2:
            raise InvalidOption(f"dimension is a whole number of at least 2, not {self.dimension!r}")

    @abstractmethod
    def front(self, f1: float) -> float:
        """The least f2 that goes with a value of f1 in [0, 1]."""

    @abstractmethod
    def values(self, x: Sequence[float]) -> tuple[float, float]:
        """f1 and f2 at the point `x` [d]."""

    @property
    def problem(self) -> Problem:
        """Minimise both over the unit cube."""
        space = SearchSpace({f"x{i}": Float(0.0, 1.0) for i in range(1, self.dimension + 1)})
        return Problem(space, (Objective("f1"), Objective("f2")))

    @property
    def best_known(self) -> Mapping[str, float]:
        """The least value of each objective by itself: the two ends of the front."""
        return {"f1": 0.0, "f2": 0.0}

    def evaluate(self, trial: Trial) -> Measurement:
        """Both values; they have no noise."""
        numbers = [trial.configuration.number(f"x{i}") for i in range(1, self.dimension + 1)]
        return Measurement(dict(zip(("f1", "f2"), self.values(numbers), strict=True)))


@dataclass(frozen=True, kw_only=True)
class ZDT1(TwoObjectives):
    """The first function of Zitzler, Deb and Thiele: its front is convex."""

    card: ClassVar[TaskCard] = TaskCard(
        summary="ZDT1 of `dimension` parameters; minimise f1 and f2, whose front f2 = 1 - √f1 is convex",
        source=_SOURCE,
        cost="5 microseconds",
    )
    front_hypervolume: ClassVar[float] = 0.1 * 1.1 + 0.1 + 2 / 3

    def front(self, f1: float) -> float:
        """1 - √f1."""
        return 1 - math.sqrt(f1)

    def values(self, x: Sequence[float]) -> tuple[float, float]:
        """x1 and g (1 - √(x1 / g)), where g is 1 + 9 mean(x2 .. xd)."""
        g = _distance(x)
        return x[0], g * (1 - math.sqrt(x[0] / g))


@dataclass(frozen=True, kw_only=True)
class ZDT2(TwoObjectives):
    """The second function of Zitzler, Deb and Thiele: its front is concave, so no weighted sum finds its middle."""

    card: ClassVar[TaskCard] = TaskCard(
        summary="ZDT2 of `dimension` parameters; minimise f1 and f2, whose front f2 = 1 - f1² is concave",
        source=_SOURCE,
        cost="5 microseconds",
    )
    front_hypervolume: ClassVar[float] = 0.1 * 1.1 + 0.1 + 1 / 3

    def front(self, f1: float) -> float:
        """1 - f1²."""
        return 1 - f1**2

    def values(self, x: Sequence[float]) -> tuple[float, float]:
        """x1 and g (1 - (x1 / g)²), where g is 1 + 9 mean(x2 .. xd)."""
        g = _distance(x)
        return x[0], g * (1 - (x[0] / g) ** 2)


def _distance(x: Sequence[float]) -> float:
    """1 on the front, up to 10 away from it."""
    return 1 + 9 * sum(x[1:]) / (len(x) - 1)
