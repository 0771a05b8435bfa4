"""A space in another order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

import numpy as np

from tuner.errors import InvalidOption
from tuner.modifier import Modifier
from tuner.parameter import Categorical, Parameter, default_of
from tuner.problem import Problem
from tuner.seeds import derive_seed
from tuner.space import SearchSpace
from tuner.trial import Trial

from .translation import with_values

_Item = TypeVar("_Item")


@dataclass(frozen=True, kw_only=True)
class Permuted(Modifier):
    """Puts the parameters, and the choices of unordered categoricals, into another order.

    A task says nothing with these orders, so a strategy should do as well in any of them. The order is the same for
    all seed indices; names, ranges and defaults stay.
    """

    seed: int = 0
    """Which order: a whole number from 0."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.seed, bool) or not isinstance(self.seed, int) or self.seed < 0:
            raise InvalidOption(f"seed is a whole number from 0, not {self.seed!r}")

    @property
    def remark(self) -> str:
        return f"parameters and choices in order {self.seed}"

    @property
    def problem(self) -> Problem:
        """The wrapped task's, in another order."""
        return self._problem

    def inward(self, trial: Trial) -> Trial:
        """The same values, in the order of the task's own space."""
        values = trial.configuration
        return with_values(trial, {name: values[name] for name in self._names if name in values})

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return self.task.problem.space.names

    @cached_property
    def _problem(self) -> Problem:
        problem = self.task.problem
        space, rng = problem.space, np.random.default_rng(derive_seed(self.seed, "permuted"))
        order = _another_order(space.names, rng)
        choices = {name: _with_other_choices(parameter, rng) for name, parameter in space.parameters.items()}
        return replace(problem, space=SearchSpace({name: choices[name] for name in order}, space.conditions))


def _with_other_choices(parameter: Parameter, rng: np.random.Generator) -> Parameter:
    """The parameter with its choices in another order, and the default that it had."""
    if not isinstance(parameter, Categorical) or parameter.ordered:
        return parameter
    return Categorical(_another_order(parameter.choices, rng), default=default_of(parameter))


def _another_order(items: Sequence[_Item], rng: np.random.Generator) -> tuple[_Item, ...]:
    """The items in a random order, which is not the one that they have, unless there is only one."""
    while True:
        order = rng.permutation(len(items)).tolist()
        if len(items) == 1 or order != sorted(order):
            return tuple([items[index] for index in order])
