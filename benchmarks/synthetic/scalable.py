"""Test functions of any number of parameters: Ackley, Levy, Rastrigin, Rosenbrock, Styblinski-Tang."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from tuner.errors import InvalidOption
from tuner.task import TaskCard

from .function import Box, Points, SyntheticFunction


@dataclass(frozen=True, kw_only=True)
class ScalableFunction(SyntheticFunction):
    """A test function of any dimension, on a cube, least where every coordinate has one certain value."""

    dimension: int = 4
    """Number of parameters."""

    smallest_dimension: ClassVar[int] = 1
    interval: ClassVar[tuple[float, float]]
    """Lowest and highest value of every coordinate."""
    optimal_coordinate: ClassVar[float]
    """The value of every coordinate at the only global minimum."""

    def __post_init__(self) -> None:
        super().__post_init__()
        smallest = self.smallest_dimension
        if type(self.dimension) is not int or self.dimension < smallest:
            raise InvalidOption(f"dimension is a whole number of at least {smallest}, not {self.dimension!r}")

    @property
    def bounds(self) -> Box:
        """A cube."""
        return (self.interval,) * self.dimension

    @property
    def optimisers(self) -> Points:
        """The only global minimum."""
        return ((self.optimal_coordinate,) * self.dimension,)

    @property
    def optimum(self) -> float:
        """The least value in the cube."""
        return 0.0


@dataclass(frozen=True, kw_only=True)
class Ackley(ScalableFunction):
    """Ackley's function: nearly flat and wavy far out, a steep funnel in the middle of the box."""

    card: ClassVar[TaskCard] = TaskCard(
        summary="Ackley's function of `dimension` parameters; minimise its value, at best 0",
        source="https://www.sfu.ca/~ssurjano/ackley.html",
        cost="6 microseconds",
    )
    interval: ClassVar[tuple[float, float]] = (-32.768, 32.768)
    optimal_coordinate: ClassVar[float] = 0.0

    def value(self, x: Sequence[float]) -> float:
        """20 (1 - exp(-r / 5)) + e - exp(mean of cos 2πx), where r is the root of the mean of x²."""
        radius = math.sqrt(sum([xi**2 for xi in x]) / len(x))
        waves = sum([math.cos(2 * math.pi * xi) for xi in x]) / len(x)
        return 20 * -math.expm1(-0.2 * radius) + (math.e - math.exp(waves))


@dataclass(frozen=True, kw_only=True)
class Levy(ScalableFunction):
    """Levy's function: a bowl crossed by ripples that differ from coordinate to coordinate."""

    card: ClassVar[TaskCard] = TaskCard(
        summary="Levy's function of `dimension` parameters; minimise its value, at best 0",
        source="https://www.sfu.ca/~ssurjano/levy.html",
        cost="6 microseconds",
    )
    interval: ClassVar[tuple[float, float]] = (-10.0, 10.0)
    optimal_coordinate: ClassVar[float] = 1.0

    def value(self, x: Sequence[float]) -> float:
        """The sum over w = 1 + (x - 1) / 4 of (w - 1)² times its ripple, and sin² of πw1."""
        w = [1 + (xi - 1) / 4 for xi in x]
        inner = sum([(wi - 1) ** 2 * (1 + 10 * math.sin(math.pi * wi + 1) ** 2) for wi in w[:-1]])
        last = (w[-1] - 1) ** 2 * (1 + math.sin(2 * math.pi * w[-1]) ** 2)
        return math.sin(math.pi * w[0]) ** 2 + inner + last


@dataclass(frozen=True, kw_only=True)
class Rastrigin(ScalableFunction):
    """Rastrigin's function: a bowl with a regular grid of about 11 minima along each coordinate."""

    card: ClassVar[TaskCard] = TaskCard(
        summary="Rastrigin's function of `dimension` parameters; minimise its value, at best 0",
        source="https://www.sfu.ca/~ssurjano/rastr.html",
        cost="5 microseconds",
    )
    interval: ClassVar[tuple[float, float]] = (-5.12, 5.12)
    optimal_coordinate: ClassVar[float] = 0.0

    def value(self, x: Sequence[float]) -> float:
        """The sum of x² + 10 (1 - cos 2πx)."""
        return sum([xi**2 + 10 * (1 - math.cos(2 * math.pi * xi)) for xi in x])


@dataclass(frozen=True, kw_only=True)
class Rosenbrock(ScalableFunction):
    """Rosenbrock's function: the minimum lies on the floor of a long, flat, curved valley."""

    card: ClassVar[TaskCard] = TaskCard(
        summary="Rosenbrock's function of `dimension` parameters; minimise its value, at best 0",
        source="https://www.sfu.ca/~ssurjano/rosen.html",
        cost="5 microseconds",
    )
    smallest_dimension: ClassVar[int] = 2
    interval: ClassVar[tuple[float, float]] = (-5.0, 10.0)
    optimal_coordinate: ClassVar[float] = 1.0

    def value(self, x: Sequence[float]) -> float:
        """The sum over neighbours a, b of 100 (b - a²)² + (a - 1)²."""
        return sum([100 * (b - a * a) ** 2 + (a - 1) ** 2 for a, b in itertools.pairwise(x)])


@dataclass(frozen=True, kw_only=True)
class StyblinskiTang(ScalableFunction):
    """Styblinski and Tang's function: two valleys along each coordinate, one a little deeper."""

    card: ClassVar[TaskCard] = TaskCard(
        summary="Styblinski and Tang's function of `dimension` parameters; minimise its value, at best -39.166 each",
        source="https://www.sfu.ca/~ssurjano/stybtang.html",
        cost="5 microseconds",
    )
    interval: ClassVar[tuple[float, float]] = (-5.0, 5.0)
    optimal_coordinate: ClassVar[float] = -2.903534027771177

    @property
    def optimum(self) -> float:
        """The least value: minus 39.166 for each coordinate."""
        return -39.16616570377142 * self.dimension

    def value(self, x: Sequence[float]) -> float:
        """Half the sum of x⁴ - 16 x² + 5 x."""
        return 0.5 * sum([xi**4 - 16 * xi**2 + 5 * xi for xi in x])
