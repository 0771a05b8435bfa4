"""Shared base of the strategies that try many configurations at a low fidelity and promote the best of them."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from ..configuration import Configuration
from ..problem import Budget, Feature, Problem
from ..strategy import SearchStrategy
from ..trial import Proposal, TrialResult
from .option_checks import flag, whole
from .random_search import RandomSearch
from .rungs import rungs_of


class MultiFidelity(SearchStrategy):
    """Knows the rungs, draws new configurations, and promotes earlier ones.

    Options: `eta`, by which the fidelity grows from rung to rung and of which one goes on; `min_fidelity`, below
    which no rung lies (None: the lowest that the problem offers); `resume`, whether a promoted trial is continued
    or started anew.
    """

    supports: ClassVar[Feature] = Feature.MIXED | Feature.CONDITIONAL
    needs_fidelity: ClassVar[bool] = True

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        budget: Budget,
        eta: int = 3,
        min_fidelity: float | None = None,
        resume: bool = True,
    ) -> None:
        super().__init__(problem, seed=seed, budget=budget)
        assert problem.fidelity is not None
        self.eta = whole("eta", eta, 2)
        self.rungs = rungs_of(problem.fidelity, self.eta, min_fidelity)
        """Ascending; the last is the problem's highest fidelity."""
        self._resumes = flag("resume", resume)
        self._source = RandomSearch(problem, seed=seed, budget=budget)
        self.begin()

    @abstractmethod
    def begin(self) -> None:
        """Set up what the strategy keeps; called once, as soon as the rungs are known."""

    def draw(self, count: int) -> list[Configuration]:
        """So many new configurations: the ones that random search draws with the same seed."""
        return [proposal.configuration for proposal in self._source.ask(count)]

    def start(self, count: int, fidelity: float) -> list[Proposal]:
        """So many new configurations at a fidelity."""
        return [Proposal(configuration, fidelity) for configuration in self.draw(count)]

    def promote(self, result: TrialResult, fidelity: float) -> Proposal:
        """The configuration of a trial that succeeded, at a greater fidelity."""
        return Proposal(result.trial.configuration, fidelity, result.trial.id if self._resumes else None)

    def fidelity_of(self, result: TrialResult) -> float:
        """At which fidelity a trial was evaluated."""
        asked = result.trial.proposal.fidelity
        return self.rungs[-1] if asked is None else asked
