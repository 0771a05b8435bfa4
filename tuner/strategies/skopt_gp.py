"""Bayesian optimisation with the Gaussian process of scikit-optimize."""

from __future__ import annotations

from ..problem import Budget, Problem
from .skopt_optimizer import SkoptOptimizer, SkoptOptions


class SkoptGaussianProcess(SkoptOptimizer):
    """Fits a Gaussian process (Matern 5/2 with noise) and maximises one of three acquisition functions by hedging.

    Brochu et al., Portfolio Allocation for Bayesian Optimization, arXiv:1009.5419 (`acq_func` "gp_hedge").
    """

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        budget: Budget,
        n_initial_points: int = 10,
        initial_point_generator: str = "random",
        acq_func: str = "gp_hedge",
        acq_optimizer: str = "auto",
        n_points: int = 10_000,
        n_restarts_optimizer: int = 5,
        xi: float = 0.01,
        kappa: float = 1.96,
        strategy: str = "cl_min",
    ) -> None:
        options = SkoptOptions(
            n_initial_points=n_initial_points,
            initial_point_generator=initial_point_generator,
            acq_func=acq_func,
            acq_optimizer=acq_optimizer,
            n_points=n_points,
            n_restarts_optimizer=n_restarts_optimizer,
            xi=xi,
            kappa=kappa,
            strategy=strategy,
        )
        super().__init__(problem, seed=seed, budget=budget, model="GP", options=options)
