"""A BBOB function as COCO computes it, measured as the distance to its optimum."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

import numpy as np

from tuner.errors import MissingExtra

if TYPE_CHECKING:
    from numpy.typing import NDArray


class _Function(Protocol):
    def __call__(self, points: NDArray[np.float64], /) -> float | NDArray[np.float64]: ...


@dataclass(frozen=True, slots=True, eq=False)
class Landscape:
    """One function in one dimension and instance; COCO neither counts nor logs what is asked of it."""

    function: _Function
    lowest: float
    """The function's value at its optimum."""
    optimum: NDArray[np.float64]
    """Where the function is least [d]."""

    def distances(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """By how much the function exceeds its optimum at the points [n, d]."""
        return np.maximum(np.asarray(self.function(np.ascontiguousarray(points))) - self.lowest, 0.0)


@functools.cache
def landscape_of(function: int, dimension: int, instance: int) -> Landscape:
    """The landscape of a function, built once; raises `MissingExtra` where COCO is not installed.

    COCO ends the whole process for a function that it does not know: check the numbers before.
    """
    if find_spec("cocoex") is None:
        raise MissingExtra("bbob needs COCO: pip install 'tuner-bench[bbob]'")
    from cocoex import BareProblem

    problem = BareProblem("bbob", function, dimension, instance)
    optimum = np.array(problem.best_parameter(), dtype=np.float64)
    optimum.setflags(write=False)
    return Landscape(problem, float(problem.best_value()), optimum)
