"""The covariance matrix adaptation evolution strategy (CMA-ES) of Optuna."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from optuna.samplers import CmaEsSampler

from ..problem import Budget, Feature, Problem
from .option_checks import flag, positive, whole, whole_or_none
from .optuna_sampler import OptunaSampler


class CMAES(OptunaSampler):
    """Draws from a Gaussian that moves and stretches towards the better half of each generation.

    Hansen, The CMA Evolution Strategy: A Tutorial, arXiv:1604.00772.

    Numbers only: Optuna draws categoricals at random beside CMA-ES, which would be another algorithm under this
    name, so they are refused, as are conditional spaces. A batch is made of independent draws from the current
    Gaussian; batches up to `popsize` lose nothing, and of a larger one only `popsize` results count.
    """

    supports: ClassVar[Feature] = Feature.CONTINUOUS | Feature.INTEGER
    packages: ClassVar[tuple[str, ...]] = ("optuna", "cmaes")

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        budget: Budget,
        n_startup_trials: int = 1,
        sigma0: float | None = None,
        popsize: int | None = None,
        use_separable_cma: bool = False,
        with_margin: bool = False,
        lr_adapt: bool = False,
    ) -> None:
        """Take up a problem; `sigma0`, the first step, is in units of the ranges: None means a sixth."""
        sampler = partial(
            CmaEsSampler,
            n_startup_trials=whole("n_startup_trials", n_startup_trials, 1),
            sigma0=None if sigma0 is None else positive("sigma0", sigma0),
            popsize=whole_or_none("popsize", popsize, 4),
            use_separable_cma=flag("use_separable_cma", use_separable_cma),
            with_margin=flag("with_margin", with_margin),
            lr_adapt=flag("lr_adapt", lr_adapt),
            warn_independent_sampling=False,
        )
        super().__init__(problem, seed=seed, budget=budget, make_sampler=sampler)
