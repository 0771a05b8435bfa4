"""A strategy at work in a study of Optuna: asked for trials by number, and told how trials ended."""

from __future__ import annotations

import hashlib
import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from operator import attrgetter

from optuna.trial import FrozenTrial, TrialState

from ...configuration import Configuration
from ...problem import Problem
from ...proposals import check_proposals
from ...seeds import derive_seed
from ...strategy import SearchStrategy
from ...trial import Failure, FailureKind, Measurement, Outcome, Proposal, Trial, TrialResult
from .asking import Asking, askings
from .study_space import StudySpace

_NUMBER = attrgetter("number")
_NOT_RUN = Failure(FailureKind.INVALID, "the objective did not take the values that were proposed")


class Conversation:
    """What passes between a study and one strategy."""

    def __init__(self, strategy: SearchStrategy, space: StudySpace, made_from: object) -> None:
        """Take up a fresh strategy; `made_from` is all that it depends on, and is written as Python's literals."""
        self.signature = hashlib.sha256(repr((made_from, space.distributions)).encode()).hexdigest()[:16]
        self.space = space
        self._strategy = strategy
        self._last = -1
        self._open: set[int] = set()
        """The numbers below the last one whose end is not known."""
        self._pending: dict[int, Trial] = {}
        self._asked = 0

    @property
    def has_pending(self) -> bool:
        """Whether the strategy waits to be told how a trial of its own ended."""
        return bool(self._pending)

    def ask(self, number: int) -> Asking:
        """Ask for the trial of this number."""
        configuration = self._propose(number)
        told = None if configuration is None else dict(configuration)
        self._asked += 1
        return Asking(self.signature, self._asked - 1, number, self._last, tuple(sorted(self._open)), told)

    def tell(self, trials: Sequence[FrozenTrial], known_at: Asking | None = None) -> None:
        """Tell how trials ended of which it was not told yet, other samplers' trials in its space included.

        `trials` are all there are, in the order of their numbers; what was told before is not gone through again.
        `known_at` leaves out those whose end was not known then.
        """
        for trial in self._untold(trials, known_at):
            if trial.state.is_finished() and (known_at is None or known_at.knew(trial.number)):
                self._note(trial.number)
                self._tell(trial)

    def replay(self, trials: Sequence[FrozenTrial]) -> bool:
        """Ask and tell as before; False where the strategy now proposes otherwise, and is of no use."""
        for asking in askings(trials, self.signature):
            self.tell(trials, asking)
            if self.ask(asking.trial) != asking:
                return False
        return True

    def _untold(self, trials: Sequence[FrozenTrial], known_at: Asking | None) -> Iterator[FrozenTrial]:
        for number in sorted(self._open):
            place = bisect_left(trials, number, key=_NUMBER)
            yield from (trial for trial in trials[place : place + 1] if trial.number == number)
        end = len(trials) if known_at is None else bisect_right(trials, known_at.last, key=_NUMBER)
        yield from trials[bisect_right(trials, self._last, key=_NUMBER) : end]

    def _note(self, number: int) -> None:
        self._open.update(range(self._last + 1, number))
        self._open.discard(number)
        self._last = max(self._last, number)

    def _propose(self, number: int) -> Configuration | None:
        problem = self._strategy.problem
        proposals = self._strategy.ask(1)
        check_proposals(proposals, 1, problem)
        if not proposals:
            return None
        self._pending[number] = self._trial(number, proposals[0])
        return proposals[0].configuration

    def _tell(self, trial: FrozenTrial) -> None:
        outcome = _outcome_of(trial, self._strategy.problem)
        configuration = self.space.encode(trial.params)
        mine = self._pending.pop(trial.number, None)
        if mine is not None and configuration != mine.configuration:
            self._tell_of(mine, _NOT_RUN)
        if configuration is not None:
            self._tell_of(self._trial(trial.number, Proposal(configuration)), outcome)

    def _tell_of(self, trial: Trial, outcome: Outcome) -> None:
        losses = self._strategy.problem.losses(outcome.values) if isinstance(outcome, Measurement) else ()
        self._strategy.tell(TrialResult(trial, outcome, losses))

    def _trial(self, number: int, proposal: Proposal) -> Trial:
        return Trial(number, proposal, derive_seed(self._strategy.seed, "trial", number))


def _outcome_of(trial: FrozenTrial, problem: Problem) -> Outcome:
    if trial.state != TrialState.COMPLETE:
        return Failure(FailureKind.ERROR, f"the trial {'was pruned' if trial.state == TrialState.PRUNED else 'failed'}")
    values = dict(zip([objective.name for objective in problem.objectives], trial.values, strict=True))
    if not all(math.isfinite(value) for value in values.values()):
        return Failure(FailureKind.INVALID, f"the values {trial.values} are not all finite numbers")
    return Measurement(values)
