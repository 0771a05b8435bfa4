"""Alarms and what they cost: counts of right and wrong decisions, and the scores made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .cases import Case

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Alarms:
    """How many rows were decided which way."""

    hits: int
    """Alarms on positive rows."""
    false_alarms: int
    """Alarms on negative rows."""
    misses: int
    """Silence on positive rows."""
    passes: int
    """Silence on negative rows."""

    @property
    def precision(self) -> float:
        """The share of alarms that were right; 0 where there was no alarm.

        With 1, as some would have it, never raising an alarm would be unbeaten in precision, and every front of
        precision and recall would start with a model that does nothing.
        """
        return _share(self.hits, self.hits + self.false_alarms)

    @property
    def recall(self) -> float:
        """The share of positive rows with an alarm."""
        return _share(self.hits, self.hits + self.misses)

    def f_score(self, beta: float) -> float:
        """Precision and recall in one: their harmonic mean where beta is 1, nearer to recall above; 0 to 1."""
        weight = beta * beta
        return _share((1 + weight) * self.hits, (1 + weight) * self.hits + weight * self.misses + self.false_alarms)

    def cost(self, case: Case) -> float:
        """The mean cost of the mistakes, for 1000 rows."""
        rows = self.hits + self.false_alarms + self.misses + self.passes
        return 1000 * (case.miss_cost * self.misses + case.alarm_cost * self.false_alarms) / rows

    def scores(self, case: Case) -> dict[str, float]:
        """`cost`, `f_beta`, `precision` and `recall`."""
        return {
            "cost": self.cost(case),
            "f_beta": self.f_score(case.beta),
            "precision": self.precision,
            "recall": self.recall,
        }


def count(y: NDArray[np.int64], probabilities: NDArray[np.float64], threshold: float) -> Alarms:
    """The alarms of a rule that cries out at this probability and above."""
    alarm, positive = probabilities >= threshold, y == 1
    return Alarms(
        hits=int((alarm & positive).sum()),
        false_alarms=int((alarm & ~positive).sum()),
        misses=int((~alarm & positive).sum()),
        passes=int((~alarm & ~positive).sum()),
    )


def costs(
    y: NDArray[np.int64], probabilities: NDArray[np.float64], thresholds: NDArray[np.float64], case: Case
) -> NDArray[np.float64]:
    """The cost for 1000 rows at each threshold [t]."""
    positives, negatives = (np.sort(probabilities[y == label]) for label in (1, 0))
    misses = np.searchsorted(positives, thresholds)
    false_alarms = len(negatives) - np.searchsorted(negatives, thresholds)
    total: NDArray[np.float64] = case.miss_cost * misses + case.alarm_cost * false_alarms
    return 1000 * total / len(y)


def cheapest(
    y: NDArray[np.int64], probabilities: NDArray[np.float64], thresholds: NDArray[np.float64], case: Case
) -> float:
    """The threshold with the least cost; the middle one of those that share it."""
    found = costs(y, probabilities, thresholds, case)
    best = thresholds[found == found.min()]
    return float(best[len(best) // 2])


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
