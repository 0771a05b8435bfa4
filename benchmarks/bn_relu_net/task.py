"""The task: its space, its data, and one stack for all trials of one shape."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

import numpy as np

from tuner.configuration import Configuration
from tuner.parameter import Categorical, Float, Integer
from tuner.problem import Objective, Problem
from tuner.space import SearchSpace
from tuner.task import Stage, Task, TaskCard
from tuner.trial import Measurement, Outcome, Trial

from ..datasets import load
from ..stacking import DEVICES, PRECISIONS, alone, check_choice, in_stacks, padded
from ..training import Parts, epochs_of, fidelity_of, part_tensors, prepare_torch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from results.exhibits import Exhibit

    from ..stacked_states import NetState

ACTIVATIONS: Final = ("sigmoid", "tanh", "relu")
_SPACE: Final = SearchSpace(
    {
        "depth": Integer(1, 32, default=4),
        "width": Integer(8, 64, log=True, default=24),
        "activation": Categorical(ACTIVATIONS, default="tanh"),
        "batch_norm": Categorical(("off", "on"), default="off"),
        "initialisation": Categorical(("xavier", "he", "small"), default="xavier"),
        "learning_rate": Float(1e-3, 1.0, log=True, default=0.01),
        "momentum": Float(0.0, 0.99, default=0.5),
        "weight_decay": Float(1e-6, 1e-2, log=True, default=1e-4),
        "batch_size": Categorical((32, 64, 128), ordered=True, default=64),
    }
)


class Key(NamedTuple):
    """What trials of one stack have in common."""

    width: int
    """Padded."""
    batch_norm: bool
    batch_size: int
    epochs: int
    begun: int = 0
    """Epochs that were done before."""


class Work(NamedTuple):
    """A trial, and what it goes on from."""

    trial: Trial
    state: NetState | None = None

    def begun(self, epochs: int) -> int:
        """How many of so many epochs need not be done again."""
        return 0 if self.state is None or self.state.epochs > epochs else self.state.epochs


@dataclass(frozen=True, kw_only=True)
class BatchNormReluNet(Task):
    """Classify digits with a deep net: the choices that Glorot 2010, He 2015 and Ioffe 2015 wrote about."""

    card: ClassVar[TaskCard] = TaskCard(
        summary="a net with 1 to 32 hidden layers reads digits; the share of wrong answers counts",
        data="digits (1797 rows, 64 features, 10 classes); a quarter of the rows held out, a quarter of the others for "
        "validation, both stratified",
        licence="CC BY 4.0",
        source="https://arxiv.org/abs/1502.03167",
        cost="0.1 to 1 second, 3 seconds for the deepest net with the smallest batches",
        extra="nets",
        modules=("torch",),
    )

    epochs: int = 27
    """Passes over the training rows at the highest fidelity."""
    device: str = "cpu"
    """Where the nets are trained: cpu, cuda, or auto for CUDA where there is one."""
    precision: str = "float32"
    """The numbers they are trained in: float32 or float64."""

    def __post_init__(self) -> None:
        fidelity_of(self.epochs)
        check_choice("device", self.device, DEVICES)
        check_choice("precision", self.precision, PRECISIONS)

    @property
    def problem(self) -> Problem:
        """Nine parameters of four kinds; minimise `error`. `log_loss` is measured beside it."""
        return Problem(_SPACE, (Objective("error"),), fidelity_of(self.epochs))

    def prepare(self) -> None:
        """Load torch and the digits."""
        prepare_torch("bn-relu-net")
        load("digits")

    def evaluate(self, trial: Trial) -> Measurement:
        """Train one net, as a stack of one; raises `FloatingPointError` where training diverges."""
        return alone(self.evaluate_batch([trial]))

    def evaluate_batch(self, trials: Sequence[Trial]) -> list[Outcome]:
        """Train all nets of one shape together: of any depth, activation and step size."""
        return [stage.outcome for stage in self._evaluate([Work(trial) for trial in trials], is_kept=False)]

    def continue_batch(self, trials: Sequence[Trial], states: Sequence[object]) -> list[Stage]:
        """Train likewise, those nets together that have also come equally far."""
        self.prepare()
        from ..stacked_states import NetState

        work = [
            Work(trial, state if isinstance(state, NetState) else None)
            for trial, state in zip(trials, states, strict=True)
        ]
        return self._evaluate(work, is_kept=True)

    def explain(self, trial: Trial) -> Sequence[Exhibit]:
        """Gradients by layer, activations by layer and learning curves: of this net, and of others as deep."""
        self.prepare()
        from .exhibits import exhibits_of

        return exhibits_of(self, trial)

    def key_of(self, work: Work) -> Key:
        """The shape of a trial's computation."""
        configuration = work.trial.configuration
        epochs = epochs_of(work.trial, fidelity_of(self.epochs))
        return Key(
            width=padded(configuration.integer("width")),
            batch_norm=configuration.text("batch_norm") == "on",
            batch_size=configuration.integer("batch_size"),
            epochs=epochs,
            begun=work.begun(epochs),
        )

    def _evaluate(self, work: Sequence[Work], *, is_kept: bool) -> list[Stage]:
        self.prepare()
        from .stack import evaluate_stack

        return in_stacks(
            work,
            self.key_of,
            _bytes_of,
            lambda key, members: evaluate_stack(self, key, members, is_kept=is_kept),
            device=self.device,
        )


@lru_cache(maxsize=64)
def parts_of(data_seed: int) -> Parts:
    """The digits as tensors, split by this seed and standardised."""
    return part_tensors(load("digits"), data_seed)


def initial_weights(
    configuration: Configuration, features: int, classes: int, generator: np.random.Generator
) -> list[NDArray[np.float64]]:
    """Normal weights [fan_in, fan_out] of each layer, the output layer last."""
    width, depth = configuration.integer("width"), configuration.integer("depth")
    sizes = [features, *[width] * depth, classes]
    scheme = configuration.text("initialisation")
    return [
        initial_deviation(scheme, fan_in, fan_out) * generator.standard_normal((fan_in, fan_out))
        for fan_in, fan_out in itertools.pairwise(sizes)
    ]


def initial_deviation(scheme: str, fan_in: int, fan_out: int) -> float:
    """The standard deviation of a layer's first weights: Glorot and Bengio 2010, He et al. 2015, or simply small."""
    deviations = {"xavier": math.sqrt(2 / (fan_in + fan_out)), "he": math.sqrt(2 / fan_in), "small": 0.01}
    return deviations[scheme]


def _bytes_of(key: Key) -> int:
    """At most 32 layers, each with inputs, curves and their gradients for a batch, and six numbers a weight."""
    rows, deepest, number = max(key.batch_size, 450), 32, 8
    return deepest * key.width * number * (6 * rows + 6 * key.width)
