"""How long a run will still take, reckoned from what its trials have taken so far."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

_LEAST_SECONDS = 1.0
"""A pace measured over less says nothing."""


@dataclass
class Outlook:
    """What is left to do, and the pace so far; a kind is a strategy on a task, whose trials take about as long."""

    clock: Callable[[], float]
    """Monotonic seconds."""
    _kind_of: dict[int, tuple[str, str]] = field(default_factory=dict)
    _left: dict[int, int | None] = field(default_factory=dict)
    """Trials that each study which has not ended may still spend; None where its budget names none."""
    _trials: Counter[tuple[str, str]] = field(default_factory=Counter)
    _seconds: defaultdict[tuple[str, str], float] = field(default_factory=lambda: defaultdict(float))
    _since: float | None = None
    _spent: float = 0.0

    def expect(self, study: int, kind: tuple[str, str], trials: int | None) -> None:
        """A study will run, for at most so many trials."""
        self._kind_of[study], self._left[study] = kind, trials

    def count(self, studies: Sequence[int], seconds: Sequence[float]) -> None:
        """A wave is stored: the studies of its trials, and what each trial took."""
        for study, taken in zip(studies, seconds, strict=True):
            self._trials[self._kind_of[study]] += 1
            self._seconds[self._kind_of[study]] += taken
            left = self._left.get(study)
            if left is not None:
                self._left[study] = max(0, left - 1)
        if self._since is None:  # the first wave waited for workers to start
            self._since = self.clock()
        else:
            self._spent += sum(seconds)

    def end(self, study: int) -> None:
        """A study has ended, whatever was left of it."""
        self._left.pop(study, None)

    def restart(self) -> None:
        """What was counted so far was done by an earlier process: it says what trials take, and not at which pace."""
        self._since, self._spent = None, 0.0

    @property
    def seconds_left(self) -> float | None:
        """None where nobody can tell: a strategy has yet to be timed on a task, or a budget names no trials."""
        elapsed = 0.0 if self._since is None else self.clock() - self._since
        work = self._work_left()
        return work * elapsed / self._spent if work and self._spent and elapsed >= _LEAST_SECONDS else None

    def _work_left(self) -> float | None:
        """Seconds of trials that are left, one after the other."""
        total = 0.0
        for study, left in self._left.items():
            kind = self._kind_of[study]
            if left is None or not self._trials[kind]:
                return None
            total += left * self._seconds[kind] / self._trials[kind]
        return total
