"""The default configuration: what one gets without any search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ..problem import Budget, Feature, Problem
from ..strategy import SearchStrategy
from ..trial import Proposal


class DefaultConfiguration(SearchStrategy):
    """One trial of each parameter's default (its declared one, else the middle of its range or its first choice).

    Then it ends. A parameter that is inactive under the defaults of its parents is left out.
    """

    supports: ClassVar[Feature] = Feature.MIXED | Feature.CONDITIONAL | Feature.MULTIOBJECTIVE

    def __init__(self, problem: Problem, *, seed: int, budget: Budget) -> None:
        super().__init__(problem, seed=seed, budget=budget)
        self._left = [Proposal(self.space.default())]

    def ask(self, count: int) -> Sequence[Proposal]:
        proposals, self._left = self._left[:count], self._left[count:]
        return proposals
