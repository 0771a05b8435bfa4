"""The task: its space, its data, and one stack for all trials of one width."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from tuner.configuration import Configuration
from tuner.errors import InvalidOption, suggest
from tuner.parameter import Categorical, Float, Integer
from tuner.problem import Objective, Problem
from tuner.space import SearchSpace
from tuner.task import Task, TaskCard
from tuner.trial import Measurement, Outcome, Trial

from ..stacking import DEVICES, PRECISIONS, alone, check_choice, in_stacks, padded
from ..training import epochs_of, fidelity_of, prepare_torch
from .data import POSITIVE_CLASSES, load_imbalanced

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from results.exhibits import Exhibit

BATCH_SIZE: Final = 64
MOMENTUM: Final = 0.9
PRIOR: Final = 0.01
"""The probability that an untrained net gives the positive class (section 4.1 of the paper)."""
PRECISION: Final = 0.8
"""At which precision the recall is measured."""
_SPACE: Final = SearchSpace(
    {
        "gamma": Float(0.0, 5.0, default=0.0),
        "alpha": Float(0.05, 0.95, default=0.5),
        "prior_bias": Categorical(("off", "on"), default="off"),
        "learning_rate": Float(1e-4, 1.0, log=True, default=1e-2),
        "weight_decay": Float(1e-6, 1e-1, log=True, default=1e-4),
        "width": Integer(4, 64, log=True, default=16),
    }
)


class Key(NamedTuple):
    """What trials of one stack have in common."""

    width: int
    """Padded."""
    epochs: int


@dataclass(frozen=True, kw_only=True)
class FocalLossClassifier(Task):
    """Find a rare class with one hidden layer; the focal loss has two parameters of its own, gamma and alpha.

    With gamma = 0 and alpha = 0.5 it is half the cross-entropy.
    """

    card: ClassVar[TaskCard] = TaskCard(
        summary="a net with one hidden layer and focal loss finds a rare class; average precision counts",
        data="digits (1708 rows, 64 features, 85 of them an 8), breast_cancer (376, 30, 19 malignant) or blobs "
        "(synthetic: 8421, 16, 421 rare), at 5 %; a quarter of the rows held out, a quarter of the others for "
        "validation, both stratified",
        licence="CC BY 4.0; blobs: Apache-2.0",
        source="https://arxiv.org/abs/1708.02002",
        cost="0.15 seconds with digits, 0.05 seconds with breast_cancer, 0.6 seconds with blobs",
        extra="nets",
        modules=("torch",),
    )

    data: str = "digits"
    """Which data set: digits (the 8s among them), breast_cancer (the malignant tumours) or blobs (the rare ones)."""
    positive_share: float = 0.05
    """Share of positive rows, in [0.01, 0.5]; rows of the class that is in excess are left out."""
    epochs: int = 27
    """Passes over the training rows at the highest fidelity."""
    device: str = "cpu"
    """Where the nets are trained: cpu, cuda, or auto for CUDA where there is one."""
    precision: str = "float32"
    """The numbers they are trained in: float32 or float64."""

    def __post_init__(self) -> None:
        if self.data not in POSITIVE_CLASSES:
            raise InvalidOption(f"no data set called {self.data!r}{suggest(str(self.data), POSITIVE_CLASSES)}")
        if not isinstance(self.positive_share, int | float) or not 0.01 <= self.positive_share <= 0.5:
            raise InvalidOption(f"positive_share is in [0.01, 0.5], not {self.positive_share!r}")
        fidelity_of(self.epochs)
        check_choice("device", self.device, DEVICES)
        check_choice("precision", self.precision, PRECISIONS)

    @property
    def problem(self) -> Problem:
        """Six parameters; maximise `average_precision`. Log loss and two recalls are measured beside it."""
        return Problem(_SPACE, (Objective("average_precision", "maximize"),), fidelity_of(self.epochs))

    def prepare(self) -> None:
        """Load torch and the data."""
        prepare_torch("focal-loss")
        load_imbalanced(self.data)

    def evaluate(self, trial: Trial) -> Measurement:
        """Train one net, as a stack of one; raises `FloatingPointError` where training diverges."""
        return alone(self.evaluate_batch([trial]))

    def evaluate_batch(self, trials: Sequence[Trial]) -> list[Outcome]:
        """Train all nets of one width together, each with its own loss."""
        self.prepare()
        from .stack import evaluate_stack

        return in_stacks(
            trials,
            self.key_of,
            _bytes_of,
            lambda key, members: evaluate_stack(self, key, members),
            device=self.device,
        )

    def explain(self, trial: Trial) -> Sequence[Exhibit]:
        """Precision against recall beside cross-entropy, and which rows the loss listens to."""
        self.prepare()
        from .exhibits import exhibits_of

        return exhibits_of(self, trial)

    def key_of(self, trial: Trial) -> Key:
        """The shape of a trial's computation."""
        return Key(padded(trial.configuration.integer("width")), epochs_of(trial, fidelity_of(self.epochs)))


def initial_weights(
    configuration: Configuration, features: int, generator: np.random.Generator
) -> list[NDArray[np.float64]]:
    """Hidden weights [features, width], then output weights [width, 1]."""
    width = configuration.integer("width")
    hidden = math.sqrt(2 / features) * generator.standard_normal((features, width))
    return [hidden, 0.01 * generator.standard_normal((width, 1))]


def initial_logit(configuration: Configuration) -> float:
    """The output of the untrained net: that of the prior, or none."""
    return -math.log((1 - PRIOR) / PRIOR) if configuration.text("prior_bias") == "on" else 0.0


def _bytes_of(key: Key) -> int:
    """The training rows dominate: at most 5000 of 64 features."""
    return 8 * (5000 * 64 + 10 * 64 * key.width)
