"""The task: a scaler, a step size and momentum for full-batch gradient descent on a linear model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from tuner.errors import InvalidOption
from tuner.parameter import Categorical, Float
from tuner.problem import Fidelity, Objective, Problem
from tuner.space import SearchSpace
from tuner.task import Task, TaskCard
from tuner.trial import Measurement, Outcome, Trial

from ..stacking import DEVICES, PRECISIONS, alone, check_choice, device_of, diverged, in_stacks, padded, type_of
from ..training import prepare_torch
from .design import Design, Setting, design, optimum
from .losses import LOSSES
from .scaling import SCALERS
from .tables import MODELS, NAMES, Rows, load

if TYPE_CHECKING:
    from results.exhibits import Exhibit

    from .descent import Descended, Rule

DIVERGED: Final = 3.0
"""A training loss of so many times that at the start counts as diverged."""

MOST_MOMENTUM: Final = 0.99
"""The greatest momentum of the space."""

_SPACE: Final = SearchSpace(
    {
        "scaler": Categorical(SCALERS),
        "centre": Categorical(("no", "yes")),
        "learning_rate": Float(1e-3, 10.0, log=True, default=1.0),
        "momentum": Float(0.0, MOST_MOMENTUM, default=0.5),
        "method": Categorical(("heavy-ball", "nesterov")),
    }
)


@dataclass(frozen=True, kw_only=True)
class FeatureScaling(Task):
    """Descends by full batches on features of very different magnitudes; the optimum is the same for every scaler.

    The ridge penalty is on the weights of standardised features whichever scaler is used, so that scaling changes
    the way to the optimum, never the optimum.
    """

    card: ClassVar[TaskCard] = TaskCard(
        summary="gradient descent on features of different magnitudes; the validation loss after the last step counts",
        data="breast_cancer (569 rows, 30 features), wine (178, 13), diabetes (442, 10) or synthetic (480, 15); a "
        "quarter of the rows held out, a quarter of the others for validation, both stratified",
        licence="CC BY 4.0 (breast_cancer, wine); none stated (diabetes); Apache-2.0 (synthetic)",
        source="https://distill.pub/2017/momentum/",
        cost="0.07 to 0.3 seconds; a tenth of that in a stack of 100",
        extra="nets",
    )

    model: str = "logistic"
    """"logistic" regression of two classes, or "linear" regression of a number."""
    data: str = "breast_cancer"
    """One of "breast_cancer", "wine", "diabetes", "synthetic"."""
    steps: int = 2000
    """Steps at the highest fidelity, in [1, 100000]."""
    penalty: float = 1e-3
    """Half of it times the squared weights of standardised features is added to the mean training loss."""
    tolerance: float = 0.01
    """`steps_to_tolerance` counts until so much of the first training loss's distance to the optimum is left."""
    condition_number: float = 1e6
    """Ratio of the greatest to the least variance of the synthetic features; means nothing to other data."""
    device: str = "cpu"
    """"auto", "cpu" or "cuda"."""
    precision: str = "float32"
    """"float32" or "float64"."""

    def __post_init__(self) -> None:
        check_choice("model", self.model, MODELS)
        check_choice("data", self.data, NAMES)
        check_choice("device", self.device, DEVICES)
        check_choice("precision", self.precision, PRECISIONS)
        if type(self.steps) is not int or not 1 <= self.steps <= 100_000:
            raise InvalidOption(f"steps is a whole number in [1, 100000], not {self.steps!r}")
        _check_number("penalty", self.penalty, 1e-8, 1.0)
        _check_number("tolerance", self.tolerance, 1e-6, 0.5)
        _check_number("condition_number", self.condition_number, 1.0, 1e12)

    @property
    def problem(self) -> Problem:
        """Five parameters of two kinds; minimise `loss`."""
        return Problem(_SPACE, (Objective("loss"),), self._fidelity)

    def prepare(self) -> None:
        """Load torch and the data."""
        prepare_torch("feature-scaling")
        load(self.data, self.condition_number)

    def evaluate(self, trial: Trial) -> Measurement:
        """Train one model, as a stack of one; raises `FloatingPointError` where training diverges."""
        return alone(self.evaluate_batch([trial]))

    def evaluate_batch(self, trials: Sequence[Trial]) -> list[Outcome]:
        """Train the models as one stack for each number of steps."""
        self.prepare()
        return in_stacks(trials, self._shape, self._bytes, lambda _, chunk: self._train(chunk), device=self.device)

    def explain(self, trial: Trial) -> Sequence[Exhibit]:
        """Condition numbers, paths down the loss, the race of the scalers, and what theory expects of it."""
        from .exhibits import exhibits_of

        self.prepare()
        return exhibits_of(self, trial)

    def setting(self, trial: Trial) -> Setting:
        """What is fitted to which data in this trial."""
        return Setting(self.model, self.data, self.penalty, self.condition_number, trial.data_seed)

    def design(self, trial: Trial) -> Design:
        """The trial's training problem in the coordinates of its scaler."""
        configuration = trial.configuration
        return design(self.setting(trial), configuration.text("scaler"), centre=configuration.text("centre") == "yes")

    def rule(self, trial: Trial) -> Rule:
        """How the trial's model descends."""
        from .descent import Rule

        wanted = trial.proposal.fidelity
        return Rule(
            learning_rate=trial.configuration.number("learning_rate"),
            momentum=trial.configuration.number("momentum"),
            nesterov=trial.configuration.text("method") == "nesterov",
            steps=max(1, round(self.steps if wanted is None else wanted)),
        )

    def descend(self, trials: Sequence[Trial]) -> list[Descended]:
        """Where the models of the trials arrive, as one stack; they take equally many steps."""
        from .descent import descend

        designs, rules = [self.design(trial) for trial in trials], [self.rule(trial) for trial in trials]
        return descend(self.model, designs, rules, device_of(self.device), type_of(self.precision))

    def judge(self, trial: Trial, descended: Descended) -> Outcome:
        """What a descent is worth, or that it diverged."""
        losses, best = descended.losses, optimum(self.setting(trial)).loss
        bad = np.flatnonzero(~(losses <= DIVERGED * losses[0]))
        if len(bad):
            return diverged(float(losses[bad[0]]), int(bad[0]))
        excess = (losses - best) / (losses[0] - best)
        reached = np.flatnonzero(excess <= self.tolerance)
        steps = len(losses) - 1
        problem = self.design(trial)
        return Measurement(
            values=_score(self.model, problem.validation, descended),
            held_out=_score(self.model, problem.held_out, descended),
            extras={
                "steps": float(steps),
                "steps_to_tolerance": float(reached[0]) if len(reached) else float(steps),
                "excess": float(excess[-1]),
            },
        )

    @property
    def _fidelity(self) -> Fidelity:
        return Fidelity("steps", 1, self.steps)

    def _shape(self, trial: Trial) -> tuple[int, int, int]:
        """Rows and weights of the trial's model, and its steps."""
        rows, width = self.design(trial).train.X.shape
        return rows, width, self.rule(trial).steps

    def _bytes(self, shape: tuple[int, int, int]) -> int:
        rows, width, steps = shape
        return 8 * (padded(rows) * (2 * padded(width) + 4) + steps)

    def _train(self, trials: Sequence[Trial]) -> list[Outcome]:
        return [self.judge(trial, result) for trial, result in zip(trials, self.descend(trials), strict=True)]


def _score(model: str, rows: Rows, descended: Descended) -> dict[str, float]:
    """The mean loss, without penalty; for classes also the share of wrong answers."""
    z = rows.X @ descended.weights
    scores = {"loss": float(LOSSES[model].value(z, rows.y).mean())}
    if model == "logistic":
        scores["error"] = float(((z > 0) != (rows.y > 0.5)).mean())
    return scores


def _check_number(option: str, value: object, low: float, high: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise InvalidOption(f"{option} is a number in [{low:g}, {high:g}], not {value!r}")
