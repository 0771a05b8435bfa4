"""A stack of detectors of one shape: what each cell sees, what is said of it, and how that is learned."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import logsigmoid

from tuner.configuration import Configuration

from ..stacking import padded
from .layout import VALUES
from .scenes import SIDE, Scenes

TERMS: Final = ("position", "object", "background")
"""The terms of the loss, in the order in which `loss_terms` gives them."""
_PRIOR: Final = 0.05


class Shape(NamedTuple):
    """What the detectors of a stack have in common; every length in the computation follows from it."""

    grid: int
    window: int
    anchors: int
    width: int
    """Units of a hidden layer, padded."""
    batch_size: int
    epochs: int

    @property
    def features(self) -> int:
        """Brightnesses that a cell sees: the window's at half resolution."""
        return (self.window // 2) ** 2

    @property
    def outputs(self) -> int:
        """What is said of a cell, padded."""
        return padded(VALUES * self.anchors)


def initial_weights(configuration: Configuration, generator: np.random.Generator) -> list[NDArray[np.float64]]:
    """Weights [fan_in, fan_out] and shifts [fan_out] of each layer, in turn (He et al. 2015); unpadded.

    The output shifts start where every cell says "a digit" with a probability of 0.05.
    """
    width = configuration.integer("width")
    outputs = VALUES * configuration.integer("anchors")
    sizes = [(configuration.integer("window") // 2) ** 2, width, outputs]
    made: list[NDArray[np.float64]] = []
    for fan_in, fan_out in itertools.pairwise(sizes):
        made += [generator.standard_normal((fan_in, fan_out)) * math.sqrt(2 / fan_in), np.zeros(fan_out)]
    made[-2] *= 0.1
    made[-1][::VALUES] = math.log(_PRIOR / (1 - _PRIOR))
    return made


def half_resolution(scenes: Scenes, grid: int, window: int, *, centre: float, scale: float) -> NDArray[np.float64]:
    """Scenes [s, p, p] from which windows are cut: standardised, with zeros around, each 2 x 2 pixels averaged."""
    margin = (window - SIDE // grid) // 2
    standard = (scenes.pixels - centre) / scale
    wide = np.pad(standard, ((0, 0), (margin, margin), (margin, margin)))
    halved: NDArray[np.float64] = wide[:, ::2, ::2] + wide[:, 1::2, ::2] + wide[:, ::2, 1::2] + wide[:, 1::2, 1::2]
    return halved / 4


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """K detectors of one shape, one hidden layer each."""

    shape: Shape
    parameters: Sequence[Tensor]
    """Weights [K, fan_in, fan_out] and shifts [K, 1, fan_out], in turn."""

    @staticmethod
    def of(shape: Shape, weights: Sequence[Sequence[NDArray[np.float64]]], like: Tensor) -> Stack:
        """Detectors that start with these weights, in turn, on the device and in the type of `like`."""
        sizes = (shape.features, shape.width, shape.outputs)
        lengths = [length for pair in itertools.pairwise(sizes) for length in (pair, (1, pair[1]))]
        parameters = []
        for place, length in enumerate(lengths):
            values = np.zeros((len(weights), *length))
            for own, own_weights in zip(values, weights, strict=True):
                drawn = np.atleast_2d(own_weights[place])
                own[: drawn.shape[0], : drawn.shape[1]] = drawn
            parameters.append(torch.from_numpy(values).to(like).requires_grad_())
        return Stack(shape, parameters)

    def windows(self, scenes: Tensor) -> Tensor:
        """What each cell of scenes [K, b, p, p] sees [K, b * cells, features]."""
        stride, window = SIDE // self.shape.grid // 2, self.shape.window // 2
        cut = scenes.unfold(2, window, stride).unfold(3, window, stride)
        return cut.reshape(len(scenes), -1, self.shape.features)

    def forward(self, scenes: Tensor) -> Tensor:
        """What is said, before any sigmoid, [K, b, anchors, VALUES, cells] of scenes [K, b, p, p]."""
        first, first_shift, last, last_shift = self.parameters
        hidden = torch.baddbmm(first_shift, self.windows(scenes), first).relu()
        said = torch.baddbmm(last_shift, hidden, last)
        cells = self.shape.grid**2
        used = said.view(len(scenes), -1, cells, self.shape.outputs)[..., : VALUES * self.shape.anchors]
        return used.transpose(2, 3).contiguous().view(len(scenes), -1, self.shape.anchors, VALUES, cells)


def loss_terms(said: Tensor, targets: Tensor, gamma: Tensor) -> Tensor:
    """The unweighted terms [3, K] of the loss of K detectors, each a sum over a scene, the scenes' mean.

    `said` and `targets` are [K, b, anchors, VALUES, cells]; the focusing parameter `gamma` is [K, 1, 1, 1].
    """
    is_object = targets[:, :, :, 0]
    log_yes, log_no = logsigmoid(said[:, :, :, 0]), logsigmoid(-said[:, :, :, 0])
    found = -torch.exp(gamma * log_no) * log_yes * is_object
    background = -torch.exp(gamma * log_yes) * log_no * (1 - is_object)
    offsets = (said[:, :, :, 1:3].sigmoid() - targets[:, :, :, 1:3]) * is_object.unsqueeze(3)
    sides = (said[:, :, :, 3:] - targets[:, :, :, 3:]) * is_object.unsqueeze(3)
    position = offsets.square().sum(3) + sides.square().sum(3)
    return torch.stack([term.flatten(1).sum(1) for term in (position, found, background)]) / said.shape[1]
