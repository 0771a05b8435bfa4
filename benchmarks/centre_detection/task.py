"""The task: which grid, anchors and weights of the loss find most digits?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from tuner.errors import InvalidOption
from tuner.parameter import Categorical, Float, Integer
from tuner.problem import Objective, Problem
from tuner.space import Condition, SearchSpace
from tuner.task import Task, TaskCard
from tuner.trial import Failure, Measurement, Outcome, Trial

from ..datasets import load
from ..stacking import DEVICES, PRECISIONS, alone, check_choice, in_stacks, padded
from ..training import epochs_of, fidelity_of, prepare_torch

if TYPE_CHECKING:
    from results.exhibits import Exhibit

    from .course import Setting
    from .detectors import Shape

_SPACE: Final = SearchSpace(
    {
        "grid": Categorical((4, 6, 8, 12), ordered=True, default=6),
        "window": Categorical((16, 24, 32), ordered=True, default=16),
        "anchors": Categorical((1, 2, 3), ordered=True),
        "anchor_size": Float(4.0, 32.0, log=True, default=8.0),
        "anchor_spread": Float(1.1, 3.0, log=True, default=1.5),
        "position_weight": Float(0.05, 10.0, log=True, default=5.0),
        "object_weight": Float(0.05, 10.0, log=True, default=1.0),
        "background_weight": Float(0.05, 10.0, log=True, default=0.5),
        "gamma": Float(0.0, 4.0, default=0.0),
        "learning_rate": Float(1e-4, 0.05, log=True, default=0.001),
        "momentum": Float(0.0, 0.95, default=0.5),
        "width": Integer(8, 64, log=True, default=16),
        "batch_size": Categorical((4, 8, 16), ordered=True, default=8),
        "suppression": Float(0.05, 0.95, default=0.5),
    },
    (Condition("anchor_spread", "anchors", (2, 3)),),
)


@dataclass(frozen=True, kw_only=True)
class CentreDetection(Task):
    """Find digits in scenes with a grid of cells, of which the one that holds a digit's centre must report it.

    One hidden layer, the same for all cells, looks at the window around each (Redmon et al. 2016).
    """

    card: ClassVar[TaskCard] = TaskCard(
        summary="a grid of cells finds the digits in small scenes; average precision at an overlap of 0.5 counts",
        data="scenes of 48 x 48 pixels with 1 to 6 digits of 8 to 20 pixels: 320 for training, 96 for validation and "
        "96 held out, made of disjoint images of the digits data (1797 images of 10 classes)",
        licence="CC BY 4.0",
        source="https://arxiv.org/abs/1506.02640",
        cost="0.2 to 1.5 seconds",
        extra="nets",
        modules=("torch",),
    )

    epochs: int = 12
    """Passes over the training scenes at the highest fidelity."""
    scenes: int = 320
    """Scenes for training, in [16, 2000]."""
    digits: int = 6
    """The most digits in a scene, in [1, 12]."""
    device: str = "cpu"
    """One of `stacking.DEVICES`."""
    precision: str = "float32"
    """One of `stacking.PRECISIONS`."""

    def __post_init__(self) -> None:
        fidelity_of(self.epochs)
        _check_whole("scenes", self.scenes, 16, 2000)
        _check_whole("digits", self.digits, 1, 12)
        check_choice("device", self.device, DEVICES)
        check_choice("precision", self.precision, PRECISIONS)

    @property
    def problem(self) -> Problem:
        """Fourteen parameters, one of them conditional; maximise `average_precision`."""
        return Problem(_SPACE, (Objective("average_precision", "maximize"),), fidelity_of(self.epochs))

    def prepare(self) -> None:
        """Load torch and the digits."""
        prepare_torch("centre-detection")
        load("digits")

    def evaluate(self, trial: Trial) -> Measurement:
        """Train one detector; raises `FloatingPointError` where training diverges."""
        return alone(self.evaluate_batch([trial]))

    def evaluate_batch(self, trials: Sequence[Trial]) -> list[Outcome]:
        """Train the detectors of one shape together."""
        self.prepare()
        return in_stacks(trials, self._shape, self._bytes, self._evaluate, device=self.device)

    def explain(self, trial: Trial) -> Sequence[Exhibit]:
        """What the detector finds and misses, which digits share a cell, and how training went."""
        self.prepare()
        from .course import run
        from .exhibits import exhibits

        found = run(self._shape(trial), [trial], self._setting)[0]
        if isinstance(found, Failure):
            raise FloatingPointError(found.message)
        shown: Sequence[Exhibit] = exhibits(found)
        return shown

    @property
    def _setting(self) -> Setting:
        from .course import Setting

        return Setting(self.scenes, self.digits, self.device, self.precision)

    def _shape(self, trial: Trial) -> Shape:
        from .detectors import Shape

        own = trial.configuration
        return Shape(
            grid=own.integer("grid"),
            window=own.integer("window"),
            anchors=own.integer("anchors"),
            width=padded(own.integer("width")),
            batch_size=own.integer("batch_size"),
            epochs=epochs_of(trial, fidelity_of(self.epochs)),
        )

    def _bytes(self, shape: Shape) -> int:
        """About what one detector takes while it is trained: its batch's windows and layers, and all its targets.

        Counted eightfold: stacks far beyond a processor's cache are slower than some smaller ones.
        """
        rows = shape.batch_size * shape.grid**2
        batch = rows * (shape.features + 4 * shape.width + 12 * shape.outputs)
        targets = self.scenes * shape.grid**2 * 5 * shape.anchors
        return 8 * (batch + targets) * (8 if self.precision == "float64" else 4)

    def _evaluate(self, shape: Shape, trials: Sequence[Trial]) -> list[Outcome]:
        from .course import run

        found = run(shape, trials, self._setting)
        results = [found[place] for place in range(len(trials))]
        return [it if isinstance(it, Failure) else it.outcome() for it in results]


def _check_whole(option: str, value: object, low: int, high: int) -> None:
    if type(value) is not int or not low <= value <= high:
        raise InvalidOption(f"{option} is a whole number in [{low}, {high}], not {value!r}")
