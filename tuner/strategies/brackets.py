"""Brackets: rungs of shrinking size, each of which is complete before its best configurations go on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ..trial import Proposal, TrialResult


@dataclass(frozen=True, slots=True)
class Rung:
    """One round of a bracket."""

    size: int
    """How many configurations reach it, if so many trials of the rung below succeed."""
    fidelity: float


def halve(size: int, fidelities: Sequence[float], eta: int) -> tuple[Rung, ...]:
    """Rungs that begin with so many configurations and keep one in `eta` from each to the next."""
    return tuple([Rung(size // eta**index, fidelity) for index, fidelity in enumerate(fidelities)])


class RungResults:
    """What is pending at a rung, and what came of the rest."""

    def __init__(self) -> None:
        self._pending: Counter[Proposal] = Counter()
        self._results: list[TrialResult] = []

    @property
    def has_pending(self) -> bool:
        """Whether a proposal has no result yet."""
        return bool(self._pending)

    def expect(self, proposals: Sequence[Proposal]) -> None:
        """These have been proposed."""
        self._pending.update(proposals)

    def take(self, result: TrialResult) -> None:
        """Keep a result of the rung; others, such as starting points, are ignored."""
        proposal = result.trial.proposal
        if proposal not in self._pending:
            return
        self._pending[proposal] -= 1
        if not self._pending[proposal]:
            del self._pending[proposal]
        self._results.append(result)

    def best(self, count: int) -> list[TrialResult]:
        """At most so many, the best first, ties by trial id; never a failed one."""
        succeeded = [result for result in self._results if not result.is_failure]
        return sorted(succeeded, key=lambda result: (result.loss, result.trial.id))[:count]
