"""Ax: Bayesian optimisation with the Gaussian processes of BoTorch."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar

from ..extras import require
from ..problem import Budget, Feature, Problem
from ..seeds import derive_seed
from ..strategy import SearchStrategy
from ..trial import Proposal, TrialResult
from .bounded_loss import bounded
from .option_checks import flag, whole

if TYPE_CHECKING:
    from .ax_experiment import AxExperiment

_ANNOUNCING = "ax.storage.sqa_store.with_db_settings_base"
"""The logger that tells, while Ax is imported, that it could store experiments in a database."""


class AxSearch(SearchStrategy):
    """Asks a client of Ax, which chooses the model and acquisition function of BoTorch by the kind of problem.

    Balandat et al., BoTorch: A Framework for Efficient Monte-Carlo Bayesian Optimization (2020), arXiv:1910.06403;
    Olson et al., Ax: A Platform for Adaptive Experimentation (2025). The first `initialization_budget` trials are a
    scrambled Sobol sequence.

    A batch is Ax's own: each proposal takes the earlier, unfinished ones into account. During the Sobol sequence Ax
    may propose fewer than asked for. A failed trial is marked as failed: left out of the model, though it counts as
    proposed. Conditional spaces are refused.
    """

    supports: ClassVar[Feature] = Feature.MIXED | Feature.MULTIOBJECTIVE
    packages: ClassVar[tuple[str, ...]] = ("ax-platform", "botorch", "gpytorch", "torch")

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        budget: Budget,
        initialization_budget: int = 5,
        initialize_with_center: bool = True,
    ) -> None:
        """Take up a problem."""
        super().__init__(problem, seed=seed, budget=budget)
        require("ax", "ax-platform", "ax", module="ax")
        self._experiment = self._begin(
            whole("initialization_budget", initialization_budget, 1),
            flag("initialize_with_center", initialize_with_center),
        )

    def ask(self, count: int) -> Sequence[Proposal]:
        return [Proposal(configuration) for configuration in self._experiment.suggest(count)]

    def tell(self, result: TrialResult) -> None:
        losses = [bounded(loss) for loss in result.losses]
        self._experiment.record(result.trial.configuration, losses)

    def _begin(self, size: int, with_center: bool) -> AxExperiment:  # noqa: FBT001  passed on
        with _unannounced():
            from .ax_experiment import AxExperiment

        seed = derive_seed(self.seed, "ax") % 2**31
        return AxExperiment(self.space, len(self.problem.objectives), seed, size, with_center=with_center)


@contextmanager
def _unannounced() -> Iterator[None]:
    """Drop, for this moment, what that one logger tells: Ax sets its level, and shows it on a handler of its own."""
    logger = logging.getLogger(_ANNOUNCING)
    logger.addFilter(_drop)
    try:
        yield
    finally:
        logger.removeFilter(_drop)


def _drop(record: logging.LogRecord) -> bool:  # noqa: ARG001  as a filter is called
    return False
