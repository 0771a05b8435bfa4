"""The scalers against each other on one trial's data, each at the step size that suits it best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from tuner.configuration import Configuration, Value
from tuner.trial import Measurement, Proposal, Trial

from .design import optimum
from .scaling import SCALERS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .descent import Descended
    from .task import FeatureScaling

RATES: Final[tuple[float, ...]] = tuple(np.geomspace(0.01, 10.0, 13).tolist())
"""The learning rates that a scaler's best is looked for among: four a decade."""


@dataclass(frozen=True, slots=True, eq=False)
class Runner:
    """A descent on the training rows."""

    scaler: str
    learning_rate: float
    excess: NDArray[np.float64]
    """Share of the first loss's distance to the optimum that is left, before the first step and after each."""
    steps_to_tolerance: int | None
    """None where the tolerance was not reached."""


def race(task: FeatureScaling, trial: Trial, momenta: Mapping[str, float] | None = None) -> tuple[Runner, ...]:
    """One runner a scaler: the trial's configuration but for the scaler and the best of `RATES`.

    The best reaches the tolerance first or, where none does, has the least loss after the last step. `momenta`, by
    scaler, stand for the trial's momentum and make every runner a heavy ball.
    """
    variants = [
        _variant(trial, {**_momentum(momenta, scaler), "scaler": scaler, "learning_rate": rate})
        for scaler in SCALERS
        for rate in RATES
    ]
    runners = _runners(task, variants)
    return tuple(min((r for r in runners if r.scaler == scaler), key=_order) for scaler in SCALERS)


def run_alone(task: FeatureScaling, trial: Trial) -> Runner | None:
    """The trial as it is, at the highest fidelity; None where it diverges."""
    runners = _runners(task, [_variant(trial, {})])
    return runners[0] if runners else None


def _momentum(momenta: Mapping[str, float] | None, scaler: str) -> dict[str, Value]:
    return {} if momenta is None else {"momentum": momenta[scaler], "method": "heavy-ball"}


def _variant(trial: Trial, changes: dict[str, Value]) -> Trial:
    return replace(trial, proposal=Proposal(Configuration({**trial.configuration, **changes})))


def _runners(task: FeatureScaling, trials: Sequence[Trial]) -> list[Runner]:
    """Those that do not diverge."""
    return [
        _runner(task, trial, descended)
        for trial, descended in zip(trials, task.descend(trials), strict=True)
        if isinstance(task.judge(trial, descended), Measurement)
    ]


def _runner(task: FeatureScaling, trial: Trial, descended: Descended) -> Runner:
    best = optimum(task.setting(trial)).loss
    excess = (descended.losses - best) / (descended.losses[0] - best)
    reached = np.flatnonzero(excess <= task.tolerance)
    return Runner(
        scaler=trial.configuration.text("scaler"),
        learning_rate=trial.configuration.number("learning_rate"),
        excess=excess,
        steps_to_tolerance=int(reached[0]) if len(reached) else None,
    )


def _order(runner: Runner) -> tuple[float, float]:
    steps = np.inf if runner.steps_to_tolerance is None else runner.steps_to_tolerance
    return float(steps), float(runner.excess[-1])
