"""Trials that fail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from tuner.errors import InvalidOption
from tuner.modifier import Modifier
from tuner.seeds import derive_seed
from tuner.space import SearchSpace
from tuner.trial import Trial

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from results.exhibits import Exhibit

_SAMPLES = 4096


class ShareFailed(Exception):
    """A trial of the share that is to fail."""


@dataclass(frozen=True, kw_only=True)
class Failing(Modifier):
    """Lets a share of the trials fail with an ordinary error, before the task sees them.

    Which ones is decided by the trial's seed; with `region`, by the configuration: the space is cut by a random plane,
    the same for all seed indices, and what lies behind it fails. That can be learned, and the best configuration may
    lie there, so no best value is known then.
    """

    share: float = 0.1
    """How many of the trials, or which part of the space, from 0 to less than 1."""
    region: bool = False
    """Whether the configuration decides."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.share < 1:
            raise InvalidOption(f"share is a number from 0 to less than 1, not {self.share!r}")

    @property
    def remark(self) -> str:
        return f"{self.share:.0%} of the {'space' if self.region else 'trials'} fail"

    @property
    def best_known(self) -> Mapping[str, float]:
        """The wrapped task's; empty where the best configuration may be among those that fail."""
        return {} if self.region else self.task.best_known

    def inward(self, trial: Trial) -> Trial:
        """The trial; raises `ShareFailed` for those that are to fail."""
        if self.fails(trial):
            raise ShareFailed(f"one of the {self.share:.0%} that fail")
        return trial

    def explain(self, trial: Trial) -> Sequence[Exhibit]:
        return self.task.explain(trial)

    def fails(self, trial: Trial) -> bool:
        """Whether the trial is among those that fail."""
        if not self.share:
            return False
        if not self.region:
            return float(self.luck(trial.seed).random()) < self.share
        normal, threshold = self._plane
        return float(self._space.to_unit(trial.configuration) @ normal) > threshold

    @cached_property
    def _space(self) -> SearchSpace:
        return self.problem.space

    @cached_property
    def _plane(self) -> tuple[NDArray[np.float64], float]:
        """The plane's normal [d], and how far along it a configuration's unit coordinates must lie to fail."""
        rng, space = np.random.default_rng(derive_seed(0, "failing", self.depth)), self._space
        normal = rng.standard_normal(len(space))
        points = np.array([space.to_unit(configuration) for configuration in space.sample_many(rng, _SAMPLES)])
        return normal, float(np.quantile(points @ normal, 1.0 - self.share))
