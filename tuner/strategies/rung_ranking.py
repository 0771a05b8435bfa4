"""A rung without a barrier: which of its trials are in the top part while more come in."""

from __future__ import annotations

from heapq import heappop, heappush, heappushpop

from ..trial import TrialResult


class RungRanking:
    """The trials of a rung, of which the best 1 / eta may be promoted, each once; every step takes O(log n).

    Ties are ranked by trial id. Failed trials count and rank last; they are never promoted.
    """

    def __init__(self, eta: int) -> None:
        self._eta = eta
        self._size = 0
        self._waiting: dict[int, TrialResult] = {}
        """The trials that succeeded and are not promoted, by id."""
        self._top: list[tuple[float, int]] = []
        """A heap of (-loss, -id), the worst first."""
        self._in_top: set[int] = set()
        self._rest: list[tuple[float, int]] = []
        """A heap of (loss, id) below the top, the best first."""
        self._promotable: list[tuple[float, int]] = []
        """A heap of (loss, id) that have come into the top, the best first; some may have left it or be promoted."""

    def add(self, result: TrialResult) -> None:
        """A trial of the rung has ended."""
        self._size += 1
        if not result.is_failure:
            self._waiting[result.trial.id] = result
            self._rank(result.loss, result.trial.id)
        while len(self._top) < self._size // self._eta and self._rest:
            self._enter(*heappop(self._rest))

    def pop_promotable(self) -> TrialResult | None:
        """The best trial of the top that was not promoted before, now promoted; None where there is none."""
        while self._promotable:
            _, number = heappop(self._promotable)
            if number in self._in_top and number in self._waiting:
                return self._waiting.pop(number)
        return None

    def _rank(self, loss: float, number: int) -> None:
        if not self._top or (-loss, -number) < self._top[0]:
            heappush(self._rest, (loss, number))
            return
        worst, out = heappushpop(self._top, (-loss, -number))
        self._in_top.discard(-out)
        heappush(self._rest, (-worst, -out))
        self._in_top.add(number)
        heappush(self._promotable, (loss, number))

    def _enter(self, loss: float, number: int) -> None:
        heappush(self._top, (-loss, -number))
        self._in_top.add(number)
        heappush(self._promotable, (loss, number))
