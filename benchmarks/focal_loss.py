"""A small net for a rare class, trained with the focal loss of Lin et al. 2017."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from tuner.configuration import Configuration
from tuner.errors import InvalidOption, suggest
from tuner.parameter import Float, Integer
from tuner.problem import Objective, Problem
from tuner.seeds import derive_seed
from tuner.space import SearchSpace
from tuner.task import Task, TaskCard
from tuner.trial import Measurement, Trial

from .datasets import Dataset, load
from .training import (
    Descent,
    Rows,
    check_finite,
    descend,
    epochs_of,
    fidelity_of,
    part_tensors,
    prepare_torch,
    to_parameter,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

POSITIVE_CLASSES: Final = {"breast_cancer": 0, "digits": 8}
"""The class to be found in each data set: malignant, the digit 8."""

_SPACE: Final = SearchSpace(
    {
        "gamma": Float(0.0, 5.0, default=2.0),
        "alpha": Float(0.05, 0.95, default=0.25),
        "learning_rate": Float(1e-4, 1.0, log=True, default=0.05),
        "weight_decay": Float(1e-6, 1e-1, log=True, default=1e-4),
        "width": Integer(4, 64, log=True, default=16),
    }
)
_PRIOR: Final = 0.01
"""The probability that an untrained net gives the positive class (section 4.1 of the paper)."""


@dataclass(frozen=True, kw_only=True)
class FocalLossClassifier(Task):
    """Find a rare class with one hidden layer; the focal loss has two parameters of its own, gamma and alpha."""

    card: ClassVar[TaskCard] = TaskCard(
        summary="a net with one hidden layer and focal loss finds a rare class; average precision counts",
        data="digits (1708 rows, 64 features, 85 rows positive) or breast_cancer (376, 30, 19); a quarter of the rows "
        "held out, a quarter of the others for validation, both stratified",
        licence="CC BY 4.0",
        source="https://arxiv.org/abs/1708.02002",
        cost="0.15 seconds with digits, 0.03 seconds with breast_cancer",
        extra="nets",
    )

    data: str = "digits"
    """Which data set: digits (the 8s among the ten digits) or breast_cancer (the malignant tumours)."""
    positive_share: float = 0.05
    """Share of positive rows, in [0.01, 0.5]; rows of the class that is in excess are left out."""
    epochs: int = 27
    """Passes over the training rows at the highest fidelity."""

    def __post_init__(self) -> None:
        if self.data not in POSITIVE_CLASSES:
            raise InvalidOption(f"no data set called {self.data!r}{suggest(str(self.data), POSITIVE_CLASSES)}")
        if not isinstance(self.positive_share, int | float) or not 0.01 <= self.positive_share <= 0.5:
            raise InvalidOption(f"positive_share is in [0.01, 0.5], not {self.positive_share!r}")
        fidelity_of(self.epochs)

    @property
    def problem(self) -> Problem:
        """Five numbers, one of them whole; maximise `average_precision`. Log loss and recall are measured beside it."""
        return Problem(_SPACE, (Objective("average_precision", "maximize"),), fidelity_of(self.epochs))

    def prepare(self) -> None:
        """Load torch and the data."""
        prepare_torch("focal-loss")
        load(self.data)

    def evaluate(self, trial: Trial) -> Measurement:
        """Train one net; raises `FloatingPointError` where training diverges."""
        self.prepare()
        configuration, generator = trial.configuration, np.random.default_rng(trial.seed)
        data = thin_out(load(self.data), POSITIVE_CLASSES[self.data], self.positive_share, trial.data_seed)
        parts = part_tensors(data, trial.data_seed)
        net = [to_parameter(values) for values in initial_weights(configuration, data.X.shape[1], generator)]
        gamma, alpha = configuration.number("gamma"), configuration.number("alpha")

        def loss_of(rows: Rows) -> Tensor:
            return focal_loss(forward(net, rows.X), rows.y, gamma, alpha).mean()

        descent = _descent(configuration, epochs_of(trial, fidelity_of(self.epochs)))
        steps = descend(loss_of, net, parts.train, descent, generator)
        check_finite(loss_of(parts.train), steps)
        return Measurement(
            values=score(net, parts.validation),
            held_out=score(net, parts.held_out),
            extras={"epochs": float(descent.epochs), "steps": float(steps)},
        )


def focal_loss(logits: Tensor, targets: Tensor, gamma: float, alpha: float) -> Tensor:
    """The focal loss of each row [n], in nats: -a (1 - p)**gamma log(p), p the probability of the true class.

    `logits` [n] belong to the positive class and `targets` [n] are 0 or 1; the weight a is `alpha` for positive
    rows and 1 - `alpha` for the others. Exact for logits of any size, as are its gradients.
    """
    margins = logits * (2 * targets - 1)
    zero = margins.new_zeros(())
    log_right, log_wrong = -zero.logaddexp(-margins), -zero.logaddexp(margins)
    weights = (1 - alpha) + (2 * alpha - 1) * targets
    return -weights * (gamma * log_wrong).exp() * log_right


def thin_out(data: Dataset, positive: int, share: float, seed: int) -> Dataset:
    """The rows as 1 (of class `positive`) or 0, without as many rows of one of the two as the share demands."""
    rng = np.random.default_rng(derive_seed(seed, "thin out"))
    positives, negatives = (rng.permutation(np.flatnonzero(mask)) for mask in (data.y == positive, data.y != positive))
    wanted = round(len(negatives) * share / (1 - share))
    if wanted <= len(positives):
        positives = positives[:wanted]
    else:
        negatives = negatives[: round(len(positives) * (1 - share) / share)]
    kept = np.sort(np.concatenate([positives, negatives]))
    names = ("rest", data.class_names[positive])
    return replace(data, X=data.X[kept], y=(data.y[kept] == positive).astype(np.int64), class_names=names)


def initial_weights(
    configuration: Configuration, features: int, generator: np.random.Generator
) -> list[NDArray[np.float32]]:
    """Hidden weights [features, width] and biases [width], then output weights [width, 1] and bias [1]."""
    width = configuration.integer("width")
    hidden = math.sqrt(2 / features) * generator.standard_normal((features, width))
    output = 0.01 * generator.standard_normal((width, 1))
    bias = np.full(1, -math.log((1 - _PRIOR) / _PRIOR))
    return [values.astype(np.float32) for values in (hidden, np.zeros(width), output, bias)]


def forward(net: Sequence[Tensor], inputs: Tensor) -> Tensor:
    """The logits [n] of rows [n, d]."""
    hidden, hidden_bias, output, output_bias = net
    return ((inputs @ hidden + hidden_bias).relu() @ output + output_bias).squeeze(-1)


def score(net: Sequence[Tensor], rows: Rows) -> dict[str, float]:
    """Average precision, mean cross-entropy in nats, and recall at probability one half."""
    from sklearn.metrics import average_precision_score  # takes a second

    logits = forward(net, rows.X).detach()
    return {
        "average_precision": float(average_precision_score(rows.y.numpy(), logits.numpy())),
        "log_loss": 2 * focal_loss(logits, rows.y, 0.0, 0.5).mean().item(),
        "recall": (logits[rows.y == 1] >= 0).double().mean().item(),
    }


def _descent(configuration: Configuration, epochs: int) -> Descent:
    return Descent(
        epochs=epochs,
        batch_size=64,
        learning_rate=configuration.number("learning_rate"),
        momentum=0.9,
        weight_decay=configuration.number("weight_decay"),
    )
