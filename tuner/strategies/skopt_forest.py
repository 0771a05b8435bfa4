"""Bayesian optimisation with a forest of scikit-optimize: random forest or extremely randomised trees."""

from __future__ import annotations

from ..problem import Budget, Problem
from .option_checks import one_of, whole
from .skopt_optimizer import SkoptOptimizer, SkoptOptions


class SkoptForest(SkoptOptimizer):
    """Fits a forest, whose spread between trees is its doubt, and maximises an acquisition function over samples.

    Hutter et al., Sequential Model-Based Optimization for General Algorithm Configuration (2011). `model` is "ET"
    (extremely randomised trees) or "RF" (random forest); trees have no gradients, so candidates are random points.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        budget: Budget,
        model: str = "ET",
        n_estimators: int = 100,
        min_samples_leaf: int = 3,
        n_initial_points: int = 10,
        initial_point_generator: str = "random",
        acq_func: str = "EI",
        n_points: int = 10_000,
        xi: float = 0.01,
        kappa: float = 1.96,
        strategy: str = "cl_min",
    ) -> None:
        options = SkoptOptions(
            n_initial_points=n_initial_points,
            initial_point_generator=initial_point_generator,
            acq_func=acq_func,
            n_points=n_points,
            xi=xi,
            kappa=kappa,
            strategy=strategy,
        )
        super().__init__(
            problem,
            seed=seed,
            budget=budget,
            model=one_of("model", model, ("ET", "RF")),
            options=options,
            n_estimators=whole("n_estimators", n_estimators, 1),
            min_samples_leaf=whole("min_samples_leaf", min_samples_leaf, 1),
        )
