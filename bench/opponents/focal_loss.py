"""The net for a rare class in plain PyTorch: modules, autograd and torch.optim, one net at a time."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.focal_loss.data import parts_of
from benchmarks.focal_loss.losses import focal_loss
from benchmarks.focal_loss.stack import score
from benchmarks.focal_loss.task import BATCH_SIZE, MOMENTUM, FocalLossClassifier, initial_logit, initial_weights
from benchmarks.stacked_training import flushing_denormals
from benchmarks.training import Rows, epochs_of, fidelity_of, minibatches
from tuner.configuration import Configuration
from tuner.trial import Trial


def train_plainly(task: FocalLossClassifier, trial: Trial, rate_factor: float = 1.0) -> dict[str, float]:
    """What the task measures on the validation rows (and `held_out ...` on those); NaN where training diverges."""
    configuration, generator = trial.configuration, np.random.default_rng(trial.seed)
    dtype = torch.float64 if task.precision == "float64" else torch.float32
    parts = parts_of(task.data, task.positive_share, trial.data_seed)
    train, validation, held_out = (Rows(p.X.to(dtype), p.y) for p in (parts.train, parts.validation, parts.held_out))
    gamma, alpha = configuration.number("gamma"), configuration.number("alpha")
    with flushing_denormals():
        net = _build(configuration, train.X.shape[1], generator).to(dtype)
        matrices: dict[str, object] = {"params": [parameter for parameter in net.parameters() if parameter.ndim > 1]}
        others: dict[str, object] = {"params": [parameter for parameter in net.parameters() if parameter.ndim == 1]}
        optimiser = torch.optim.SGD(
            [{**matrices, "weight_decay": configuration.number("weight_decay")}, others],
            lr=configuration.number("learning_rate") * rate_factor,
            momentum=MOMENTUM,
        )
        for _ in range(epochs_of(trial, fidelity_of(task.epochs))):
            for batch in minibatches(generator, len(train.y), BATCH_SIZE):
                chosen = torch.from_numpy(batch)
                optimiser.zero_grad()
                loss = focal_loss(net(train.X[chosen])[:, 0], train.y[chosen], gamma, alpha).mean()
                loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
                optimiser.step()
        return {**_score(net, validation), **_score(net, held_out, "held_out ")}


def _build(configuration: Configuration, features: int, generator: np.random.Generator) -> nn.Sequential:
    hidden, output = initial_weights(configuration, features, generator)
    first, last = nn.Linear(features, hidden.shape[1]).double(), nn.Linear(hidden.shape[1], 1).double()
    with torch.no_grad():
        for layer, weight, shift in ((first, hidden, 0.0), (last, output, initial_logit(configuration))):
            layer.weight.copy_(torch.from_numpy(weight.T))
            layer.bias.fill_(shift)
    return nn.Sequential(first, nn.ReLU(), last)


@torch.no_grad()
def _score(net: nn.Module, rows: Rows, prefix: str = "") -> dict[str, float]:
    logits: Tensor = net(rows.X)[:, 0].double()
    if not logits.isfinite().all():
        return {f"{prefix}log_loss": float("nan")}
    return {f"{prefix}{name}": value for name, value in score(logits.numpy(), rows.y.numpy()).items()}
