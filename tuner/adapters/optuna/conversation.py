"""A strategy at work in a study of Optuna: asked for trials by number, and told how trials ended."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence

from optuna.trial import FrozenTrial, TrialState

from ...configuration import Configuration
from ...problem import Problem
from ...proposals import check_proposals
from ...seeds import derive_seed
from ...strategy import SearchStrategy
from ...trial import Failure, FailureKind, Measurement, Outcome, Proposal, Trial, TrialResult
from .asking import Asking, askings
from .study_space import StudySpace

_NOT_RUN = Failure(FailureKind.INVALID, "the objective did not take the values that were proposed")


class Conversation:
    """What passes between a study and one strategy."""

    def __init__(self, strategy: SearchStrategy, space: StudySpace, made_from: object) -> None:
        """Take up a fresh strategy; `made_from` is all that it depends on, and is written as Python's literals."""
        self.signature = hashlib.sha256(repr((made_from, space.distributions)).encode()).hexdigest()[:16]
        self.space = space
        self._strategy = strategy
        self._seen: set[int] = set()
        self._pending: dict[int, Trial] = {}
        self._asked = 0

    @property
    def has_pending(self) -> bool:
        """Whether the strategy waits to be told how a trial of its own ended."""
        return bool(self._pending)

    def ask(self, number: int) -> Asking:
        """Ask for the trial of this number."""
        last = max(self._seen, default=-1)
        unknown = tuple(sorted(set(range(last)) - self._seen))
        configuration = self._propose(number)
        told = None if configuration is None else dict(configuration)
        self._asked += 1
        return Asking(self.signature, self._asked - 1, number, last, unknown, told)

    def tell(self, trials: Iterable[FrozenTrial]) -> None:
        """Tell how trials ended of which it was not told yet, other samplers' trials in its space included."""
        for trial in trials:
            if trial.state.is_finished() and trial.number not in self._seen:
                self._seen.add(trial.number)
                self._tell(trial)

    def replay(self, trials: Sequence[FrozenTrial]) -> bool:
        """Ask and tell as before; False where the strategy now proposes otherwise, and is of no use."""
        for asking in askings(trials, self.signature):
            self.tell(trial for trial in trials if asking.knew(trial.number))
            if self.ask(asking.trial) != asking:
                return False
        return True

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
