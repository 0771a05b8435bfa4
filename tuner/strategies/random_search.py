"""Random search: the baseline that every other strategy has to beat."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import ClassVar

from ..configuration import Configuration
from ..problem import Budget, Feature, Problem
from ..strategy import SearchStrategy
from ..trial import Proposal

_LARGEST_BLOCK = 256


class RandomSearch(SearchStrategy):
    """Independent draws, uniform on each parameter's own scale (logarithmic where `log` says so); never ends by itself.

    Source: Bergstra and Bengio, "Random Search for Hyper-Parameter Optimization", JMLR 13 (2012).
    """

    supports: ClassVar[Feature] = Feature.MIXED | Feature.CONDITIONAL | Feature.MULTIOBJECTIVE

    def __init__(self, problem: Problem, *, seed: int, budget: Budget) -> None:
        super().__init__(problem, seed=seed, budget=budget)
        self._drawn = iter(list[Configuration]())
        self._block = 1

    def ask(self, count: int) -> Sequence[Proposal]:
        proposals = [Proposal(configuration) for configuration in islice(self._drawn, count)]
        if len(proposals) < count:
            proposals += [Proposal(configuration) for configuration in self._draw(count - len(proposals))]
        return proposals

    def _draw(self, count: int) -> list[Configuration]:
        # Drawn ahead in growing blocks: the same configurations as one at a time, at a fraction of the time.
        self._block = min(2 * self._block, _LARGEST_BLOCK)
        block = self.space.sample_many(self.rng, max(count, self._block))
        self._drawn = iter(block[count:])
        return block[:count]
