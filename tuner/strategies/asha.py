"""Asynchronous successive halving (ASHA): promotions as soon as a trial is among the best of its rung so far."""

from __future__ import annotations

from collections.abc import Sequence

from ..trial import Proposal, TrialResult
from .multi_fidelity import MultiFidelity
from .rung_ranking import RungRanking


class ASHA(MultiFidelity):
    """Promotes the best trial of the highest rung that has one in its top 1 / eta, else starts a new configuration.

    It never waits and never ends by itself. A failed trial counts as the last of its rung and is never promoted.
    Results that it did not propose count at the rung of their fidelity, if that is one.

    Source: Li et al., "A System for Massively Parallel Hyperparameter Tuning" (2020), arXiv:1810.05934.
    """

    def begin(self) -> None:
        self._rankings = {fidelity: RungRanking(self.eta) for fidelity in self.rungs[:-1]}
        """By the rung's fidelity; from the highest rung nothing is promoted."""
        self._steps = [(self._rankings[low], high) for low, high in zip(self.rungs, self.rungs[1:], strict=False)][::-1]

    def ask(self, count: int) -> Sequence[Proposal]:
        promoted: list[Proposal] = []
        for ranking, fidelity in self._steps:
            while len(promoted) < count and (result := ranking.pop_promotable()):
                promoted.append(self.promote(result, fidelity))
        return [*promoted, *self.start(count - len(promoted), self.rungs[0])]

    def tell(self, result: TrialResult) -> None:
        ranking = self._rankings.get(self.fidelity_of(result))
        if ranking is not None:
            ranking.add(result)
