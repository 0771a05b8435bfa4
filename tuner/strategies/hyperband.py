"""Hyperband: brackets of successive halving, from many configurations at a low fidelity to a few at the highest."""

from __future__ import annotations

from collections.abc import Sequence

from .brackets import Rung, halve
from .successive_halving import SuccessiveHalving


class Hyperband(SuccessiveHalving):
    """Successive halving from each rung in turn, the lowest first, and then from the lowest again.

    The bracket that begins s rungs below the highest, of k rungs in all, has ceil(k / (s + 1) * eta**s) new
    configurations, so that all cost about the same. It waits for a rung, treats failures and results that it did not
    propose as successive halving does, and never ends by itself.

    Source: Li et al., "Hyperband: A Novel Bandit-Based Approach to Hyperparameter Optimization", JMLR 18 (2018),
    arXiv:1603.06560.
    """

    def brackets(self) -> Sequence[Sequence[Rung]]:
        """One for each rung that it can begin with."""
        return [self._bracket(steps) for steps in reversed(range(len(self.rungs)))]

    def _bracket(self, steps: int) -> Sequence[Rung]:
        size = -(-len(self.rungs) * self.eta**steps // (steps + 1))
        return halve(size, self.rungs[-steps - 1 :], self.eta)
