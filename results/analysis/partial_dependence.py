"""What a random forest makes of the trials of a task: how their ranks depend on one parameter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .pooled_trials import PooledTrials
from .stored_space import StoredParameter, Value

if TYPE_CHECKING:
    from sklearn.ensemble import RandomForestRegressor

POINTS = 20
"""At so many places of a parameter's range the forest is asked."""
MOST_ROWS = 200
"""For so many of the trials."""
_ABSENT = -1.0
"""Where a parameter that is not active stands in the forest's eyes: outside the unit cube."""


@dataclass(frozen=True, slots=True)
class Dependence:
    """How the rank of a trial depends on one parameter, the others being what they were in the trials."""

    parameter: StoredParameter
    units: NDArray[np.float64]
    """Places in its range [p], from 0 to 1: even ones, or the choices."""
    mean: NDArray[np.float64]
    """The predicted share of trials with a lower loss [p]: 0 is best."""
    low: NDArray[np.float64]
    """Lower quartile of the predictions over the trials: where the band is wide, others matter too [p]."""
    high: NDArray[np.float64]
    """Upper quartile."""

    @property
    def values(self) -> tuple[Value, ...]:
        """The parameter's values at the places [p]."""
        return tuple(self.parameter.at(self.units).tolist()) if self.parameter.is_number else self.parameter.choices


@dataclass(frozen=True, slots=True)
class Forest:
    """A random forest that was fitted to the ranks of the trials of one task."""

    trials: PooledTrials
    model: RandomForestRegressor
    fit: float
    """R squared on trials that a tree has not seen (out of bag): 1 is perfect, 0 no better than the mean."""

    def dependence(self, name: str, seed: int = 0) -> Dependence:
        """The partial dependence on this parameter.

        Friedman, Greedy function approximation: a gradient boosting machine, Annals of Statistics 29, 2001.

        Over trials in which it is active, at most `MOST_ROWS` of them. Parameters that it switches on or off stay as
        they were.
        """
        names = [parameter.name for parameter in self.trials.space.parameters]
        column = names.index(name)
        parameter = self.trials.space.parameters[column]
        rows = np.flatnonzero(~np.isnan(self.trials.units[:, column]))
        rows = np.random.default_rng(seed).permutation(rows)[:MOST_ROWS]
        units = _places(parameter)
        asked = np.repeat(_filled(self.trials.units[rows])[None], len(units), axis=0)
        asked[:, :, column] = units[:, None]
        said = self.model.predict(asked.reshape(-1, asked.shape[2])).reshape(len(units), -1)
        low, high = np.quantile(said, [0.25, 0.75], axis=1)
        return Dependence(parameter, units, said.mean(axis=1), low, high)


def grow_forest(trials: PooledTrials, seed: int = 0) -> Forest:
    """A forest of scikit-learn: 100 trees of at least 3 trials a leaf, the rank from the place in the unit cube.

    Raises ImportError where scikit-learn is not installed.
    """
    from sklearn.ensemble import RandomForestRegressor

    model = RandomForestRegressor(100, min_samples_leaf=3, oob_score=True, random_state=seed)
    model.fit(_filled(trials.units), trials.ranks)
    return Forest(trials, model, float(model.oob_score_))


def _places(parameter: StoredParameter) -> NDArray[np.float64]:
    if not parameter.is_number:
        return parameter.units(parameter.choices)
    if parameter.kind == "integer" and parameter.high - parameter.low < POINTS:
        return parameter.units(range(int(parameter.low), int(parameter.high) + 1))
    low, high = parameter.units([parameter.low, parameter.high]).tolist()
    return np.linspace(low, high, POINTS)


def _filled(units: NDArray[np.float64]) -> NDArray[np.float64]:
    filled: NDArray[np.float64] = np.nan_to_num(units, nan=_ABSENT)
    return filled
