"""The strategy `gp`: Bayesian optimisation with a Gaussian process of our own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from ...configuration import Configuration
from ...problem import Budget, Feature, Problem
from ...seeds import derive_seed
from ...strategy import SearchStrategy
from ...trial import Proposal, TrialResult
from ..option_checks import flag, whole
from ..sobol_sequence import SobolSequence
from .candidates import scatter, surround
from .encoding import Encoding, FloatArray
from .marginal_likelihood import Priors
from .maximising import Acquisition, maximise
from .model import Model
from .unseen import Unseen
from .warping import warp

_SCATTERED = 512
_SURROUNDING = 256
_CENTRES = 4
_LEAST_GAINS = (0.03, 0.1, 0.3, 1.0)


class GaussianProcess(SearchStrategy):
    """Fits a Gaussian process (Matern 5/2, one length scale a parameter) and maximises log expected improvement.

    Hvarfner et al., arXiv:2402.02229 (priors); Ament et al., arXiv:2310.20708 (log expected improvement); for
    conditional spaces the idea of Swersky et al., arXiv:1409.4011: how a parameter that one point lacks adds to a
    distance is told at `Encoding`. Starts with a scrambled Sobol sequence. Packages: numpy, scipy.

    A batch is greedy, by the kriging believer (Ginsbourger et al. 2010): each proposal takes the earlier, unfinished
    ones for observed at their posterior means, so that they spread out. A failed trial counts as the worst loss so
    far. When five trials brought next to nothing, every other proposal must promise an improvement that counts,
    which sends it elsewhere. No configuration comes twice while there are others; a finite space that is exhausted
    is gone through again, but with `deterministic_objective` the study is finished then.
    """

    supports: ClassVar[Feature] = Feature.MIXED | Feature.CONDITIONAL
    packages: ClassVar[tuple[str, ...]] = ("numpy", "scipy")

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        budget: Budget,
        n_startup_trials: int = 10,
        deterministic_objective: bool = False,
    ) -> None:
        super().__init__(problem, seed=seed, budget=budget)
        self._startup = whole("n_startup_trials", n_startup_trials, 1)
        self._is_deterministic = flag("deterministic_objective", deterministic_objective)
        self._design = SobolSequence(problem, seed=derive_seed(seed, "start-up"), budget=budget)
        self._encoding = Encoding(self.space)
        priors = Priors(len(self.space), has_noise=not self._is_deterministic)
        self._model = Model(self._encoding.owners, priors)
        self._unseen = Unseen(self.space)
        self._pending: list[Configuration] = []
        self._units: list[FloatArray] = []
        self._losses: list[float] = []

    def ask(self, count: int) -> Sequence[Proposal]:
        proposals: list[Proposal] = []
        while len(proposals) < count:
            if self._unseen.is_exhausted:
                if self._is_deterministic:
                    break
                self._unseen.start_again()
            configuration = self._think() if self._has_model else self._draw()
            self._unseen.remove(configuration)
            self._pending.append(configuration)
            proposals.append(Proposal(configuration))
        return proposals

    def tell(self, result: TrialResult) -> None:
        configuration = result.trial.configuration
        if configuration in self._pending:
            self._pending.remove(configuration)
        self._unseen.remove(configuration)
        self._units.append(self._point(configuration))
        self._losses.append(result.loss)

    @property
    def _has_model(self) -> bool:
        return len(self._losses) >= self._startup and int(np.isfinite(self._losses).sum()) >= 2

    def _draw(self) -> Configuration:
        """The next of the Sobol sequence that is new, or anything that is new."""
        drawn = [proposal.configuration for proposal in self._design.ask(1)]
        if drawn[0] in self._unseen:
            return drawn[0]
        others = self.rng.random((_SCATTERED, len(self.space)))
        if self._unseen.is_listed:
            others = self.rng.permutation(self._unseen.listed_points())
        return self._unseen.first(others) or drawn[0]

    def _think(self) -> Configuration:
        """Where the model expects the most improvement."""
        units = np.array(self._units)
        warped = warp(np.array(self._losses), self._startup)
        posterior = self._model.condition(self._features(units), warped.values)
        if self._pending:
            waiting = np.array([self._point(configuration) for configuration in self._pending])
            posterior = posterior.believing(self._features(waiting))
            units = np.concatenate([units, waiting])
        means = posterior.means(self._features(units))
        turn, is_bold = divmod(len(units), 2)
        gain = _LEAST_GAINS[turn % len(_LEAST_GAINS)] if warped.has_stalled and is_bold else 0.0
        acquisition = Acquisition(self._encoding, posterior, float(means.min()) - gain)
        if self._unseen.is_listed:
            left = self._unseen.listed_points()
            return self.space.from_unit(left[np.argmax(acquisition.values(left))])
        centres = units[np.argsort(means, kind="stable")[:_CENTRES]]
        near = surround(self._encoding, self.rng, centres, _SURROUNDING)
        points = maximise(acquisition, np.concatenate([scatter(self._encoding, self.rng, _SCATTERED), near]))
        return self._unseen.first(points) or self.space.from_unit(points[0])

    def _features(self, units: FloatArray) -> FloatArray:
        return self._encoding.features(units, self._encoding.present(units))

    def _point(self, configuration: Configuration) -> FloatArray:
        point: FloatArray = self._encoding.snap(self.space.to_unit(configuration)[None, :])[0]
        return point
