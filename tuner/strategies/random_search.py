"""Random search: the baseline that every other strategy has to beat."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import ClassVar

import numpy as np

from ..configuration import Configuration
from ..problem import Budget, Feature, Problem
from ..strategy import SearchStrategy
from ..trial import Proposal
from .option_checks import flag

_LARGEST_BLOCK = 256
_PATIENCE = 40
"""After how many blocks without a new configuration those that are left are looked for."""


class RandomSearch(SearchStrategy):
    """Independent draws, uniform on each parameter's own scale (logarithmic where `log` says so); never ends by itself.

    With `distinct` it leaves out what it has proposed before, and ends where a finite space is used up.

    Source: Bergstra and Bengio, "Random Search for Hyper-Parameter Optimization", JMLR 13 (2012).
    """

    supports: ClassVar[Feature] = Feature.MIXED | Feature.CONDITIONAL | Feature.MULTIOBJECTIVE

    def __init__(self, problem: Problem, *, seed: int, budget: Budget, distinct: bool = False) -> None:
        super().__init__(problem, seed=seed, budget=budget)
        self._is_distinct = flag("distinct", distinct)
        self._drawn = iter(list[Configuration]())
        self._block = 1
        self._seen: set[Configuration] = set()
        self._fresh: deque[Configuration] = deque()
        self._is_used_up = False

    def ask(self, count: int) -> Sequence[Proposal]:
        if self._is_distinct:
            return [Proposal(configuration) for configuration in self._take_fresh(count)]
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

    def _take_fresh(self, count: int) -> list[Configuration]:
        """So many that were not drawn before; fewer where the space has no more."""
        stalled = 0
        while len(self._fresh) < count and not self._is_used_up:
            new = self._unseen(self.space.sample_many(self.rng, _LARGEST_BLOCK))
            stalled = 0 if new else stalled + 1
            if stalled >= _PATIENCE and self._is_finite:
                new = self._unseen(self.space.grid({n: int(p.count) for n, p in self.space.parameters.items()}))
                new = [new[place] for place in self.rng.permutation(len(new)).tolist()]
                self._is_used_up = True
            self._fresh += new
        return [self._fresh.popleft() for _ in range(min(count, len(self._fresh)))]

    def _unseen(self, configurations: Iterable[Configuration]) -> list[Configuration]:
        new = [c for c in dict.fromkeys(configurations) if c not in self._seen]
        self._seen.update(new)
        return new

    @property
    def _is_finite(self) -> bool:
        return all(np.isfinite(parameter.count) for parameter in self.space.parameters.values())
