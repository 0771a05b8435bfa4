"""Test functions of a fixed number of parameters: Branin, Hartmann in three and in six dimensions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from tuner.task import TaskCard

from .function import Box, Points, SyntheticFunction


@dataclass(frozen=True, kw_only=True)
class Branin(SyntheticFunction):
    """Branin and Hoo's function: three equally deep valleys on a curved floor."""

    card: ClassVar[TaskCard] = TaskCard(
        summary="Branin's function of two parameters; minimise its value, at best 0.397887",
        source="https://www.sfu.ca/~ssurjano/branin.html",
        cost="5 microseconds",
    )
    bounds: ClassVar[Box] = ((-5.0, 10.0), (0.0, 15.0))
    optimisers: ClassVar[Points] = ((-math.pi, 12.275), (math.pi, 2.275), (3 * math.pi, 2.475))
    optimum: ClassVar[float] = 5 / (4 * math.pi)

    def value(self, x: Sequence[float]) -> float:
        """(x2 - 5.1 x1² / 4π² + 5 x1 / π - 6)² + 10 (1 - 1 / 8π) cos x1 + 10."""
        x1, x2 = x
        valley = x2 - 5.1 / (4 * math.pi**2) * x1**2 + 5 / math.pi * x1 - 6
        return valley**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x1) + 10


@dataclass(frozen=True, kw_only=True)
class _Hartmann(SyntheticFunction):
    """Four Gaussian wells in the unit cube, with depths 1.0, 1.2, 3.0 and 3.2."""

    widths: ClassVar[Points]
    """How narrow each well is along each coordinate [4, d]."""
    centres: ClassVar[Points]
    """Where each well is, in units of 0.0001 [4, d]."""

    @property
    def bounds(self) -> Box:
        """The unit cube."""
        return ((0.0, 1.0),) * len(self.widths[0])

    def value(self, x: Sequence[float]) -> float:
        """Minus the sum over the wells of depth · exp(-Σ width (x - centre)²)."""
        total = 0.0
        for depth, width, centre in zip((1.0, 1.2, 3.0, 3.2), self.widths, self.centres, strict=True):
            total -= depth * math.exp(
                -sum([a * (xi - 1e-4 * p) ** 2 for xi, a, p in zip(x, width, centre, strict=True)])
            )
        return total


@dataclass(frozen=True, kw_only=True)
class Hartmann3(_Hartmann):
    """Hartmann's function of three parameters: four minima, one of them global."""

    card: ClassVar[TaskCard] = TaskCard(
        summary="Hartmann's function of three parameters; minimise its value, at best -3.86278",
        source="https://www.sfu.ca/~ssurjano/hart3.html",
        cost="10 microseconds",
    )
    widths: ClassVar[Points] = ((3.0, 10, 30), (0.1, 10, 35), (3.0, 10, 30), (0.1, 10, 35))
    centres: ClassVar[Points] = ((3689, 1170, 2673), (4699, 4387, 7470), (1091, 8732, 5547), (381, 5743, 8828))
    optimisers: ClassVar[Points] = ((0.1145889, 0.5556489, 0.8525470),)
    optimum: ClassVar[float] = -3.862779787332663


@dataclass(frozen=True, kw_only=True)
class Hartmann6(_Hartmann):
    """Hartmann's function of six parameters: six minima, one of them global."""

    card: ClassVar[TaskCard] = TaskCard(
        summary="Hartmann's function of six parameters; minimise its value, at best -3.32237",
        source="https://www.sfu.ca/~ssurjano/hart6.html",
        cost="10 microseconds",
    )
    widths: ClassVar[Points] = (
        (10, 3, 17, 3.5, 1.7, 8),
        (0.05, 10, 17, 0.1, 8, 14),
        (3, 3.5, 1.7, 10, 17, 8),
        (17, 8, 0.05, 10, 0.1, 14),
    )
    centres: ClassVar[Points] = (
        (1312, 1696, 5569, 124, 8283, 5886),
        (2329, 4135, 8307, 3736, 1004, 9991),
        (2348, 1451, 3522, 2883, 3047, 6650),
        (4047, 8828, 8732, 5743, 1091, 381),
    )
    optimisers: ClassVar[Points] = ((0.20168951, 0.15001069, 0.47687397, 0.27533243, 0.31165162, 0.65730053),)
    optimum: ClassVar[float] = -3.322368011415515
