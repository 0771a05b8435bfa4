"""When to raise an alarm: a decision threshold, tuned for what a miss and a false alarm cost."""

from __future__ import annotations

from .cases import CASES, Case
from .task import PrecisionRecall

__all__ = ["CASES", "Case", "PrecisionRecall"]
