"""Training a stack of nets of any depth on digits, and scoring it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tuner.task import Stage
from tuner.trial import Measurement, Outcome, Trial

from ..datasets import load
from ..stacked_nets import Blueprint, NetStack, Shape
from ..stacked_states import restore, state_of
from ..stacked_training import Batches, flushing_denormals, train
from ..stacking import device_of, diverged, padded, type_of
from ..training import Rows
from .task import Key, Work, initial_weights, parts_of

if TYPE_CHECKING:
    from .task import BatchNormReluNet

CLASSES = 10


class Trained(NamedTuple):
    """A stack after training; everything is in the order of the stack."""

    stack: NetStack
    trials: list[Trial]
    generators: list[np.random.Generator]
    losses: NDArray[np.float64]
    """Of each step [steps, K]."""


def evaluate_stack(task: BatchNormReluNet, key: Key, work: Sequence[Work], *, is_kept: bool) -> list[Stage]:
    """Train and score trials of one key; in their order, with the states to go on from if they are to be kept."""
    with flushing_denormals():
        trained = train_stack(task, key, work)
        outcomes = _outcomes(task, key, trained)
        states = [
            state_of(trained.stack, place, key.epochs, generator) if is_kept else None
            for place, generator in enumerate(trained.generators)
        ]
    stages = [Stage(outcome, state) for outcome, state in zip(outcomes, states, strict=True)]
    found = dict(zip(trained.stack.order, stages, strict=True))
    return [found[place] for place in range(len(work))]


def train_stack(task: BatchNormReluNet, key: Key, work: Sequence[Work], epochs: int | None = None) -> Trained:
    """Train trials of one key from where they are, for other epochs than theirs if told."""
    trials = [one.trial for one in work]
    generators = [np.random.default_rng(trial.seed) for trial in trials]
    blueprints = [_blueprint(trial, generator) for trial, generator in zip(trials, generators, strict=True)]
    device, dtype = device_of(task.device), type_of(task.precision)
    shape = Shape(len(load("digits").feature_names), key.width, padded(CLASSES), key.batch_norm)
    stack = NetStack(blueprints, shape, device=device, dtype=dtype)
    ordered = [trials[place] for place in stack.order]
    shuffling = [generators[place] for place in stack.order]
    if key.begun:
        for place, number in enumerate(stack.order):
            state = work[number].state
            assert state is not None
            restore(state, stack, place, shuffling[place])
    rows = gather(task, ordered, "train")
    batches = Batches(shuffling, rows.y.shape[1], key.batch_size)
    losses = train(stack, rows, batches, (key.epochs if epochs is None else epochs) - key.begun, log_loss)
    return Trained(stack, ordered, shuffling, losses)


def gather(task: BatchNormReluNet, trials: Sequence[Trial], part: str) -> Rows:
    """A part of the data as each trial splits it: features [K, n, 64] and classes [K, n]."""
    device, dtype = device_of(task.device), type_of(task.precision)
    parts: list[Rows] = [getattr(parts_of(trial.data_seed), part) for trial in trials]
    features = torch.stack([rows.X for rows in parts])
    return Rows(features.to(device=device, dtype=dtype), torch.stack([rows.y for rows in parts]).to(device))


def log_loss(logits: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """The mean cross-entropy of each net [K] in nats, and its gradient [K, outputs, n].

    `logits` [K, outputs, n]; `y` [K, n] are classes.
    """
    logarithms = logits[:, :CLASSES].log_softmax(1)
    gradient = torch.zeros_like(logits)
    torch.exp(logarithms, out=gradient[:, :CLASSES])
    gradient.scatter_add_(1, y[:, None], -torch.ones_like(logits[:, :1]))
    return -logarithms.gather(1, y[:, None]).squeeze(1).mean(1), gradient.div_(y.shape[1])


def _blueprint(trial: Trial, generator: np.random.Generator) -> Blueprint:
    configuration, data = trial.configuration, load("digits")
    return Blueprint(
        weights=initial_weights(configuration, data.X.shape[1], CLASSES, generator),
        activation=configuration.text("activation"),
        learning_rate=configuration.number("learning_rate"),
        momentum=configuration.number("momentum"),
        weight_decay=configuration.number("weight_decay"),
    )


def _outcomes(task: BatchNormReluNet, key: Key, trained: Trained) -> list[Outcome]:
    validation, held_out = (_scores(task, trained, part) for part in ("validation", "held_out"))
    done = key.begun * _steps_of_an_epoch(key, trained)
    steps = key.epochs * _steps_of_an_epoch(key, trained)
    found: list[Outcome] = []
    for place, losses in enumerate(trained.losses.T):
        lost = np.flatnonzero(~np.isfinite(losses))
        final = validation[place]["log_loss"] + held_out[place]["log_loss"]
        if lost.size or not np.isfinite(final):
            found.append(diverged(float(losses[lost[0]]), done + int(lost[0])) if lost.size else diverged(final, steps))
            continue
        extras = {"epochs": float(key.epochs), "steps": float(steps)}
        found.append(Measurement(validation[place], held_out[place], extras=extras))
    return found


def _steps_of_an_epoch(key: Key, trained: Trained) -> int:
    rows = len(parts_of(trained.trials[0].data_seed).train.y)
    return Batches((), rows, key.batch_size).steps


def _scores(task: BatchNormReluNet, trained: Trained, part: str) -> list[dict[str, float]]:
    """The share of wrong answers and the mean cross-entropy in nats, of each net.

    Means are taken on the CPU: on CUDA they depend on where a net's rows begin in memory, so on its place in the stack.
    """
    rows = gather(task, trained.trials, part)
    logits, y = trained.stack.forward(rows.X).cpu(), rows.y.cpu()
    wrong = (logits[:, :CLASSES].argmax(1) != y).double().mean(1)
    losses, _ = log_loss(logits, y)
    return [{"error": e, "log_loss": loss} for e, loss in zip(wrong.tolist(), losses.tolist(), strict=True)]
