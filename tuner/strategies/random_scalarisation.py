"""Random scalarisation: several objectives for any strategy that can handle one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ..errors import InvalidOption
from ..problem import Budget, Feature, Objective, Problem
from ..registry import entry_points, find, load_strategy
from ..seeds import derive_seed
from ..strategy import SearchStrategy
from ..trial import Measurement, Proposal, TrialResult
from .option_checks import one_of, whole

LARGEST_LOSS = 1e100
"""Losses and mixtures beyond plus or minus this are taken as this, so that their ranges stay finite."""
_SLOPE = 0.05
"""What the sum counts beside the maximum, as in ParEGO."""
_MIXTURE = "mixture"


class RandomScalarisation(SearchStrategy):
    """Lets a strategy for one objective minimise a mixture of all of them, and changes the mixture as it goes.

    Knowles, ParEGO: A Hybrid Algorithm With On-Line Landscape Approximation for Expensive Multiobjective Optimization
    Problems (2006), doi:10.1109/TEVC.2005.851274: `kind` "chebyshev" is max(w f) + 0.05 sum(w f). `kind` "linear" is
    sum(w f), whose minima miss the concave parts of a front. The weights w are drawn uniformly from all that are
    positive and sum to 1; the losses f are scaled to [0, 1] over the trials known when they are drawn.

    After every `every` proposals, and with each ask until two trials have succeeded, the mixture changes: the inner
    strategy is made anew, with its default options and another seed, and told all earlier trials. So it should be one
    that learns from trials that it did not propose, and to which telling them costs little: `gp`, `bayesian`, `tpe`;
    `skopt-gp` and `skopt-forest` fit a model each time they are told. A batch is the inner strategy's and has one
    mixture. Trials that are pending while the mixture changes are unknown to the new inner strategy. A fidelity is
    ignored. Conditional spaces are taken where the inner strategy takes them.
    """

    supports: ClassVar[Feature] = Feature.MIXED | Feature.CONDITIONAL | Feature.MULTIOBJECTIVE

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        budget: Budget,
        strategy: str = "gp",
        kind: str = "chebyshev",
        every: int = 1,
    ) -> None:
        """Take up a problem; `strategy` is the name of an installed one, whose own refusals are raised here."""
        super().__init__(problem, seed=seed, budget=budget)
        name = one_of("strategy", strategy, tuple(entry_points("strategy")))
        self._make = load_strategy(find("strategy", name))
        if issubclass(self._make, RandomScalarisation):
            raise InvalidOption(f"strategy is one for a single objective, not {name!r}")
        self._slope = {"chebyshev": _SLOPE, "linear": None}[one_of("kind", kind, ("chebyshev", "linear"))]
        self._every = whole("every", every, 1)
        self._told: list[TrialResult] = []
        self._changes = 0
        self._change()

    def ask(self, count: int) -> Sequence[Proposal]:
        if self._left < 1 or self._mixture.trials < 2:
            self._change()
        proposals = self._inner.ask(count)
        self._left -= len(proposals)
        return proposals

    def tell(self, result: TrialResult) -> None:
        self._told.append(result)
        self._inner.tell(self._mixture.of(result))

    def _change(self) -> None:
        """Draw other weights, and make the inner strategy that knows all earlier trials by them."""
        losses = [result.losses for result in self._told if not result.is_failure]
        weights = self.rng.dirichlet(np.ones(len(self.problem.objectives)))
        self._mixture = Mixture.over(losses, weights, self._slope)
        self._left = self._every
        self._inner = self._make(
            Problem(self.space, (Objective(_MIXTURE),)),
            seed=derive_seed(self.seed, "mixture", self._changes),
            budget=self.budget,
        )
        self._changes += 1
        for result in self._told:
            self._inner.tell(self._mixture.of(result))


@dataclass(frozen=True, slots=True)
class Mixture:
    """One loss made of k: their scaled, weighted sum, or their maximum and a little of the sum."""

    weights: NDArray[np.float64]
    """One for each loss [k]."""
    slope: float | None
    """What the sum counts beside the maximum; None for the sum alone."""
    low: NDArray[np.float64]
    """What is scaled to 0 [k]."""
    span: NDArray[np.float64]
    """What is scaled to a difference of 1 [k]."""
    trials: int
    """How many trials the scale was taken from."""

    @classmethod
    def over(
        cls, losses: Sequence[Sequence[float]], weights: NDArray[np.float64], slope: float | None = None
    ) -> Mixture:
        """The mixture with the scale of some losses [n, k]; a loss that never changed keeps its own."""
        if not losses:
            return cls(weights, slope, np.zeros(len(weights)), np.ones(len(weights)), 0)
        known = np.clip(losses, -LARGEST_LOSS, LARGEST_LOSS)
        span = np.ptp(known, axis=0)
        return cls(weights, slope, known.min(axis=0), np.where(span > 0, span, 1.0), len(losses))

    def value(self, losses: Sequence[float]) -> float:
        """The mixture of the losses [k] of one trial."""
        with np.errstate(over="ignore"):
            scaled = (np.clip(losses, -LARGEST_LOSS, LARGEST_LOSS) - self.low) / self.span
        parts = self.weights * np.clip(scaled, -LARGEST_LOSS, LARGEST_LOSS)
        total = float(parts.sum())
        return total if self.slope is None else float(parts.max()) + self.slope * total

    def of(self, result: TrialResult) -> TrialResult:
        """The result as the inner strategy sees it."""
        if result.is_failure:
            return result
        value = self.value(result.losses)
        return replace(result, outcome=Measurement({_MIXTURE: value}), losses=(value,))
