"""BOHB: Hyperband's brackets, with new configurations from a model of what did well so far."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ..configuration import Configuration
from ..problem import Budget, Problem
from ..seeds import derive_seed
from ..trial import Failure, FailureKind, Proposal, Trial, TrialResult
from .hyperband import Hyperband
from .option_checks import probability, whole
from .tree_parzen import TreeParzen


class BOHB(Hyperband):
    """Hyperband whose new configurations a tree-structured Parzen estimator of Optuna suggests, one model a rung.

    The model of the highest rung with `least_observations` (None: the number of parameters and 3) is asked, but for
    a part `random_fraction` of the configurations, which are drawn at random, as all are while no rung has as many.
    A model learns what succeeded at its rung, whoever proposed it, such as starting points; parameters are modelled
    together, in conditional spaces those that are active together. The density estimator and its share of good
    configurations are Optuna's; the paper has its own.

    Source: Falkner, Klein and Hutter, "BOHB: Robust and Efficient Hyperparameter Optimization at Scale" (2018),
    arXiv:1807.01774.
    """

    packages: ClassVar[tuple[str, ...]] = TreeParzen.packages

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        budget: Budget,
        eta: int = 3,
        min_fidelity: float | None = None,
        resume: bool = True,
        random_fraction: float = 1 / 3,
        n_ei_candidates: int = 64,
        least_observations: int | None = None,
    ) -> None:
        super().__init__(problem, seed=seed, budget=budget, eta=eta, min_fidelity=min_fidelity, resume=resume)
        self._random_fraction = probability("random_fraction", random_fraction)
        least = len(self.space) + 3 if least_observations is None else least_observations
        self._coin = np.random.default_rng(derive_seed(seed, "coin"))
        candidates = whole("n_ei_candidates", n_ei_candidates, 1)
        least = whole("least_observations", least, 1)
        self._models = {
            fidelity: RungModel(problem, derive_seed(seed, "rung", index), least, candidates)
            for index, fidelity in enumerate(self.rungs)
        }

    def draw(self, count: int) -> list[Configuration]:
        """So many new configurations, from the model or at random."""
        return [self._draw_one() for _ in range(count)]

    def tell(self, result: TrialResult) -> None:
        super().tell(result)
        model = self._models.get(self.fidelity_of(result))
        if model is not None and not result.is_failure:
            model.learn(result)

    def _draw_one(self) -> Configuration:
        model = next((m for m in reversed(self._models.values()) if m.is_ready), None)
        if model is None or self._coin.random() < self._random_fraction:
            return super().draw(1)[0]
        return model.suggest()


class RungModel:
    """What is known of the configurations at one fidelity."""

    def __init__(self, problem: Problem, seed: int, least_observations: int, candidates: int) -> None:
        self._least = least_observations
        self._observations = 0
        self._sampler = TreeParzen(
            problem,
            seed=seed,
            budget=Budget(trials=1),
            n_startup_trials=1,
            n_ei_candidates=candidates,
            group=bool(problem.space.conditions),
            constant_liar=False,
        )

    @property
    def is_ready(self) -> bool:
        """Whether there are observations enough to suggest anything."""
        return self._observations >= self._least

    def learn(self, result: TrialResult) -> None:
        """A trial at this fidelity has succeeded."""
        self._observations += 1
        self._sampler.tell(result)

    def suggest(self) -> Configuration:
        """A configuration of high density among the good ones and of low density among the others."""
        (proposal,) = self._sampler.ask(1)
        self._withdraw(proposal)
        return proposal.configuration

    def _withdraw(self, proposal: Proposal) -> None:
        # It begins at a lower fidelity and may never come to this one, so here it must not stay pending.
        failure = Failure(FailureKind.INVALID, "begins at a lower fidelity")
        self._sampler.tell(TrialResult(Trial(0, proposal, seed=0), failure))
