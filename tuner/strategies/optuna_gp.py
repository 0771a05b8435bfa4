"""Bayesian optimisation with the Gaussian process of Optuna."""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec
from typing import ClassVar

from optuna.samplers import GPSampler

from ..errors import MissingExtra
from ..problem import Budget, Feature, Problem
from .option_checks import flag, whole
from .optuna_sampler import OptunaSampler


class OptunaGaussianProcess(OptunaSampler):
    """Fits a Gaussian process (Matern 5/2, one length scale a parameter) and maximises log expected improvement.

    Ament et al., Unexpected Improvements to Expected Improvement, arXiv:2310.20708.

    A batch is greedy: each proposal maximises the improvement expected jointly with the earlier, unfinished ones
    (qLogEI). Conditional spaces are refused: Optuna would draw every conditional parameter at random.
    """

    supports: ClassVar[Feature] = Feature.MIXED | Feature.MULTIOBJECTIVE
    packages: ClassVar[tuple[str, ...]] = ("optuna", "torch")
    _known_as: ClassVar[str] = "optuna-gp"

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        budget: Budget,
        n_startup_trials: int = 10,
        deterministic_objective: bool = False,
    ) -> None:
        """Take up a problem; raises `MissingExtra` without torch, which Optuna's Gaussian process is written in."""
        if find_spec("torch") is None:
            raise MissingExtra(f"{self._known_as} needs torch: pip install 'tuner-bench[nets]'")
        sampler = partial(
            GPSampler,
            n_startup_trials=whole("n_startup_trials", n_startup_trials, 1),
            deterministic_objective=flag("deterministic_objective", deterministic_objective),
            warn_independent_sampling=False,
        )
        super().__init__(problem, seed=seed, budget=budget, make_sampler=sampler)
