"""How many requests are answered at once: of one visitor, and of all."""

from __future__ import annotations

from .guard_checks import Refusal
from .guard_limits import Places
from .guard_visitors import Visitor
from .settings import Limits
from .tokens import Access


class Work:
    """The requests that are being answered, from the reading of their bodies on."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._places = Places()
        self._total = 0

    def begin(self, visitor: Visitor) -> Refusal | None:
        """Count one more, or say why it has to come again; strangers, who are answered at once, are not counted."""
        limits = self._limits
        if self._total >= limits.requests_of_all:
            return Refusal(503, "the service is busy: it answers as many requests as it can", retry_seconds=1)
        is_of_workers = visitor.access in {Access.EXCHANGE, Access.RUNNER}
        most = limits.exchange_at_once if is_of_workers else limits.requests_at_once
        if not self._places.open(visitor.name, most):
            return Refusal(429, f"too many requests at once: {most} of one visitor are answered", retry_seconds=1)
        self._total += 1
        return None

    def end(self, visitor: Visitor) -> None:
        """Count one less."""
        self._places.close(visitor.name)
        self._total -= 1
