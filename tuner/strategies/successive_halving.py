"""Successive halving: many configurations at a low fidelity, of which the best go on to a higher one, and so on."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import cycle

from ..trial import Proposal, TrialResult
from .brackets import Rung, RungResults, halve
from .multi_fidelity import MultiFidelity


class SuccessiveHalving(MultiFidelity):
    """Brackets of eta**k new configurations at the lowest of k + 1 rungs, of which one in eta is promoted at each.

    A rung's promotions are decided when all its trials have ended: until then it waits. Failed trials are never
    promoted; results that it did not propose are ignored. One bracket follows another; it never ends by itself.

    Source: Karnin et al., "Almost Optimal Exploration in Multi-Armed Bandits" (2013); Jamieson and Talwalkar,
    arXiv:1502.07943.
    """

    def begin(self) -> None:
        self._brackets = cycle(self.brackets())
        self._above: Iterator[Rung] = iter(())
        self._fresh = 0
        """How many new configurations the bracket's first rung still wants."""
        self._promoted: deque[TrialResult] = deque()
        self._results = RungResults()
        self._open_bracket()

    def brackets(self) -> Sequence[Sequence[Rung]]:
        """The brackets, each as its rungs; after the last comes the first again."""
        return [halve(self.eta ** (len(self.rungs) - 1), self.rungs, self.eta)]

    def ask(self, count: int) -> Sequence[Proposal]:
        if not (self._fresh or self._promoted or self._results.has_pending):
            self._climb()
        if self._fresh:
            proposals = self.start(min(count, self._fresh), self._rung.fidelity)
            self._fresh -= len(proposals)
        else:
            chosen = [self._promoted.popleft() for _ in range(min(count, len(self._promoted)))]
            proposals = [self.promote(result, self._rung.fidelity) for result in chosen]
        self._results.expect(proposals)
        return proposals

    def tell(self, result: TrialResult) -> None:
        self._results.take(result)

    def _climb(self) -> None:
        """Go on to the next rung, or to the next bracket where there is none or nothing to promote."""
        rung = next(self._above, None)
        promoted = self._results.best(rung.size) if rung else []
        if rung is None or not promoted:
            self._open_bracket()
            return
        self._rung, self._promoted, self._results = rung, deque(promoted), RungResults()

    def _open_bracket(self) -> None:
        self._above = iter(next(self._brackets))
        self._rung = next(self._above)
        self._fresh, self._results = self._rung.size, RungResults()
