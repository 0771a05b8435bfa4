"""The tree-structured Parzen estimator (TPE) of Optuna."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from optuna.samplers import TPESampler

from ..problem import Budget, Feature, Problem
from .option_checks import flag, whole
from .optuna_sampler import OptunaSampler


class TreeParzen(OptunaSampler):
    """Models good and bad configurations by two densities and proposes where their ratio is largest.

    Bergstra et al., Algorithms for Hyper-Parameter Optimization (2011); Watanabe, arXiv:2304.11127.

    Conditional spaces: `multivariate` models together the parameters that every trial so far has, and each other
    one alone, from the trials in which it was active; with `group`, parameters that are active together are
    modelled together. A batch is greedy: with `constant_liar` each proposal counts the earlier, unfinished ones as
    bad, so that they spread out; without it they are independent draws.
    """

    supports: ClassVar[Feature] = Feature.MIXED | Feature.CONDITIONAL | Feature.MULTIOBJECTIVE

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        budget: Budget,
        n_startup_trials: int = 10,
        n_ei_candidates: int = 24,
        multivariate: bool | None = None,
        group: bool = False,
        constant_liar: bool = True,
    ) -> None:
        """Take up a problem; `multivariate` None means true, but for several objectives false."""
        if multivariate is None and flag("group", group):
            multivariate = True
        sampler = partial(
            TPESampler,
            n_startup_trials=whole("n_startup_trials", n_startup_trials, 1),
            n_ei_candidates=whole("n_ei_candidates", n_ei_candidates, 1),
            multivariate=None if multivariate is None else flag("multivariate", multivariate),
            group=flag("group", group),
            constant_liar=flag("constant_liar", constant_liar),
        )
        super().__init__(problem, seed=seed, budget=budget, make_sampler=sampler)
