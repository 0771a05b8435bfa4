"""What tasks need to go on with trials of the studies at hand, kept as long as it may be of use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from .problem import Problem
from .task import Stage, Task
from .trial import Failure, Trial

MOST_STATES: Final = 256
"""How many are kept; beyond it the oldest goes, and its trial, if it is ever continued, begins anew."""


class KeptStates:
    """States of trials below full fidelity, by study and trial. Losing one changes no result, only its cost."""

    def __init__(self, problem: Problem) -> None:
        self._fidelity = problem.fidelity
        self._states: dict[tuple[int, int], object] = {}

    def concern(self, trials: Sequence[Trial], task: Task) -> bool:
        """Whether any of the trials continues another one, or may itself be continued, by this task."""
        if self._fidelity is None or not task.continues():
            return False
        return any(trial.proposal.resume is not None or self._may_go_on(trial) for trial in trials)

    def of(self, trials: Sequence[Trial]) -> list[object]:
        """The state from which each trial goes on; None where it begins anew."""
        return [
            None if trial.proposal.resume is None else self._states.get((trial.study, trial.proposal.resume))
            for trial in trials
        ]

    def keep(self, trials: Sequence[Trial], stages: Sequence[Stage]) -> None:
        """Keep the states in which trials were left that may go on."""
        for trial, stage in zip(trials, stages, strict=True):
            if stage.state is not None and self._may_go_on(trial) and not isinstance(stage.outcome, Failure):
                self._states[trial.study, trial.id] = stage.state
        while len(self._states) > MOST_STATES:
            del self._states[next(iter(self._states))]

    def forget(self, study: int) -> None:
        """Drop the states of a study."""
        self._states = {key: state for key, state in self._states.items() if key[0] != study}

    def _may_go_on(self, trial: Trial) -> bool:
        asked = trial.proposal.fidelity
        return self._fidelity is not None and asked is not None and asked < self._fidelity.high
