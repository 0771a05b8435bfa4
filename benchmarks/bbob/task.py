"""COCO's 24 noiseless functions: how far above its optimum is the function here?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from tuner.errors import InvalidOption
from tuner.parameter import Float
from tuner.problem import Objective, Problem
from tuner.space import SearchSpace
from tuner.task import Task, TaskCard
from tuner.trial import Measurement, Trial

from .functions import DIMENSIONS, FUNCTIONS
from .problem import landscape_of

if TYPE_CHECKING:
    from results.exhibits import Exhibit

_MOST_INSTANCES = 1000


@dataclass(frozen=True, kw_only=True)
class Bbob(Task):
    """Minimises the distance to the optimum of a BBOB function, f(x) - f_opt, over the box [-5, 5]^d.

    There is no luck in it: neither seed matters.
    """

    card: ClassVar[TaskCard] = TaskCard(
        summary="one of COCO's 24 noiseless functions; minimise the distance to its optimum, at best 0",
        licence="BSD-3-Clause",
        source="https://inria.hal.science/inria-00362633",
        cost="6 to 35 microseconds",
        extra="bbob",
        modules=("cocoex",),
    )

    function: int = 1
    """Number of the function, in [1, 24]: `functions.FUNCTIONS` says what each is known for."""
    dimension: int = 5
    """Number of parameters, one of 2, 3, 5, 10, 20, 40."""
    instance: int = 1
    """Which of the function's shifts and rotations, in [1, 1000]."""

    def __post_init__(self) -> None:
        _check_range("function", self.function, len(FUNCTIONS))
        _check_range("instance", self.instance, _MOST_INSTANCES)
        if type(self.dimension) is not int or self.dimension not in DIMENSIONS:
            raise InvalidOption(f"dimension is one of {', '.join(map(str, DIMENSIONS))}, not {self.dimension!r}")

    @property
    def problem(self) -> Problem:
        """Real parameters x0, x1, ... in [-5, 5]; minimise `distance`."""
        space = SearchSpace({f"x{i}": Float(-5.0, 5.0) for i in range(self.dimension)})
        return Problem(space, (Objective("distance"),))

    @property
    def best_known(self) -> Mapping[str, float]:
        """The optimum."""
        return {"distance": 0.0}

    def prepare(self) -> None:
        """Load COCO and build the function; raises `MissingExtra` where COCO is not installed."""
        landscape_of(self.function, self.dimension, self.instance)

    def evaluate(self, trial: Trial) -> Measurement:
        """The `distance`; held out the same, since nothing is drawn at random."""
        landscape = landscape_of(self.function, self.dimension, self.instance)
        point = [trial.configuration.number(f"x{i}") for i in range(self.dimension)]
        distance = float(landscape.distances(np.array([point]))[0])
        return Measurement({"distance": distance}, held_out={"distance": distance})

    def explain(self, trial: Trial) -> Sequence[Exhibit]:
        """The landscape through the trial's point, slices along the axes, and what the function is known for."""
        from .exhibits import exhibits

        return exhibits(self, trial)


def _check_range(option: str, value: object, highest: int) -> None:
    if type(value) is not int or not 1 <= value <= highest:
        raise InvalidOption(f"{option} is a whole number in [1, {highest}], not {value!r}")
