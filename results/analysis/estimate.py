"""A number with its 95% interval."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the studies say of a number, and how far other seeds might have moved it."""

    value: float
    """NaN where no study says anything."""
    low: float
    high: float
    """Ends of its 95% interval; NaN where nothing can vary, as with one seed."""

    @property
    def cells(self) -> tuple[float, float, float]:
        """The value and both ends, as a table shows them."""
        return self.value, self.low, self.high
