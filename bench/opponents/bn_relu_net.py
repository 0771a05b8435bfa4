"""The deep net on digits in plain PyTorch: modules, autograd and torch.optim, one net at a time."""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.bn_relu_net.task import BatchNormReluNet, initial_weights, parts_of
from benchmarks.stacked_training import flushing_denormals
from benchmarks.training import Rows, epochs_of, fidelity_of, minibatches
from tuner.configuration import Configuration
from tuner.trial import Trial

_ACTIVATIONS: Final = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}


def train_plainly(task: BatchNormReluNet, trial: Trial, rate_factor: float = 1.0) -> dict[str, float]:
    """Error and log loss on the validation rows (and `held_out ...` on those); NaN where training diverges."""
    configuration, generator = trial.configuration, np.random.default_rng(trial.seed)
    dtype = torch.float64 if task.precision == "float64" else torch.float32
    parts = parts_of(trial.data_seed)
    train, validation, held_out = (Rows(p.X.to(dtype), p.y) for p in (parts.train, parts.validation, parts.held_out))
    with flushing_denormals():
        net = build(configuration, generator).to(dtype)
        optimiser = torch.optim.SGD(
            _groups(net, configuration.number("weight_decay")),
            lr=configuration.number("learning_rate") * rate_factor,
            momentum=configuration.number("momentum"),
        )
        losses: list[Tensor] = []
        for _ in range(epochs_of(trial, fidelity_of(task.epochs))):
            for batch in minibatches(generator, len(train.y), configuration.integer("batch_size")):
                chosen = torch.from_numpy(batch)
                optimiser.zero_grad()
                loss = nn.functional.cross_entropy(net(train.X[chosen]), train.y[chosen])
                loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
                optimiser.step()
                losses.append(loss.detach())
            if not losses[-1].isfinite():
                return {name: float("nan") for name in (*_score(net, validation), *_score(net, held_out, "held_out "))}
        net.eval()
        return {**_score(net, validation), **_score(net, held_out, "held_out ")}


def build(configuration: Configuration, generator: np.random.Generator) -> nn.Sequential:
    """The untrained net, with weights in the order in which the generator gives them."""
    weights = initial_weights(configuration, 64, 10, generator)
    layers: list[nn.Module] = []
    for weight in weights:
        fan_in, fan_out = weight.shape
        linear = nn.Linear(fan_in, fan_out, dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(weight.T))
            linear.bias.zero_()
        layers.append(linear)
        if weight is not weights[-1]:
            if configuration.text("batch_norm") == "on":
                layers.append(nn.BatchNorm1d(fan_out, dtype=torch.float64))
            layers.append(_ACTIVATIONS[configuration.text("activation")]())
    return nn.Sequential(*layers)


def _groups(net: nn.Module, weight_decay: float) -> list[dict[str, object]]:
    matrices = [parameter for parameter in net.parameters() if parameter.ndim > 1]
    others = [parameter for parameter in net.parameters() if parameter.ndim == 1]
    return [{"params": matrices, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]


@torch.no_grad()
def _score(net: nn.Module, rows: Rows, prefix: str = "") -> dict[str, float]:
    logits: Tensor = net(rows.X)
    return {
        f"{prefix}error": (logits.argmax(-1) != rows.y).double().mean().item(),
        f"{prefix}log_loss": nn.functional.cross_entropy(logits, rows.y).item(),
    }
