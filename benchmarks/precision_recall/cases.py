"""Cases: how rare the positives are, and what a miss and a false alarm cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Case:
    """A situation in which somebody must decide when to raise an alarm."""

    name: str
    prevalence: float
    """Share of positive rows."""
    miss_cost: float
    """What it costs to stay silent on a positive row."""
    alarm_cost: float
    """What it costs to raise an alarm on a negative row, in the same unit."""
    beta: float
    """How many times as much recall counts as precision in the F-beta score."""
    positive: str
    """What a positive row stands for."""
    reason: str
    """Why the costs lie as they do."""

    @property
    def threshold(self) -> float:
        """The probability above which an alarm is the cheaper mistake, if probabilities are right (Elkan 2001)."""
        return self.alarm_cost / (self.alarm_cost + self.miss_cost)


CASES: Final[Mapping[str, Case]] = MappingProxyType(
    {
        case.name: case
        for case in (
            Case(
                name="disease-screening",
                prevalence=0.1,
                miss_cost=50.0,
                alarm_cost=1.0,
                beta=2.0,
                positive="a malignant tumour",
                reason="a missed tumour costs a life, a false alarm a second examination",
            ),
            Case(
                name="spam",
                prevalence=0.3,
                miss_cost=1.0,
                alarm_cost=10.0,
                beta=0.5,
                positive="spam, played by a handwritten 8",
                reason="a lost letter hurts far more than one more advertisement",
            ),
            Case(
                name="fraud",
                prevalence=0.03,
                miss_cost=100.0,
                alarm_cost=5.0,
                beta=2.0,
                positive="a synthetic fraudulent payment",
                reason="a fraud costs the sum that was paid, a false alarm one call to the customer",
            ),
            Case(
                name="balanced",
                prevalence=0.5,
                miss_cost=1.0,
                alarm_cost=1.0,
                beta=1.0,
                positive="an odd digit",
                reason="both mistakes cost the same",
            ),
        )
    }
)
"""The cases, by name."""
