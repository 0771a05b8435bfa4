"""Training a stack of nets with one hidden layer, each with its own focal loss, and scoring it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import pad

from tuner.trial import Measurement, Outcome, Trial

from ..stacked_nets import Blueprint, NetStack, Shape
from ..stacked_training import Batches, Loss, flushing_denormals, train
from ..stacking import device_of, diverged, padded, type_of
from ..training import Parts, Rows
from .data import load_imbalanced, parts_of
from .losses import focal_loss, focal_loss_and_gradient
from .task import BATCH_SIZE, MOMENTUM, PRECISION, Key, initial_logit, initial_weights

if TYPE_CHECKING:
    from .task import FocalLossClassifier


class Trained(NamedTuple):
    """A stack after training; everything is in the order of the trials."""

    stack: NetStack
    losses: NDArray[np.float64]
    """Of each step [steps, K]."""
    steps: int


def evaluate_stack(task: FocalLossClassifier, key: Key, trials: Sequence[Trial]) -> list[Outcome]:
    """Train and score trials of one key; in their order."""
    with flushing_denormals():
        trained = train_stack(task, key, trials)
        validation, held_out = (logits_of(task, trained, trials, part) for part in ("validation", "held_out"))
    found: list[Outcome] = []
    for place, (trial, losses) in enumerate(zip(trials, trained.losses.T, strict=True)):
        lost = np.flatnonzero(~np.isfinite(losses))
        if lost.size:
            found.append(diverged(float(losses[lost[0]]), int(lost[0])))
        elif not (np.isfinite(validation[place]).all() and np.isfinite(held_out[place]).all()):
            found.append(diverged(float("nan"), trained.steps))
        else:
            parts = _parts(task, trial)
            values = score(validation[place], parts.validation.y.numpy())
            extras = {"epochs": float(key.epochs), "steps": float(trained.steps)}
            found.append(Measurement(values, score(held_out[place], parts.held_out.y.numpy()), extras=extras))
    return found


def train_stack(task: FocalLossClassifier, key: Key, trials: Sequence[Trial]) -> Trained:
    """Train trials of one key."""
    features = len(load_imbalanced(task.data).feature_names)
    generators = [np.random.default_rng(trial.seed) for trial in trials]
    blueprints = [
        Blueprint(
            weights=initial_weights(trial.configuration, features, generator),
            activation="relu",
            learning_rate=trial.configuration.number("learning_rate"),
            momentum=MOMENTUM,
            weight_decay=trial.configuration.number("weight_decay"),
            output_shift=initial_logit(trial.configuration),
        )
        for trial, generator in zip(trials, generators, strict=True)
    ]
    shape = Shape(padded(features), key.width, padded(1))
    stack = NetStack(blueprints, shape, device=device_of(task.device), dtype=type_of(task.precision))
    rows = gather(task, trials, "train")
    batches = Batches(generators, rows.y.shape[1], BATCH_SIZE)
    losses = train(stack, rows, batches, key.epochs, _loss_of(task, trials))
    return Trained(stack, losses, key.epochs * batches.steps)


def gather(task: FocalLossClassifier, trials: Sequence[Trial], part: str) -> Rows:
    """A part of the data as each trial splits it: features [K, n, padded] and classes [K, n]."""
    device, dtype = device_of(task.device), type_of(task.precision)
    rows: list[Rows] = [getattr(_parts(task, trial), part) for trial in trials]
    features = torch.stack([one.X for one in rows])
    features = pad(features, (0, padded(features.shape[2]) - features.shape[2]))
    return Rows(features.to(device=device, dtype=dtype), torch.stack([one.y for one in rows]).to(device))


def logits_of(
    task: FocalLossClassifier, trained: Trained, trials: Sequence[Trial], part: str
) -> list[NDArray[np.float64]]:
    """The logits [n] that each trained net gives for a part of its data."""
    logits = trained.stack.forward(gather(task, trials, part).X)[:, 0]
    return list(logits.double().cpu().numpy())


def score(logits: NDArray[np.float64], y: NDArray[np.int64]) -> dict[str, float]:
    """Average precision, log loss in nats, recall at probability one half, and recall where precision is 0.8."""
    from sklearn.metrics import average_precision_score, precision_recall_curve  # takes a second

    precision, recall, _ = precision_recall_curve(y, logits)
    cross_entropy = 2 * focal_loss(torch.from_numpy(logits), torch.from_numpy(y), 0.0, 0.5)
    return {
        "average_precision": float(average_precision_score(y, logits)),
        "log_loss": cross_entropy.mean().item(),
        "recall": float((logits[y == 1] >= 0).mean()),
        "recall_at_precision": float(recall[precision >= PRECISION].max()),
    }


def _parts(task: FocalLossClassifier, trial: Trial) -> Parts:
    return parts_of(task.data, task.positive_share, trial.data_seed)


def _loss_of(task: FocalLossClassifier, trials: Sequence[Trial]) -> Loss:
    device, dtype = device_of(task.device), type_of(task.precision)
    gamma, alpha = (
        torch.tensor([trial.configuration.number(name) for trial in trials], device=device, dtype=dtype)[:, None]
        for name in ("gamma", "alpha")
    )

    def loss(logits: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        losses, slopes = focal_loss_and_gradient(logits[:, 0], y, gamma, alpha)
        gradient = torch.zeros_like(logits)
        torch.div(slopes, y.shape[1], out=gradient[:, 0])
        return losses.mean(1), gradient

    return loss
