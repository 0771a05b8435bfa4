"""What came of training a stack: who diverged, and what the others say of scenes that they were not trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from tuner.configuration import Configuration
from tuner.trial import Failure, Measurement, Outcome, Trial

from ..stacking import device_of, diverged, type_of
from . import descent
from .detectors import Shape
from .judging import Detections, detect, judge
from .layout import layout_of
from .scenes import SceneParts, Scenes, scene_parts

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Detector:
    """A trained detector, by what it does."""

    configuration: Configuration
    parts: SceneParts
    history: NDArray[np.float64]
    """The mean over each epoch of each weighted term of the loss [epochs, 3]."""
    validation: NDArray[np.float64]
    """What it says of the validation scenes [s, anchors, VALUES, cells], before any sigmoid."""
    held_out: NDArray[np.float64]

    def detections(self, said: NDArray[np.float64]) -> Detections:
        """The boxes in what it says."""
        probable = said.copy()
        probable[:, :, :3] = _sigmoid(said[:, :, :3])
        return detect(probable, layout_of(self.configuration), self.configuration.number("suppression"))

    def score(self, said: NDArray[np.float64], scenes: Scenes) -> dict[str, float]:
        """Average precision, recall, and the mean cross-entropy of objectness in nats."""
        is_object = layout_of(self.configuration).targets(scenes)[:, :, 0]
        surprise = np.logaddexp(0.0, said[:, :, 0]) - is_object * said[:, :, 0]
        return {**judge(self.detections(said), scenes), "log_loss": float(surprise.mean())}

    def outcome(self) -> Outcome:
        """The measurement; a failure where what it says is no longer finite."""
        epochs, steps = len(self.history), len(self.history) * self._steps
        if not (np.isfinite(self.validation).all() and np.isfinite(self.held_out).all()):
            return diverged(float("nan"), steps)
        return Measurement(
            values=self.score(self.validation, self.parts.validation),
            held_out=self.score(self.held_out, self.parts.held_out),
            extras={"epochs": float(epochs), "steps": float(steps)},
        )

    @property
    def _steps(self) -> int:
        return len(self.parts.train.count) // self.configuration.integer("batch_size")


@dataclass(frozen=True, slots=True)
class Setting:
    """What all detectors of a task have in common."""

    scenes: int
    digits: int
    device: str
    precision: str

    def parts(self, trial: Trial) -> SceneParts:
        """The scenes of the trial's data seed."""
        return scene_parts(trial.data_seed, self.scenes, self.digits)


def run(shape: Shape, trials: Sequence[Trial], setting: Setting) -> Mapping[int, Detector | Failure]:
    """Train a detector for each trial, together; what came of each, by its place."""
    seeds = list(dict.fromkeys(trial.data_seed for trial in trials))
    parts = [setting.parts(next(trial for trial in trials if trial.data_seed == seed)) for seed in seeds]
    part = [seeds.index(trial.data_seed) for trial in trials]
    like = torch.zeros((), device=device_of(setting.device), dtype=type_of(setting.precision))
    views = descent.view(shape, parts, like)
    trained, failures = descent.train(descent.begin(shape, trials, part, parts, like), views)
    if not trained.places:
        return failures
    history = trained.history.double().cpu().numpy()
    validation, held_out = (descent.say(trained.stack, trained.part, it) for it in (views.validation, views.held_out))
    detectors = {
        place: Detector(
            trials[place].configuration, setting.parts(trials[place]), history[:, :, k], validation[k], held_out[k]
        )
        for k, place in enumerate(trained.places)
    }
    return {**detectors, **failures}


def _sigmoid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.exp(-np.logaddexp(0.0, -values))
