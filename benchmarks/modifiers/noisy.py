"""Noise on what a task measures."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

from tuner.errors import InvalidOption
from tuner.modifier import Modifier
from tuner.trial import Measurement, Trial


@dataclass(frozen=True, kw_only=True)
class Noisy(Modifier):
    """Adds Gaussian noise from the trial's seed to the validation value of each objective.

    Held-out values stay free of it, and the value before it is kept in `extras` as "noise_free <objective>", which no
    strategy sees. The noise of two objectives is independent. A value may look better than the best known one.
    """

    deviation: float = 0.1
    """Standard deviation; with `relative`, as a share of the value."""
    relative: bool = False
    """Whether the noise grows with the size of the value."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.deviation < math.inf:
            raise InvalidOption(f"deviation is a finite standard deviation of at least 0, not {self.deviation!r}")

    @property
    def remark(self) -> str:
        return f"noise of {self.deviation:g}{' of the value' if self.relative else ''}"

    def outward(self, trial: Trial, measurement: Measurement) -> Measurement:
        rng = self.luck(trial.seed)
        exact, noisy = {}, {}
        for name in self._objectives:
            luck = float(rng.standard_normal())
            if name in measurement.values:
                value = float(measurement.values[name])
                exact[f"noise_free {name}"] = value
                noisy[name] = value + luck * self.deviation * (abs(value) if self.relative else 1.0)
        values, extras = {**measurement.values, **noisy}, {**exact, **measurement.extras}
        return replace(measurement, values=values, extras=extras)

    @cached_property
    def _objectives(self) -> tuple[str, ...]:
        return tuple([objective.name for objective in self.problem.objectives])
