"""A space of few values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from tuner.configuration import Value
from tuner.errors import InvalidOption
from tuner.modifier import Modifier
from tuner.parameter import Float, Integer, Parameter, default_of
from tuner.problem import Problem
from tuner.space import SearchSpace
from tuner.trial import Measurement, Trial

from .translation import free_floats, with_values


@dataclass(frozen=True, kw_only=True)
class Discretised(Modifier):
    """Leaves of each Float parameter some values only, evenly spaced on its scale, ends included.

    A strategy sees an Integer: the number of the value, from 0. So it is told all there is to know: that there are
    few values, in which order, and that neighbours are equally far apart. Plateaus in a space that says it is
    continuous would be a lie, and an ordered categorical would shut out the strategies for numbers. The value that the
    number stood for is kept in `extras` under the parameter's name. Whether the best value is still within reach is
    not known, so none is.
    """

    levels: int = 5
    """How many values, from 2."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.levels, bool) or not isinstance(self.levels, int) or not 2 <= self.levels <= 10_000:
            raise InvalidOption(f"levels is a whole number from 2 to 10000, not {self.levels!r}")
        free_floats(self.task.problem.space, "discretised")

    @property
    def remark(self) -> str:
        return f"{self.levels} values of each float"

    @property
    def problem(self) -> Problem:
        """The wrapped task's, with an Integer in place of each Float."""
        return self._problem

    @property
    def best_known(self) -> Mapping[str, float]:
        """Empty: the best configuration may not be among those that are left."""
        return {}

    def inward(self, trial: Trial) -> Trial:
        return with_values(trial, {**trial.configuration, **self._chosen(trial)})

    def outward(self, trial: Trial, measurement: Measurement) -> Measurement:
        return replace(measurement, extras={**self._chosen(trial), **measurement.extras})

    def _chosen(self, trial: Trial) -> dict[str, float]:
        """The values that the configuration's numbers stand for, by the name of the parameter."""
        values = trial.configuration
        return {name: grid[values.integer(name)] for name, grid in self._grids.items() if name in values}

    @cached_property
    def _grids(self) -> dict[str, list[float]]:
        floats = free_floats(self.task.problem.space, "discretised")
        return {name: parameter.grid(self.levels) for name, parameter in floats.items()}

    @cached_property
    def _problem(self) -> Problem:
        problem = self.task.problem
        space = problem.space
        parameters: dict[str, Parameter] = {
            name: self._numbered(parameter) if name in self._grids and isinstance(parameter, Float) else parameter
            for name, parameter in space.parameters.items()
        }
        return replace(problem, space=SearchSpace(parameters, space.conditions))

    def _numbered(self, parameter: Float) -> Integer:
        """The numbers of the parameter's values; the default is the nearest to the parameter's own."""
        default: Value = default_of(parameter)
        nearest = round(parameter.to_unit(float(default)) * (self.levels - 1))
        return Integer(0, self.levels - 1, default=nearest)
