"""Whether a strategy is deterministic: the first exchanges of its study, repeated with a fresh one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .proposals import describe_difference
from .trial import Proposal, TrialResult

if TYPE_CHECKING:
    from .strategy import SearchStrategy

_PROBED_TRIALS = 12


@dataclass(frozen=True, slots=True)
class _Ask:
    """One ask, and what came of it."""

    count: int
    first: int
    """The number of the first trial that it would make."""
    proposals: tuple[Proposal, ...]


class Probe:
    """Remembers what a strategy was asked and told, in order, until it has been told of a dozen trials."""

    def __init__(self, build: Callable[[], SearchStrategy]) -> None:
        self._build = build
        self._exchanges: list[_Ask | TrialResult] = []
        self._told = 0

    def asked(self, count: int, first: int, proposals: Sequence[Proposal]) -> None:
        """The strategy was asked for so many, and proposed these for the trials from `first` on."""
        if self._told < _PROBED_TRIALS:
            self._exchanges.append(_Ask(count, first, tuple(proposals)))

    def told(self, result: TrialResult) -> None:
        """The strategy was told."""
        if self._told < _PROBED_TRIALS:
            self._exchanges.append(result)
            self._told += 1

    def difference(self) -> str | None:
        """Where a fresh strategy proposes something else; None where it does not."""
        strategy = self._build()
        for exchange in self._exchanges:
            if isinstance(exchange, TrialResult):
                strategy.tell(exchange)
                continue
            again = list(strategy.ask(exchange.count))
            if again != list(exchange.proposals):
                return describe_difference(exchange.first, exchange.proposals, again)
        return None
