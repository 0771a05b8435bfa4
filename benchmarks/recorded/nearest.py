"""Looking up what was recorded of the nearest configuration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from tuner.configuration import Configuration
from tuner.parameter import Categorical
from tuner.space import SearchSpace
from tuner.trial import Outcome, Trial

from .evaluations import Evaluations

if TYPE_CHECKING:
    from numpy.typing import NDArray

_INACTIVE: Final = -1.0


class NearestLookup:
    """The recorded configuration with the least squared distance, the first in the file of several.

    A number, or an ordered choice, adds the squared difference of its unit coordinates; another choice than the
    recorded one adds 1, and so does a parameter that only one of the two configurations has. Only what was recorded
    at the fidelity asked for is looked at, and a continued trial costs what that configuration adds, or all of it where
    it was not recorded before.
    """

    def __init__(self, evaluations: Evaluations) -> None:
        self._evaluations = evaluations
        space = evaluations.space
        self._points = np.ascontiguousarray(points_of(space, evaluations.configurations).T)
        """[d, C]: a row a parameter, so that they are summed one after the other."""
        self._names = np.array([is_a_name(space, name) for name in space.names])
        self._has_conditions = bool(space.conditions)
        self._is_there = [None if (there := count > 0).all() else there for count in evaluations.counts.T]
        """For each fidelity whether there is something of each configuration [C]; None where there is of all."""

    def outcomes(self, trials: Sequence[Trial]) -> list[Outcome]:
        """What was recorded of each trial's neighbour, in the order of the trials."""
        return [self._outcome(trial) for trial in trials]

    def _outcome(self, trial: Trial) -> Outcome:
        distances = self._distances(trial.configuration)
        there = self._is_there[self._evaluations.level_of(trial.proposal.fidelity)]
        known = distances if there is None else np.where(there, distances, np.inf)
        return self._evaluations.outcome(int(known.argmin()), trial)

    def _distances(self, configuration: Configuration) -> NDArray[np.float64]:
        """To each recorded configuration [C]."""
        point = _point(self._evaluations.space, configuration)[:, None]
        found = self._points - point
        if self._has_conditions:
            found = np.where((self._points == _INACTIVE) != (point == _INACTIVE), 1.0, found)
        found[self._names] = found[self._names] != 0.0
        total: NDArray[np.float64] = np.square(found, out=found).sum(axis=0)
        return total


def is_a_name(space: SearchSpace, name: str) -> bool:
    """Whether the parameter's choices are in no order."""
    parameter = space.parameters[name]
    return isinstance(parameter, Categorical) and not parameter.ordered


def points_of(space: SearchSpace, configurations: Sequence[Configuration]) -> NDArray[np.float64]:
    """Unit coordinates [n, d]; -1 for a parameter that is not active."""
    return np.array([_point(space, configuration) for configuration in configurations])


def _point(space: SearchSpace, configuration: Configuration) -> NDArray[np.float64]:
    point = space.to_unit(configuration)
    if len(configuration) < len(point):
        point[[name not in configuration for name in space.names]] = _INACTIVE
    return point
