"""Looking up what was recorded of exactly this configuration."""

from __future__ import annotations

from collections.abc import Sequence

from tuner.errors import InvalidConfiguration
from tuner.task import failure_of
from tuner.trial import Outcome, Trial

from .evaluations import Evaluations


class ExactLookup:
    """For tables of all configurations of a finite space."""

    def __init__(self, evaluations: Evaluations) -> None:
        self._evaluations = evaluations
        self._numbers = {frozenset(c.items()): number for number, c in enumerate(evaluations.configurations)}

    def outcomes(self, trials: Sequence[Trial]) -> list[Outcome]:
        """What was recorded, in the order of the trials."""
        return [self._outcome(trial) for trial in trials]

    def _outcome(self, trial: Trial) -> Outcome:
        number = self._numbers.get(frozenset(trial.proposal.configuration.items()))
        if number is None:
            return _unknown(trial)
        return self._evaluations.outcome(number, trial)


def _unknown(trial: Trial) -> Outcome:
    return failure_of(InvalidConfiguration(f"{dict(trial.configuration)} was not recorded"))
