"""The algorithms of hyperopt: its tree-structured Parzen estimator, and annealing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from ..extras import require
from ..problem import Budget, Feature, Problem
from ..seeds import derive_seed
from ..strategy import SearchStrategy
from ..trial import Proposal, TrialResult
from .bounded_loss import bounded
from .option_checks import one_of, positive, whole

if TYPE_CHECKING:
    from .hyperopt_history import HyperoptHistory


class HyperoptSearch(SearchStrategy):
    """Proposes what hyperopt suggests: `algorithm` "tpe", or "anneal", which draws ever nearer to good trials.

    Bergstra et al., Algorithms for Hyper-Parameter Optimization (2011), as its authors wrote it. Each parameter is
    modelled alone, a conditional one from the trials in which it was active. An ordered categorical is the whole
    number of its choice.

    A batch is one proposal after the other. A pending trial counts as hyperopt counts it: as one with an infinite
    loss, and so does a failed one; both count as startup trials.
    """

    supports: ClassVar[Feature] = Feature.MIXED | Feature.CONDITIONAL
    packages: ClassVar[tuple[str, ...]] = ("hyperopt",)

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        budget: Budget,
        algorithm: str = "tpe",
        n_startup_jobs: int = 20,
        n_EI_candidates: int = 24,  # noqa: N803  hyperopt's name
        gamma: float = 0.25,
        prior_weight: float = 1.0,
        avg_best_idx: float = 2.0,
        shrink_coef: float = 0.1,
    ) -> None:
        """Take up a problem; the last two options are for "anneal", the four before them for "tpe"."""
        super().__init__(problem, seed=seed, budget=budget)
        require("hyperopt", "hyperopt", "hyperopt")
        tpe = {
            "n_startup_jobs": whole("n_startup_jobs", n_startup_jobs, 1),
            "n_EI_candidates": whole("n_EI_candidates", n_EI_candidates, 1),
            "gamma": positive("gamma", gamma, 1),
            "prior_weight": positive("prior_weight", prior_weight),
        }
        anneal = {
            "avg_best_idx": positive("avg_best_idx", avg_best_idx),
            "shrink_coef": positive("shrink_coef", shrink_coef),
        }
        options: Mapping[str, float] = tpe if one_of("algorithm", algorithm, ("tpe", "anneal")) == "tpe" else anneal
        self._history = self._begin(algorithm, options)

    def ask(self, count: int) -> Sequence[Proposal]:
        return [Proposal(self._history.suggest(self._next_seed())) for _ in range(count)]

    def tell(self, result: TrialResult) -> None:
        loss = None if result.is_failure else bounded(result.loss)
        self._history.record(result.trial.configuration, loss)

    def _begin(self, algorithm: str, options: Mapping[str, float]) -> HyperoptHistory:
        from .hyperopt_history import HyperoptHistory

        return HyperoptHistory(self.space, algorithm, options)

    def _next_seed(self) -> int:
        return derive_seed(self.seed, "hyperopt", len(self._history)) % 2**32
