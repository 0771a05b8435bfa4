"""A net of up to 16 hidden layers on digits: activation, batch normalisation and initial weights decide."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from tuner.configuration import Configuration
from tuner.parameter import Categorical, Float, Integer
from tuner.problem import Objective, Problem
from tuner.space import SearchSpace
from tuner.task import Task, TaskCard
from tuner.trial import Measurement, Trial

from .datasets import load
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

_ACTIVATIONS: Final[Mapping[str, Callable[[Tensor], Tensor]]] = {
    "sigmoid": lambda inputs: inputs.sigmoid(),
    "tanh": lambda inputs: inputs.tanh(),
    "relu": lambda inputs: inputs.relu(),
}
_SPACE: Final = SearchSpace(
    {
        "depth": Integer(1, 16, default=4),
        "width": Integer(8, 64, log=True, default=24),
        "activation": Categorical(tuple(_ACTIVATIONS), default="tanh"),
        "batch_norm": Categorical(("off", "on"), default="off"),
        "initialisation": Categorical(("xavier", "he", "small"), default="xavier"),
        "learning_rate": Float(1e-3, 1.0, log=True, default=0.01),
        "momentum": Float(0.0, 0.99, default=0.5),
        "batch_size": Integer(16, 256, log=True, default=64),
    }
)


@dataclass(frozen=True, kw_only=True)
class BatchNormReluNet(Task):
    """Classify digits with a deep net: the choices that Glorot 2010, He 2015 and Ioffe 2015 wrote about."""

    card: ClassVar[TaskCard] = TaskCard(
        summary="a net with 1 to 16 hidden layers reads digits; the share of wrong answers counts",
        data="digits (1797 rows, 64 features, 10 classes); a quarter of the rows held out, a quarter of the others for "
        "validation, both stratified",
        licence="CC BY 4.0",
        source="https://arxiv.org/abs/1502.03167",
        cost="0.1 to 0.6 seconds, 2.3 seconds for the deepest and widest net with the smallest batches",
        extra="nets",
    )

    epochs: int = 27
    """Passes over the training rows at the highest fidelity."""

    def __post_init__(self) -> None:
        fidelity_of(self.epochs)

    @property
    def problem(self) -> Problem:
        """Eight parameters of three kinds; minimise `error`. `log_loss` is measured beside it."""
        return Problem(_SPACE, (Objective("error"),), fidelity_of(self.epochs))

    def prepare(self) -> None:
        """Load torch and the digits."""
        prepare_torch("bn-relu-net")
        load("digits")

    def evaluate(self, trial: Trial) -> Measurement:
        """Train one net; raises `FloatingPointError` where training diverges."""
        self.prepare()
        data, generator = load("digits"), np.random.default_rng(trial.seed)
        parts = part_tensors(data, trial.data_seed)
        net = build(trial.configuration, data.X.shape[1], len(data.class_names), generator)

        def loss_of(rows: Rows) -> Tensor:
            return log_loss(net.forward(rows.X, training=True), rows.y)

        descent = _descent(trial.configuration, epochs_of(trial, fidelity_of(self.epochs)))
        steps = descend(loss_of, net.parameters, parts.train, descent, generator)
        check_finite(log_loss(net.forward(parts.train.X), parts.train.y), steps)
        return Measurement(
            values=score(net, parts.validation),
            held_out=score(net, parts.held_out),
            extras={"epochs": float(descent.epochs), "steps": float(steps)},
        )


@dataclass(frozen=True, slots=True, eq=False)
class BatchNorm:
    """Batch normalisation of m features; the running mean and variance change in place while training."""

    scale: Tensor
    """[m]"""
    mean: Tensor
    """Running mean of the batches' means [m]."""
    variance: Tensor
    """Running mean of the batches' variances [m], each with m - 1 in its denominator."""

    def normalise(self, inputs: Tensor, shift: Tensor, *, training: bool) -> Tensor:
        """Rows [n, m] with mean 0 and variance 1 (of the batch if `training`), then scaled and shifted."""
        from torch.nn.functional import batch_norm

        return batch_norm(inputs, self.mean, self.variance, self.scale, shift, training=training)


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A linear map, perhaps normalised, and a shift."""

    weight: Tensor
    """[fan_in, fan_out]"""
    shift: Tensor
    """[fan_out]"""
    batch_norm: BatchNorm | None = None

    @property
    def parameters(self) -> list[Tensor]:
        """What training changes: weight, shift and, with batch normalisation, scale."""
        scale = [] if self.batch_norm is None else [self.batch_norm.scale]
        return [self.weight, self.shift, *scale]

    def forward(self, inputs: Tensor, *, training: bool) -> Tensor:
        """Rows [n, fan_in] become rows [n, fan_out]."""
        sums = inputs @ self.weight
        if self.batch_norm is None:
            return sums + self.shift
        return self.batch_norm.normalise(sums, self.shift, training=training)


@dataclass(frozen=True, slots=True, eq=False)
class Net:
    """Hidden layers, each followed by the activation, and a linear output layer."""

    hidden: Sequence[Layer]
    output: Layer
    activation: str

    @property
    def parameters(self) -> list[Tensor]:
        """What training changes, from the first layer to the last."""
        return [parameter for layer in (*self.hidden, self.output) for parameter in layer.parameters]

    def forward(self, inputs: Tensor, *, training: bool = False) -> Tensor:
        """The logits [n, classes] of rows [n, d]."""
        activate = _ACTIVATIONS[self.activation]
        for layer in self.hidden:
            inputs = activate(layer.forward(inputs, training=training))
        return self.output.forward(inputs, training=training)


def initial_weights(
    configuration: Configuration, features: int, classes: int, generator: np.random.Generator
) -> list[NDArray[np.float32]]:
    """Normal weights [fan_in, fan_out] of each layer, the output layer last."""
    width, depth = configuration.integer("width"), configuration.integer("depth")
    sizes = [features, *[width] * depth, classes]
    scheme = configuration.text("initialisation")
    return [
        (initial_deviation(scheme, fan_in, fan_out) * generator.standard_normal((fan_in, fan_out))).astype(np.float32)
        for fan_in, fan_out in itertools.pairwise(sizes)
    ]


def initial_deviation(scheme: str, fan_in: int, fan_out: int) -> float:
    """The standard deviation of a layer's first weights: Glorot and Bengio 2010, He et al. 2015, or simply small."""
    deviations = {"xavier": math.sqrt(2 / (fan_in + fan_out)), "he": math.sqrt(2 / fan_in), "small": 0.01}
    return deviations[scheme]


def build(configuration: Configuration, features: int, classes: int, generator: np.random.Generator) -> Net:
    """The untrained net of a configuration."""
    weights = initial_weights(configuration, features, classes, generator)
    normalised = configuration.text("batch_norm") == "on"
    *hidden, output = [_layer(w, normalised=normalised and w is not weights[-1]) for w in weights]
    return Net(hidden, output, configuration.text("activation"))


def log_loss(logits: Tensor, y: Tensor) -> Tensor:
    """The mean cross-entropy of logits [n, classes], in nats."""
    return -logits.log_softmax(-1).gather(-1, y[:, None]).mean()


def score(net: Net, rows: Rows) -> dict[str, float]:
    """The share of wrong answers and the mean cross-entropy in nats."""
    logits = net.forward(rows.X).detach()
    wrong = (logits.argmax(-1) != rows.y).double().mean().item()
    return {"error": wrong, "log_loss": log_loss(logits, rows.y).item()}


def _layer(weight: NDArray[np.float32], *, normalised: bool) -> Layer:
    ones, zeros = np.ones(weight.shape[1], np.float32), np.zeros(weight.shape[1], np.float32)
    running = to_parameter(zeros).detach(), to_parameter(ones).detach()
    batch_norm = BatchNorm(to_parameter(ones), *running) if normalised else None
    return Layer(to_parameter(weight), to_parameter(zeros), batch_norm)


def _descent(configuration: Configuration, epochs: int) -> Descent:
    return Descent(
        epochs=epochs,
        batch_size=configuration.integer("batch_size"),
        learning_rate=configuration.number("learning_rate"),
        momentum=configuration.number("momentum"),
    )
