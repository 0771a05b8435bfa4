"""The task `centre-detection` in ordinary PyTorch, one detector at a time: modules, autograd and torch.optim."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from benchmarks.centre_detection.course import Detector
from benchmarks.centre_detection.detectors import initial_weights
from benchmarks.centre_detection.layout import VALUES, layout_of
from benchmarks.centre_detection.scenes import SIDE, Scenes, scene_parts
from benchmarks.stacking import device_of, type_of
from benchmarks.training import epochs_of, fidelity_of, minibatches
from tuner.trial import Failure

if TYPE_CHECKING:
    from torch import Tensor

    from benchmarks.centre_detection.task import CentreDetection
    from tuner.configuration import Configuration
    from tuner.trial import Trial

_NAMES: Final = ("average_precision", "recall", "log_loss")


def train_plainly(task: CentreDetection, trial: Trial, rate_factor: float = 1.0) -> dict[str, float]:
    """What the task measures on validation scenes (and `held_out ...` on those); NaN where training diverges."""
    own, generator = trial.configuration, np.random.default_rng(trial.seed)
    parts = scene_parts(trial.data_seed, task.scenes, task.digits)
    centre, scale = float(parts.train.pixels.mean()), float(parts.train.pixels.std())
    like = torch.zeros((), device=device_of(task.device), dtype=type_of(task.precision))
    train, validation, held_out = (_seen(part, own, centre, scale).to(like) for part in parts)
    targets = torch.from_numpy(layout_of(own).targets(parts.train)).to(like)
    net = _net(own, generator).to(like)
    optimizer = torch.optim.SGD(
        net.parameters(), lr=own.number("learning_rate") * rate_factor, momentum=own.number("momentum")
    )
    epochs = epochs_of(trial, fidelity_of(task.epochs))
    loss = like
    for _ in range(epochs):
        for batch in map(torch.from_numpy, minibatches(generator, len(train), own.integer("batch_size"))):
            loss = _loss(_said(net, train[batch], own), targets[batch], own)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
            optimizer.step()
        if not math.isfinite(loss.item()):
            break
    with torch.no_grad():
        said = [_said(net, scenes, own).double().cpu().numpy() for scenes in (validation, held_out)]
    detector = Detector(own, parts, np.zeros((epochs, 3)), *said)
    outcome = detector.outcome()
    if isinstance(outcome, Failure):
        return {f"{kind}{name}": float("nan") for kind in ("", "held_out ") for name in _NAMES}
    return {**outcome.values, **{f"held_out {name}": value for name, value in outcome.held_out.items()}}


def _seen(scenes: Scenes, own: Configuration, centre: float, scale: float) -> Tensor:
    """What each cell sees [s, cells, features], cut once: quicker than a convolution with windows this large."""
    cell, window = SIDE // own.integer("grid"), own.integer("window")
    margin = (window - cell) // 2
    standard = (torch.from_numpy(scenes.pixels.copy()) - centre) / scale
    pooled = functional.avg_pool2d(functional.pad(standard[:, None], (margin, margin, margin, margin)), 2)
    return functional.unfold(pooled, window // 2, stride=cell // 2).transpose(1, 2).contiguous()


def _net(own: Configuration, generator: np.random.Generator) -> nn.Sequential:
    weights = initial_weights(own, generator)
    features, width = weights[0].shape
    net = nn.Sequential(nn.Linear(features, width), nn.ReLU(), nn.Linear(width, len(weights[-1]))).double()
    with torch.no_grad():
        for parameter, values in zip(net.parameters(), weights, strict=True):
            parameter.copy_(torch.from_numpy(values.T))
    return net


def _said(net: nn.Sequential, windows: Tensor, own: Configuration) -> Tensor:
    said: Tensor = net(windows)
    return said.transpose(1, 2).reshape(len(windows), own.integer("anchors"), VALUES, -1)


def _loss(said: Tensor, targets: Tensor, own: Configuration) -> Tensor:
    is_object = targets[:, :, 0]
    logit = said[:, :, 0] * (2 * is_object - 1)
    focal = -(own.number("gamma") * functional.logsigmoid(-logit)).exp() * functional.logsigmoid(logit)
    background = own.number("background_weight")
    weight = background + (own.number("object_weight") - background) * is_object
    offsets = (said[:, :, 1:3].sigmoid() - targets[:, :, 1:3]).square().sum(2)
    sides = (said[:, :, 3:] - targets[:, :, 3:]).square().sum(2)
    position = own.number("position_weight") * (offsets + sides) * is_object
    return (position + weight * focal).sum() / len(said)
