"""One parameter of a study of Optuna, and the parameter of a search space that stands for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from ...configuration import Value
from ...errors import UnsupportedProblem
from ...parameter import Categorical, Float, Integer, Parameter
from ...strategies import optuna_sampler
from ..plain_choices import categorical_of, plain_choices

_TOLERANCE = 1e-8
"""How far from a step a value may lie and still be on it, in steps; as Optuna has it."""


@dataclass(frozen=True, slots=True)
class StudyParameter:
    """A distribution of Optuna, and how its values are told to a strategy."""

    distribution: BaseDistribution
    parameter: Parameter
    step: float | None = None
    """The distance between values of which `parameter` counts, from the lowest; None where it holds the values."""
    choices: tuple[object, ...] | None = None
    """The objects whose positions `parameter` chooses from; None where it holds the values."""

    def decode(self, value: Value) -> object:
        """The value as Optuna has it."""
        if self.choices is not None:
            assert isinstance(value, int)
            return self.choices[value]
        if self.step is None:
            return value
        assert isinstance(self.distribution, FloatDistribution | IntDistribution)
        assert isinstance(value, int)
        return min(self.distribution.low + value * self.step, self.distribution.high)

    def encode(self, value: object) -> Value | None:
        """The value as a strategy has it; None for one that lies outside."""
        found = value
        if self.choices is not None:
            found = _position(self.choices, value)
        elif self.step is not None:
            assert isinstance(self.distribution, FloatDistribution | IntDistribution)
            found = _count(value, self.distribution.low, self.step)
        return found if isinstance(found, str | int | float) and self.parameter.accepts(found) else None


def parameter_of(name: str, distribution: BaseDistribution) -> StudyParameter:
    """The parameter that stands for a distribution of more than one value.

    A distribution with a step becomes the whole numbers of steps, so that a strategy learns about the very values
    that are tried; choices that are no plain values, such as None, become their positions.
    """
    if isinstance(distribution, CategoricalDistribution):
        choices = None if plain_choices(distribution.choices) else distribution.choices
        return StudyParameter(distribution, categorical_of(distribution.choices), choices=choices)
    if isinstance(distribution, IntDistribution):
        if distribution.step == 1:
            return StudyParameter(distribution, Integer(distribution.low, distribution.high, distribution.log))
        steps = (distribution.high - distribution.low) // distribution.step
        return StudyParameter(distribution, Integer(0, steps), distribution.step)
    if isinstance(distribution, FloatDistribution):
        if distribution.step is None:
            return StudyParameter(distribution, Float(distribution.low, distribution.high, distribution.log))
        steps = round((distribution.high - distribution.low) / distribution.step)
        return StudyParameter(distribution, Integer(0, steps), distribution.step)
    raise UnsupportedProblem(f"{name}: a {type(distribution).__name__} cannot be converted to a search space")


def distribution_of(parameter: Parameter) -> BaseDistribution:
    """What a study's objective is to suggest for a parameter of a search space."""
    if isinstance(parameter, Categorical):
        return CategoricalDistribution(parameter.choices)  # ordered or not: an objective is to be given the choice
    return optuna_sampler.distribution_of(parameter)


def _position(choices: Sequence[object], value: object) -> int | None:
    """Where the value stands: 1, 1.0 and True are three choices, and nan is one."""
    for index, choice in enumerate(choices):
        if type(choice) is type(value) and (choice == value or (choice != choice and value != value)):  # noqa: PLR0124  nan
            return index
    return None


def _count(value: object, low: float, step: float) -> int | None:
    """How many steps the value lies above the lowest; None where it lies between two."""
    if not isinstance(value, int | float):
        return None
    steps = (value - low) / step
    return round(steps) if abs(steps - round(steps)) < _TOLERANCE else None
