"""How much each parameter matters on a task, as Optuna's evaluators PED-ANOVA and fANOVA judge it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .pooled_trials import PooledTrials
from .stored_space import StoredParameter

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.study import Study

LEAST_TRIALS = 50
"""With fewer, the best tenth, which PED-ANOVA looks at, has fewer than five trials."""

TREES, DEPTH = 32, 6
"""Of the forest of fANOVA: Optuna's defaults, 64 and 64, take most of a minute for a thousand trials."""


@dataclass(frozen=True, slots=True)
class Importance:
    """How much one parameter matters on one task."""

    task: str
    parameter: str
    ped_anova: float
    """Its share of the importances of all parameters, in [0, 1]."""
    fanova: float
    """The share of the variance that it accounts for by itself, in [0, 1]; what is left to 1 are interactions. NaN
    where the parameter is not always active, as fANOVA knows no conditions."""


def importances(trials: PooledTrials, seed: int = 0) -> tuple[Importance, ...]:
    """The importances of the parameters on one task, by PED-ANOVA, the most important first.

    PED-ANOVA (Watanabe, Bansal and Hutter, IJCAI 2023) asks which parameters tell the best tenth of the trials from
    all of them; of conditional ones, also whether they are active. fANOVA (Hutter, Hoos and Leyton-Brown, ICML 2014)
    asks which share of the variance of a random forest's prediction each accounts for by itself. Both are told the
    ranks of the losses, so that a few enormous losses do not decide, and places on each parameter's own scale.

    Empty with fewer than `LEAST_TRIALS` trials or two parameters. Raises ImportError where Optuna is not installed.
    """
    names = [parameter.name for parameter in trials.space.parameters]
    if len(names) < 2 or len(trials.losses) < LEAST_TRIALS:
        return ()
    with _quiet():
        ped_anova, fanova = _evaluated(_study(trials), seed)
    found = [Importance(trials.task, name, ped_anova.get(name, 0.0), fanova.get(name, float("nan"))) for name in names]
    return tuple(sorted(found, key=lambda one: -one.ped_anova))


def _evaluated(study: Study, seed: int) -> tuple[dict[str, float], dict[str, float]]:
    from optuna.importance import FanovaImportanceEvaluator, PedAnovaImportanceEvaluator

    ped_anova = _shares(PedAnovaImportanceEvaluator().evaluate(study))
    try:
        fanova = FanovaImportanceEvaluator(n_trees=TREES, max_depth=DEPTH, seed=seed).evaluate(study)
    except RuntimeError:  # nothing varies
        return ped_anova, dict.fromkeys(ped_anova, 0.0)
    return ped_anova, {name: float(share) for name, share in fanova.items()}


def _study(trials: PooledTrials) -> Study:
    """The trials as a study of Optuna in memory; numbers are given by their place in their range."""
    import optuna

    parameters = trials.space.parameters
    distributions = {parameter.name: _distribution(parameter) for parameter in parameters}
    frozen = []
    for place, rank in zip(trials.units, trials.ranks, strict=True):
        params = {
            parameter.name: _setting(parameter, unit)
            for parameter, unit in zip(parameters, place.tolist(), strict=True)
            if not np.isnan(unit)
        }
        mine = {name: distributions[name] for name in params}
        frozen.append(optuna.create_trial(params=params, distributions=mine, value=float(rank)))
    study = optuna.create_study()
    study.add_trials(frozen)
    return study


def _distribution(parameter: StoredParameter) -> BaseDistribution:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    count = len(parameter.choices)
    if parameter.is_number:
        return FloatDistribution(0.0, 1.0)
    return IntDistribution(0, count - 1) if parameter.is_ordered else CategoricalDistribution(tuple(range(count)))


def _setting(parameter: StoredParameter, unit: float) -> float | int:
    return min(max(unit, 0.0), 1.0) if parameter.is_number else int(unit * len(parameter.choices))


def _shares(found: Mapping[str, float]) -> dict[str, float]:
    """Divided by their sum; all 0 where nothing matters."""
    numbers = {name: float(value) if np.isfinite(value) else 0.0 for name, value in found.items()}
    total = sum(numbers.values())
    return {name: value / total if total > 0 else 0.0 for name, value in numbers.items()}


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Optuna from announcing a study and warning of few trials, for this moment only."""
    import optuna

    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(max(level, optuna.logging.WARNING))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        optuna.logging.set_verbosity(level)
