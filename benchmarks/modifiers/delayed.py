"""A cost of evaluations that a test function does not have."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from functools import cached_property

from tuner.errors import InvalidOption
from tuner.modifier import Modifier
from tuner.problem import Fidelity
from tuner.trial import Measurement, Trial

_LONGEST = 1e6


@dataclass(frozen=True, kw_only=True)
class Delayed(Modifier):
    """Reports that an evaluation took longer, by a log-normal time from the trial's seed, without taking it.

    The time is added to the seconds that the task reckons itself; where the task leaves its cost to be measured, the
    time alone counts, so that a budget in seconds ends a study at the same trial on every machine. A trial at a lower
    fidelity takes its share of it.
    """

    seconds: float = 1.0
    """Median time of an evaluation at full fidelity."""
    spread: float = 0.5
    """Standard deviation of the time's logarithm; 0 for the same time each trial."""
    really: bool = False
    """Whether to sleep for that long, too."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.seconds <= _LONGEST:
            raise InvalidOption(f"seconds is more than 0 and at most {_LONGEST:g}, not {self.seconds!r}")
        if not 0 <= self.spread <= 3:
            raise InvalidOption(f"spread is a number from 0 to 3, not {self.spread!r}")

    @property
    def remark(self) -> str:
        return f"about {self.seconds:g} seconds an evaluation"

    def reports_cost(self) -> bool:
        return True

    def outward(self, trial: Trial, measurement: Measurement) -> Measurement:
        delay = self.delay(trial)
        if self.really:
            time.sleep(delay)
        return replace(measurement, seconds=delay + (measurement.seconds or 0.0))

    def delay(self, trial: Trial) -> float:
        """The time that this trial is said to take, in seconds."""
        asked, offered = trial.proposal.fidelity, self._offered
        share = 1.0 if asked is None or offered is None else asked / offered.high
        return share * self.seconds * math.exp(self.spread * float(self.luck(trial.seed).standard_normal()))

    @cached_property
    def _offered(self) -> Fidelity | None:
        return self.problem.fidelity
