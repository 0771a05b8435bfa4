"""Sobol sequence: points that fill the space more evenly than chance does."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import ClassVar

from scipy.stats import qmc

from ..configuration import Configuration
from ..errors import UnsupportedProblem
from ..problem import Budget, Feature, Problem
from ..strategy import SearchStrategy
from ..trial import Proposal

_MOST_DIMENSIONS = 21_201
_BLOCK = 64


class SobolSequence(SearchStrategy):
    """A scrambled Sobol sequence in the unit cube, mapped to each parameter's own scale; never ends by itself.

    The seed scrambles the sequence. Raises `UnsupportedProblem` for more than 21201 parameters, as far as the
    direction numbers of Joe and Kuo reach. Packages: scipy.

    Source: Sobol', "On the distribution of points in a cube and the approximate evaluation of integrals" (1967);
    Owen, "Scrambling Sobol' and Niederreiter-Xing points", Journal of Complexity 14 (1998).
    """

    supports: ClassVar[Feature] = Feature.MIXED | Feature.CONDITIONAL | Feature.MULTIOBJECTIVE
    packages: ClassVar[tuple[str, ...]] = ("scipy",)

    def __init__(self, problem: Problem, *, seed: int, budget: Budget) -> None:
        super().__init__(problem, seed=seed, budget=budget)
        size = len(self.space)
        if size > _MOST_DIMENSIONS:
            raise UnsupportedProblem(f"SobolSequence takes at most {_MOST_DIMENSIONS} parameters, not {size}")
        self._engine = qmc.Sobol(size, scramble=True, seed=self.rng)
        self._drawn = iter(list[Configuration]())

    def ask(self, count: int) -> Sequence[Proposal]:
        configurations = list(islice(self._drawn, count))
        while len(configurations) < count:
            # Blocks of a power of two keep the sequence balanced, and scipy from warning that it is not.
            self._drawn = iter(self.space.from_units(self._engine.random(_BLOCK)))
            configurations += islice(self._drawn, count - len(configurations))
        return [Proposal(configuration) for configuration in configurations]
