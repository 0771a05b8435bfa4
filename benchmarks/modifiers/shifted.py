"""A warped space, so that the best configuration lies somewhere else."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tuner.configuration import Value
from tuner.errors import InvalidOption
from tuner.modifier import Modifier
from tuner.parameter import Float
from tuner.trial import Trial

from .translation import free_floats, with_values


@dataclass(frozen=True, kw_only=True)
class Shifted(Modifier):
    """Moves the optimum along each Float parameter, by another amount for each seed index.

    Many test functions are least in the middle of their domain, where grids and sequences have a point by luck. Here
    the middle of the unit interval stands for another point of it, drawn from the data's seed: each Float goes through
    u -> c u / ((1 - c) + (2 c - 1) u), a smooth and increasing map of [0, 1] onto itself with 1/2 -> c. So the space
    stays the same, what was continuous or smooth stays so, nothing is clipped or wrapped around, and every value of
    the parameter is still reached: the best known value stays true. The ends of the range do not move. Integers and
    categoricals stay as they are, since no other increasing map of them reaches every value.
    """

    amount: float = 0.25
    """The largest distance of c from 1/2, more than 0 and less than 1/2; the least distance is half of it."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.amount < 0.5:
            raise InvalidOption(f"amount is more than 0 and less than 0.5, not {self.amount!r}")
        free_floats(self.problem.space, "shifted")

    @property
    def remark(self) -> str:
        return f"shifted by up to {self.amount:g} of each range"

    def inward(self, trial: Trial) -> Trial:
        values: dict[str, Value] = dict(trial.configuration)
        for (name, parameter), centre in zip(self._floats.items(), self.centres(trial.data_seed), strict=True):
            if name in values:
                unit = np.array([warp(parameter.to_unit(trial.configuration.number(name)), centre)])
                values[name] = parameter.from_units(unit)[0]
        return with_values(trial, values)

    def centres(self, data_seed: int) -> list[float]:
        """For each Float parameter that is shifted, the point of [0, 1] that its middle stands for."""
        rng, size = self.luck(data_seed), len(self._floats)
        distance = self.amount * rng.uniform(0.5, 1.0, size)
        centres: list[float] = np.where(rng.random(size) < 0.5, 0.5 - distance, 0.5 + distance).tolist()
        return centres

    @cached_property
    def _floats(self) -> dict[str, Float]:
        return free_floats(self.problem.space, "shifted")


def warp(unit: float, centre: float) -> float:
    """The increasing map of [0, 1] onto itself that takes 1/2 to `centre`; its inverse has 1 - centre."""
    return centre * unit / ((1.0 - centre) + (2.0 * centre - 1.0) * unit)
