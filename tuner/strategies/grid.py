"""Grid search: every combination of evenly spaced values, as fine as the budget allows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import ClassVar

import numpy as np

from ..configuration import Configuration, Value
from ..parameter import Categorical, Integer, Parameter
from ..problem import Budget, Feature, Problem
from ..space import SearchSpace
from ..strategy import SearchStrategy
from ..trial import Proposal
from .option_checks import whole_or_none

DEFAULT_SIZE = 100
"""Most configurations of a grid where the budget limits neither trials nor work."""

_EVEN_TRIES, _RANDOM_TRIES = 8, 32


class Grid(SearchStrategy):
    """Every combination of evenly spaced values (on each parameter's scale), in a seeded order; ends when through.

    The whole grid fits the budget: its trials, else its work in full evaluations, else 100 configurations.
    A Categorical gets all its choices; then the numeric parameter with the fewest values gets one more, as long
    as the grid fits. A grid that does not fit even so is thinned to a seeded part in which each value appears as
    often as any other of its parameter, as far as possible. Combinations that differ only in inactive parameters
    count once.

    Option `points`: give each parameter this many values (or all it has, if fewer) instead; the grid is thinned
    where that does not fit the budget.
    """

    supports: ClassVar[Feature] = Feature.MIXED | Feature.CONDITIONAL | Feature.MULTIOBJECTIVE

    def __init__(self, problem: Problem, *, seed: int, budget: Budget, points: int | None = None) -> None:
        super().__init__(problem, seed=seed, budget=budget)
        whole_or_none("points", points, 1)
        size = _largest_size(budget)
        counts = _grow(self.space, size) if points is None else dict.fromkeys(self.space.names, points)
        self._left = iter(_choose(self.space, counts, size, self.rng))

    def ask(self, count: int) -> Sequence[Proposal]:
        return [Proposal(configuration) for configuration in islice(self._left, count)]


def _largest_size(budget: Budget) -> int:
    if budget.trials is not None:
        return budget.trials
    return DEFAULT_SIZE if budget.work is None else max(1, int(budget.work))


def _grow(space: SearchSpace, size: int) -> dict[str, int]:
    """How many values each parameter gets, so that the grid has at most `size` configurations if possible."""
    counts = {name: len(p.choices) if isinstance(p, Categorical) else 1 for name, p in space.parameters.items()}
    growing = [name for name, p in space.parameters.items() if not isinstance(p, Categorical)]
    while growing:
        name = min(growing, key=counts.__getitem__)
        larger = counts | {name: counts[name] + 1}
        if counts[name] >= space.parameters[name].count or _exceeds(space, larger, size):
            growing.remove(name)
        else:
            counts = larger
    return counts


def _exceeds(space: SearchSpace, counts: Mapping[str, int], size: int) -> bool:
    """Whether the grid has more than `size` configurations; counted without walking through all of it."""
    lengths = {name: _count_values(parameter, counts[name]) for name, parameter in space.parameters.items()}
    parents = {condition.parent for condition in space.conditions}
    if not parents:
        return math.prod(lengths.values()) > size
    skeleton = SearchSpace(
        {name: parameter for name, parameter in space.parameters.items() if name in parents},
        tuple(condition for condition in space.conditions if condition.parameter in parents),
    )
    total = 0
    for values in skeleton.grid(counts):
        total += math.prod(lengths[name] for name in space.active(values) - parents)
        if total > size:
            return True
    return False


def _count_values(parameter: Parameter, points: int) -> int:
    # Rounding may leave an Integer with fewer values than asked for.
    return len(parameter.grid(points)) if isinstance(parameter, Integer) else int(min(points, parameter.count))


def _choose(space: SearchSpace, counts: Mapping[str, int], size: int, rng: np.random.Generator) -> list[Configuration]:
    if _exceeds(space, counts, size):
        thinning = _Thinning(space, counts, rng)
        return [thinning.pick() for _ in range(size)]
    whole = list(space.grid(counts))
    return [whole[index] for index in rng.permutation(len(whole)).tolist()]


class _Thinning:
    """Picks distinct configurations of a grid such that each value is used about equally often at any time."""

    def __init__(self, space: SearchSpace, counts: Mapping[str, int], rng: np.random.Generator) -> None:
        self._space = space
        self._counts = counts
        self._rng = rng
        self._axes: dict[str, list[Value]] = {name: [*p.grid(counts[name])] for name, p in space.parameters.items()}
        self._uses = {name: np.zeros(len(axis)) for name, axis in self._axes.items()}
        self._chosen: set[Configuration] = set()

    def pick(self) -> Configuration:
        """The next configuration; to be called less often than the grid has configurations."""
        configuration = self._find_new()
        self._chosen.add(configuration)
        for name, value in configuration.items():
            self._uses[name][self._axes[name].index(value)] += 1
        return configuration

    def _find_new(self) -> Configuration:
        # Where the least used values are used up together (a branch with few children), chance finds others.
        for weight in [1.0] * _EVEN_TRIES + [0.0] * _RANDOM_TRIES:
            candidate = self._draw(weight)
            if candidate not in self._chosen:
                return candidate
        return next(c for c in self._space.grid(self._counts) if c not in self._chosen)

    def _draw(self, weight: float) -> Configuration:
        """The least used value of each parameter, ties broken by chance; any value where the weight is 0."""
        values = {}
        for name, axis in self._axes.items():
            index = np.argmin(weight * self._uses[name] + self._rng.random(len(axis)))
            values[name] = axis[int(index)]
        return self._space.restrict(values)
