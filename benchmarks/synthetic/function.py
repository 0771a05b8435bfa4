"""What all test functions share: a box, a known optimum, and noise on request."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from tuner.errors import InvalidOption
from tuner.parameter import Float
from tuner.problem import Objective, Problem
from tuner.seeds import derive_seed
from tuner.space import SearchSpace
from tuner.task import Task
from tuner.trial import Measurement, Trial

Box: TypeAlias = tuple[tuple[float, float], ...]
"""Lowest and highest value of each coordinate [d]."""

Points: TypeAlias = tuple[tuple[float, ...], ...]
"""Some points of d coordinates [n, d]."""


@dataclass(frozen=True, kw_only=True)
class SyntheticFunction(Task):
    """A function to minimise, of parameters x1 .. xd; the value counts, without its noise when held out."""

    noise: float = 0.0
    """Standard deviation of the Gaussian noise that the trial's seed adds to the value."""

    def __post_init__(self) -> None:
        if not 0 <= self.noise < math.inf:
            raise InvalidOption(f"noise is a finite standard deviation of at least 0, not {self.noise!r}")

    @property
    @abstractmethod
    def bounds(self) -> Box:
        """Where the parameters live."""

    @property
    @abstractmethod
    def optimisers(self) -> Points:
        """All points at which the function is least."""

    @property
    @abstractmethod
    def optimum(self) -> float:
        """The least value in the box."""

    @abstractmethod
    def value(self, x: Sequence[float]) -> float:
        """The function at the point `x` [d], without noise."""

    @property
    def problem(self) -> Problem:
        """Minimise `value` over the box."""
        space = SearchSpace({f"x{i}": Float(low, high) for i, (low, high) in enumerate(self.bounds, start=1)})
        return Problem(space, (Objective("value"),))

    @property
    def best_known(self) -> Mapping[str, float]:
        """The optimum: no configuration is better, though noise may look so."""
        return {"value": self.optimum}

    def evaluate(self, trial: Trial) -> Measurement:
        """The value with its noise; without it as the held-out value."""
        configuration = trial.configuration
        exact = self.value([configuration.number(f"x{i}") for i in range(1, len(configuration) + 1)])
        return Measurement({"value": exact + self._noise_of(trial)}, held_out={"value": exact})

    def _noise_of(self, trial: Trial) -> float:
        if self.noise == 0:
            return 0.0
        return self.noise * np.random.default_rng(derive_seed(trial.seed, "noise")).standard_normal()
