"""Training a stack of detectors by stochastic gradient descent with momentum; who diverges leaves the stack."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tuner.configuration import Configuration
from tuner.trial import Failure, Trial

from ..stacking import diverged, has_full_stacks
from ..training import minibatches
from .detectors import TERMS, Shape, Stack, half_resolution, initial_weights, loss_terms
from .layout import layout_of
from .scenes import SceneParts


class Views(NamedTuple):
    """Scenes at half resolution [d, s, p, p] for each of d data seeds."""

    train: Tensor
    validation: Tensor
    held_out: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Learning:
    """K detectors under way, and all that belongs to each."""

    places: tuple[int, ...]
    """The trial of each, as its place in the batch."""
    stack: Stack
    velocities: Sequence[Tensor]
    generators: Sequence[np.random.Generator]
    part: Tensor
    """Which data seed's scenes each is trained on [K]."""
    targets: Tensor
    """[K, s, anchors, VALUES, cells]"""
    numbers: Mapping[str, Tensor]
    """`gamma`, `learning_rate` and `momentum` [K, 1, 1, 1]."""
    weights: Tensor
    """How much each of the `TERMS` counts [3, K]."""
    history: Tensor
    """The mean of each weighted term in each epoch so far [epochs, 3, K]."""

    def keep(self, chosen: Sequence[int]) -> Learning:
        """These detectors alone, in this order; the very same where all are chosen."""
        if len(chosen) == len(self.places):
            return self
        index = torch.tensor(chosen, dtype=torch.int64, device=self.part.device)
        parameters = [values.detach()[index].requires_grad_() for values in self.stack.parameters]
        return replace(
            self,
            places=tuple(self.places[number] for number in chosen),
            stack=replace(self.stack, parameters=parameters),
            velocities=[values[index] for values in self.velocities],
            generators=[self.generators[number] for number in chosen],
            part=self.part[index],
            targets=self.targets[index],
            numbers={name: values[index] for name, values in self.numbers.items()},
            weights=self.weights[:, index],
            history=self.history[:, :, index],
        )


def view(shape: Shape, parts: Sequence[SceneParts], like: Tensor) -> Views:
    """The scenes of each data seed as detectors of this shape see them, standardised as those for training are."""
    seen = []
    for part in parts:
        centre, scale = float(part.train.pixels.mean()), float(part.train.pixels.std())
        seen.append([half_resolution(it, shape.grid, shape.window, centre=centre, scale=scale) for it in part])
    return Views(*(torch.from_numpy(np.stack(kind)).to(like) for kind in zip(*seen, strict=True)))


def begin(
    shape: Shape, trials: Sequence[Trial], part: Sequence[int], parts: Sequence[SceneParts], like: Tensor
) -> Learning:
    """Untrained detectors, one a trial; `part` says which of `parts` is its data seed's."""
    configurations = [trial.configuration for trial in trials]
    generators = [np.random.default_rng(trial.seed) for trial in trials]
    drawn = [initial_weights(own, rng) for own, rng in zip(configurations, generators, strict=True)]
    stack = Stack.of(shape, drawn, like)
    targets_of = cache(lambda layout, at: layout.targets(parts[at].train))
    targets = [targets_of(layout_of(own), at) for own, at in zip(configurations, part, strict=True)]
    return Learning(
        places=tuple(range(len(trials))),
        stack=stack,
        velocities=[torch.zeros_like(values) for values in stack.parameters],
        generators=generators,
        part=torch.tensor(part, device=like.device),
        targets=torch.from_numpy(np.stack(targets)).to(like),
        numbers=_vectors(configurations, like),
        weights=like.new_tensor([_term_weights(own) for own in configurations]).T.contiguous(),
        history=like.new_zeros((0, len(TERMS), len(trials))),
    )


def train(learning: Learning, views: Views) -> tuple[Learning, dict[int, Failure]]:
    """The trained detectors, and the failures of those whose loss was no longer finite, by their place.

    In a full stack the detectors that failed may be among the trained.
    """
    failures: dict[int, Failure] = {}
    for _ in range(learning.stack.shape.epochs):
        terms = _epoch(learning, views)
        learning = replace(learning, history=torch.cat([learning.history, terms.mean(0)[None]]))
        losses = terms.sum(1).tolist()
        learning = _without_the_diverged(learning, losses, failures)
        if not learning.places:
            break
    return learning, failures


def say(stack: Stack, part: Tensor, scenes: Tensor) -> NDArray[np.float64]:
    """What trained detectors say [K, s, anchors, VALUES, cells] of their data seed's scenes [d, s, p, p]."""
    size = stack.shape.batch_size
    with torch.no_grad():
        said = [stack.forward(scenes[part, start : start + size]) for start in range(0, scenes.shape[1], size)]
    return torch.cat(said, dim=1).double().cpu().numpy()


def _epoch(learning: Learning, views: Views) -> Tensor:
    """Train for one epoch, in place; the weighted terms of each step [steps, 3, K]."""
    scenes, size = views.train.shape[1], learning.stack.shape.batch_size
    orders = np.stack([list(minibatches(rng, scenes, size)) for rng in learning.generators], axis=1)
    batches = torch.from_numpy(orders).to(learning.part.device)
    which = torch.arange(len(learning.places), device=batches.device)[:, None]
    seen = []
    for batch in batches:
        said = learning.stack.forward(views.train[learning.part[:, None], batch])
        terms = learning.weights * loss_terms(said, learning.targets[which, batch], learning.numbers["gamma"])
        _step(learning, torch.autograd.grad(terms.sum(), learning.stack.parameters))
        seen.append(terms.detach())
    return torch.stack(seen)


def _step(learning: Learning, gradients: Sequence[Tensor]) -> None:
    momentum, rate = (learning.numbers[name][:, 0] for name in ("momentum", "learning_rate"))
    with torch.no_grad():
        for values, velocity, gradient in zip(learning.stack.parameters, learning.velocities, gradients, strict=True):
            velocity.mul_(momentum).add_(gradient)
            values.sub_(rate * velocity)


def _without_the_diverged(
    learning: Learning, losses: Sequence[Sequence[float]], failures: dict[int, Failure]
) -> Learning:
    """Those whose loss was finite in every step of the last epoch; the others are added to the failures.

    In a full stack they stay while there are others.
    """
    before = len(losses) * (len(learning.history) - 1)
    for place, own in zip(learning.places, zip(*losses, strict=True), strict=True):
        bad = next((step for step, loss in enumerate(own) if not math.isfinite(loss)), None)
        if bad is not None and place not in failures:
            failures[place] = diverged(own[bad], before + bad)
    lasting = [number for number, place in enumerate(learning.places) if place not in failures]
    return learning if lasting and has_full_stacks(learning.part.device) else learning.keep(lasting)


def _vectors(configurations: Sequence[Configuration], like: Tensor) -> dict[str, Tensor]:
    names = ("gamma", "learning_rate", "momentum")
    return {name: like.new_tensor([own.number(name) for own in configurations]).view(-1, 1, 1, 1) for name in names}


def _term_weights(configuration: Configuration) -> list[float]:
    return [configuration.number(f"{term}_weight") for term in TERMS]
