"""SMAC: Bayesian optimisation with the random forest of SMAC3."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from ..extras import require
from ..problem import Budget, Feature, Problem
from ..seeds import derive_seed
from ..strategy import SearchStrategy
from ..trial import Proposal, TrialResult
from .bounded_loss import bounded
from .smac_options import SmacOptions

if TYPE_CHECKING:
    from .smac_optimizer import SmacOptimizer

_TRIALS = 100


class SmacSearch(SearchStrategy):
    """Asks SMAC3's facade for hyperparameter optimisation: a random forest, log expected improvement, local search.

    Lindauer et al., SMAC3: A Versatile Bayesian Optimization Package for Hyperparameter Optimization (2022),
    arXiv:2109.09831. Each configuration is evaluated once; an ordered categorical is an ordinal to SMAC.

    The first trials are a Sobol design of `n_configs_per_hyperparameter` times the parameters, but at most `max_ratio`
    of the budget (of 100 trials, if it counts none). The model is fitted anew after `retrain_after` proposals: those
    in between, in a batch or not, are the next best of the same candidates, or random ones. A failed trial is told as
    crashed, with the worst loss seen so far; until one has succeeded it stays pending.
    """

    supports: ClassVar[Feature] = Feature.MIXED | Feature.CONDITIONAL
    packages: ClassVar[tuple[str, ...]] = ("smac", "ConfigSpace", "scikit-learn")

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        budget: Budget,
        n_configs: int | None = None,
        n_configs_per_hyperparameter: int = 10,
        max_ratio: float = 0.25,
        n_trees: int = 10,
        challengers: int = 10_000,
        retrain_after: int = 8,
        xi: float = 0.0,
    ) -> None:
        """Take up a problem; `n_configs` None means by the number of parameters."""
        super().__init__(problem, seed=seed, budget=budget)
        require("smac", "smac", "smac")
        options = SmacOptions(
            n_configs=n_configs,
            n_configs_per_hyperparameter=n_configs_per_hyperparameter,
            max_ratio=max_ratio,
            n_trees=n_trees,
            challengers=challengers,
            retrain_after=retrain_after,
            xi=xi,
        )
        self._optimizer = self._make_optimizer(options)
        self._worst: float | None = None
        self._failed: list[TrialResult] = []

    def ask(self, count: int) -> Sequence[Proposal]:
        proposed = (self._optimizer.ask() for _ in range(count))
        return [Proposal(configuration) for configuration in proposed if configuration is not None]

    def tell(self, result: TrialResult) -> None:
        if not result.is_failure:
            loss = bounded(result.loss)
            self._worst = loss if self._worst is None else max(self._worst, loss)
            self._optimizer.tell(result.trial.configuration, loss, has_failed=False)
        else:
            self._failed.append(result)
        if self._worst is not None:
            for failed in self._failed:
                self._optimizer.tell(failed.trial.configuration, self._worst, has_failed=True)
            self._failed = []

    def _make_optimizer(self, options: SmacOptions) -> SmacOptimizer:
        from .smac_optimizer import SmacOptimizer

        trials = self.budget.trials or _TRIALS
        return SmacOptimizer(self.space, derive_seed(self.seed, "smac") % 2**31, trials, options)
