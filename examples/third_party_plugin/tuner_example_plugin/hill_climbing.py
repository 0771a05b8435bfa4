"""Hill climbing with steps that shrink after each miss."""

from __future__ import annotations

from collections.abc import Sequence

from tuner import Budget, Problem, Proposal, SearchStrategy, TrialResult


class HillClimbing(SearchStrategy):
    """Steps from the best configuration so far; a miss makes the next step shorter, a hit longer."""

    def __init__(
        self, problem: Problem, *, seed: int, budget: Budget, first_step: float = 0.3, shrink: float = 0.9
    ) -> None:
        super().__init__(problem, seed=seed, budget=budget)
        self._step, self._shrink = first_step, shrink
        self._place = self.rng.random(len(self.space))
        self._best = float("inf")

    def ask(self, count: int) -> Sequence[Proposal]:
        steps = self.rng.normal(0, self._step, (count, len(self.space)))
        return [Proposal(self.space.from_unit(self._place + step)) for step in steps]

    def tell(self, result: TrialResult) -> None:
        if result.loss < self._best:
            self._place, self._best = self.space.to_unit(result.trial.configuration), result.loss
            self._step = min(0.5, self._step / self._shrink)
        else:
            self._step = max(0.01, self._step * self._shrink)
