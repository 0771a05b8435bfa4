"""Bayesian optimisation with the Gaussian process of the package bayesian-optimization."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from ..configuration import Configuration
from ..extras import require
from ..problem import Budget, Feature, Problem
from ..seeds import derive_seed
from ..strategy import SearchStrategy
from ..trial import Proposal, TrialResult
from .bounded_loss import bounded
from .option_checks import not_negative, one_of, whole

if TYPE_CHECKING:
    from .bayes_opt_model import BayesOptModel, Point


class BayesOptSearch(SearchStrategy):
    """Fits a Gaussian process (Matern 5/2, one length scale for all) and maximises an acquisition function.

    Nogueira, Bayesian Optimization: Open source constrained global optimization tool for Python (2014),
    https://github.com/bayesian-optimization/BayesianOptimization.

    Numbers and ordered categoricals are coordinates of the unit cube, rounded when proposed; other categoricals are
    encoded one-hot, and then differential evolution takes the place of gradients, which takes seconds a proposal.

    A batch is greedy by the constant liar: a pending trial counts as the worst seen so far. So does a failed one; while
    none has succeeded, proposals are random.
    """

    supports: ClassVar[Feature] = Feature.MIXED
    packages: ClassVar[tuple[str, ...]] = ("bayesian-optimization", "scikit-learn")

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        budget: Budget,
        init_points: int = 5,
        acquisition: str = "ucb",
        kappa: float = 2.576,
        xi: float = 0.01,
        n_random: int = 10_000,
        n_smart: int = 10,
    ) -> None:
        """Take up a problem; `kappa` is for "ucb", `xi` for "ei" and "poi"."""
        super().__init__(problem, seed=seed, budget=budget)
        require("bayes-opt", "bayesian-optimization", "bayes-opt", module="bayes_opt")
        self._init_points = whole("init_points", init_points, 1)
        self._model = self._make_model(
            one_of("acquisition", acquisition, ("ucb", "ei", "poi")),
            not_negative("kappa", kappa),
            not_negative("xi", xi),
            whole("n_random", n_random, 1),
            whole("n_smart", n_smart, 0),
        )
        self._pending: dict[Configuration, deque[Point]] = {}
        self._known: list[tuple[Point, float]] = []
        self._failed: list[Point] = []

    def ask(self, count: int) -> Sequence[Proposal]:
        return [Proposal(self._propose()) for _ in range(count)]

    def tell(self, result: TrialResult) -> None:
        configuration = result.trial.configuration
        waiting = self._pending.get(configuration)
        point = waiting.popleft() if waiting else self._model.encode(configuration)
        if waiting is not None and not waiting:
            del self._pending[configuration]
        if result.is_failure:
            self._failed.append(point)
        else:
            self._known.append((point, bounded(result.loss)))

    def _propose(self) -> Configuration:
        unknown = [*self._failed, *[point for points in self._pending.values() for point in points]]
        if not self._known or len(self._known) + len(unknown) < self._init_points:
            point = self._model.random_point()
        else:
            worst = max(loss for _, loss in self._known)
            point = self._model.suggest([*self._known, *[(point, worst) for point in unknown]])
        configuration = self._model.decode(point)
        self._pending.setdefault(configuration, deque()).append(point)
        return configuration

    def _make_model(self, acquisition: str, kappa: float, xi: float, n_random: int, n_smart: int) -> BayesOptModel:
        from .bayes_opt_model import BayesOptModel, acquisition_of

        seed = derive_seed(self.seed, "bayes-opt") % 2**32
        return BayesOptModel(self.space, acquisition_of(acquisition, kappa, xi), seed, n_random, n_smart)
