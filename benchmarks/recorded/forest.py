"""Predicting what was recorded, with one forest for each measured number and one for the cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from tuner.configuration import Configuration
from tuner.parameter import Categorical
from tuner.space import SearchSpace
from tuner.trial import Failure, FailureKind, Measurement, Outcome, Trial

from .evaluations import Evaluations
from .nearest import is_a_name, points_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sklearn.ensemble import ExtraTreesRegressor

_TREES: Final = 50
_SEED: Final = 0
_MOST_ROWS: Final = 50_000
"""Of a larger table a seeded part is learned."""


class ForestLookup:
    """Extremely randomised trees over the unit cube, choices one by one, and the fidelity.

    A prediction has no noise: it is an average. Where failure is more likely than not, the trial fails. The cost is
    learned on a logarithmic scale, and no fidelity costs less than a lower one.
    """

    def __init__(self, evaluations: Evaluations) -> None:
        self._evaluations = evaluations
        told = evaluations.description
        owner, level, row = _stacked(evaluations)
        features = self._features(evaluations.configurations)[owner]
        inputs = np.column_stack([features, self._scale(np.array(evaluations.levels)[level])])
        failed = evaluations.is_failure[row]
        measured = {*told.objectives, *told.values, *told.held_out.values()}
        self._models = {n: _fitted(inputs[~failed], evaluations.numbers[n][row][~failed]) for n in sorted(measured)}
        self._failure = _fitted(inputs, failed.astype(np.float64)) if failed.any() else None
        self._cost = None
        if told.cost is not None:
            self._cost = _fitted(inputs, np.log(np.maximum(evaluations.numbers[told.cost][row], 1e-9)))

    def outcomes(self, trials: Sequence[Trial]) -> list[Outcome]:
        """What is to be expected of each trial, in their order."""
        if not trials:
            return []
        offered = self._evaluations.description.fidelity
        high = offered.high if offered else 0.0
        asked = [high if t.proposal.fidelity is None else t.proposal.fidelity for t in trials]
        features = self._features([trial.configuration for trial in trials])
        inputs = np.column_stack([features, self._scale(np.array(asked))])
        predicted = {name: _predicted(model, inputs) for name, model in self._models.items()}
        fails = [0.0] * len(trials) if self._failure is None else _predicted(self._failure, inputs)
        totals = self._costs(features, asked)
        is_anew = self._evaluations.description.anew
        befores = self._costs(features, [None if is_anew else trial.continues_from for trial in trials])
        return [
            self._outcome({name: column[i] for name, column in predicted.items()}, fails[i], _added(totals[i], b))
            for i, b in enumerate(befores)
        ]

    def _outcome(self, numbers: dict[str, float], fails: float, seconds: float | None) -> Outcome:
        told = self._evaluations.description
        if fails > 0.5:
            return Failure(FailureKind.ERROR, "likely to fail, by what was recorded", seconds)
        values = {name: numbers[name] for name in (*told.objectives, *told.values)}
        return Measurement(values, {name: numbers[column] for name, column in told.held_out.items()}, seconds)

    def _costs(self, features: NDArray[np.float64], fidelities: Sequence[float | None]) -> list[float | None]:
        """Seconds up to each fidelity: the most that is predicted for any recorded one that is not above it."""
        found: list[float | None] = [None] * len(fidelities)
        if self._cost is None or all(fidelity is None for fidelity in fidelities):
            return found
        levels = self._evaluations.levels
        each = [_predicted(self._cost, np.column_stack([features, self._scale(np.full(len(features), level))]))
                for level in levels]  # fmt: skip
        highest = np.maximum.accumulate(np.exp(np.array(each)), axis=0)
        for place, fidelity in enumerate(fidelities):
            if fidelity is not None:
                found[place] = float(highest[self._evaluations.level_of(fidelity), place])
        return found

    def _features(self, configurations: Sequence[Configuration]) -> NDArray[np.float64]:
        return one_by_one(self._evaluations.space, points_of(self._evaluations.space, configurations))

    def _scale(self, fidelities: NDArray[np.float64]) -> NDArray[np.float64]:
        return fidelities / max(self._evaluations.levels[-1], 1e-300)


def one_by_one(space: SearchSpace, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points [n, d] with a column of 0 and 1 for each choice of a parameter whose choices are in no order."""
    columns = []
    for index, (name, parameter) in enumerate(space.parameters.items()):
        column = points[:, index]
        if isinstance(parameter, Categorical) and is_a_name(space, name):
            columns += [(column == parameter.to_unit(choice)).astype(np.float64) for choice in parameter.choices]
        else:
            columns.append(column)
    return np.column_stack(columns)


def _stacked(evaluations: Evaluations) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.int32]]:
    """Configuration, level and row of all that was recorded, or of a part of it."""
    owner, level, replicate = np.nonzero(evaluations.rows >= 0)
    if len(owner) > _MOST_ROWS:
        chosen = np.sort(np.random.default_rng(_SEED).choice(len(owner), _MOST_ROWS, replace=False))
        owner, level, replicate = owner[chosen], level[chosen], replicate[chosen]
    return owner, level, evaluations.rows[owner, level, replicate]


def _fitted(inputs: NDArray[np.float64], target: NDArray[np.float64]) -> ExtraTreesRegressor:
    from sklearn.ensemble import ExtraTreesRegressor

    return ExtraTreesRegressor(_TREES, min_samples_leaf=2, random_state=_SEED, n_jobs=1).fit(inputs, target)


def _predicted(model: ExtraTreesRegressor, inputs: NDArray[np.float64]) -> list[float]:
    found: list[float] = model.predict(inputs).tolist()
    return found


def _added(total: float | None, before: float | None) -> float | None:
    return total if total is None or before is None else max(0.0, total - before)
