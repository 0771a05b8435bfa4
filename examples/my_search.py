"""A strategy in fifteen lines: small steps from the best configuration so far."""

from collections.abc import Sequence

from tuner import Budget, Problem, Proposal, SearchStrategy, TrialResult


class MySearch(SearchStrategy):
    def __init__(self, problem: Problem, *, seed: int, budget: Budget, step: float = 0.1) -> None:
        super().__init__(problem, seed=seed, budget=budget)
        self.step, self.best, self.best_loss = step, self.space.to_unit(self.space.default()), float("inf")

    def ask(self, count: int) -> Sequence[Proposal]:
        if self.best_loss == float("inf"):
            return [Proposal(self.space.sample(self.rng)) for _ in range(count)]
        units = [self.best + self.rng.normal(0, self.step, len(self.best)) for _ in range(count)]
        return [Proposal(self.space.from_unit(unit)) for unit in units]

    def tell(self, result: TrialResult) -> None:
        if result.loss < self.best_loss:
            self.best, self.best_loss = self.space.to_unit(result.trial.configuration), result.loss
