"""Many small nets, trained as one: stacked weights [K, in, out], batched products, one update for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypedDict

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .stacked_layout import Cutter, Size, beside
from .stacking import has_full_stacks

_EPSILON = 1e-5
"""Added to a variance before its root is taken, as torch.nn does."""
_RUNNING = 0.1
"""The weight of the newest batch in the running mean and variance, as torch.nn has it."""
_CURVES = {"sigmoid": (0.5, 0.5, 0.5), "tanh": (1.0, 1.0, 0.0), "relu": (0.0, 0.0, 0.0)}
"""(a, b, c) for which the activation of z is a tanh(b z) + c; nothing for ReLU."""


@dataclass(frozen=True, slots=True, eq=False)
class Blueprint:
    """One net before training, and how to train it; hidden layers all have the same width."""

    weights: Sequence[NDArray[np.floating]]
    """Of each layer [fan_in, fan_out], the output layer last."""
    activation: str
    """sigmoid, tanh or relu."""
    learning_rate: float
    momentum: float
    weight_decay: float = 0.0
    """Applies to matrices, not to shifts and scales."""
    output_shift: float = 0.0
    """Where the logits start."""

    @property
    def depth(self) -> int:
        """Hidden layers."""
        return len(self.weights) - 1


@dataclass(frozen=True, slots=True)
class Shape:
    """What all nets of a stack have in common; lengths are padded (see `stacking.padded`)."""

    features: int
    width: int
    outputs: int
    batch_norm: bool = False


@dataclass(slots=True, eq=False)
class _Layer:
    """One layer of the first nets of the stack: those that are deep enough to have it, or all in a full stack."""

    count: int
    weight: Tensor
    """[count, fan_in, fan_out], a part of the stack's numbers; so are the others."""
    shift: Tensor
    """[count, 1, fan_out]"""
    scale: Tensor | None
    weight_gradient: Tensor
    shift_gradient: Tensor
    scale_gradient: Tensor | None
    mean: Tensor
    """Running mean [count, 1, fan_out]."""
    variance: Tensor
    trace: dict[str, Tensor] = field(default_factory=dict)
    """What the forward pass leaves for the backward pass."""


class NetStack:
    """K nets, the deepest first, so that each layer belongs to the first few of them.

    Units beyond a net's width are zero and stay zero. Denormal numbers count as zero while it computes.
    """

    def __init__(
        self, blueprints: Sequence[Blueprint], shape: Shape, *, device: torch.device, dtype: torch.dtype
    ) -> None:
        self.order = sorted(range(len(blueprints)), key=lambda place: -blueprints[place].depth)
        """Which blueprint each net of the stack comes from."""
        self.shape = shape
        self._nets = [blueprints[place] for place in self.order]
        self._like = _Like(device=device, dtype=dtype)
        depths = [net.depth for net in self._nets]
        counts = [sum(depth > layer for depth in depths) for layer in range(depths[0])]
        held = [len(depths)] * len(counts) if has_full_stacks(device) else counts
        sizes = [*[Size(n, shape.width, is_hidden=True) for n in held], Size(len(depths), shape.outputs)]
        for place, size in enumerate(sizes):
            size.fan_in = shape.features if place == 0 else shape.width
        self._counts = counts
        self._finishing = [slice(*ends) for ends in zip([*counts[1:], 0], counts, strict=True)]
        self._allocate(sizes)
        self._fill()
        self._prepare_activations()

    def forward(self, inputs: Tensor, *, training: bool = False, seen: list[Tensor] | None = None) -> Tensor:
        """The logits [K, outputs, n] of rows [K, n, features]; n along the last axis, where losses are quick.

        `seen` is filled with the outputs of each hidden layer [nets that have it, n, width].
        """
        finished = []
        for layer, finishing in zip(self.hidden, self._finishing, strict=True):
            sums = self._linear(layer, inputs[: layer.count], training=training)
            inputs = self._activate(layer, sums, training=training)
            if seen is not None:
                seen.append(inputs[: finishing.stop])
            finished.append(inputs[finishing])
        last = torch.cat(finished[::-1]) if len(self.hidden) > 1 else finished[0]
        if training:
            self.output.trace["inputs"] = last
        across = self.output.weight.transpose(1, 2)
        return torch.baddbmm(self.output.shift.transpose(1, 2), across, last.transpose(1, 2))

    def backward(self, gradient: Tensor) -> None:
        """Set all gradients from that of the logits [K, outputs, n] of the last forward pass in training."""
        last = self.output
        torch.bmm(last.trace["inputs"].transpose(1, 2), gradient.transpose(1, 2), out=last.weight_gradient)
        torch.sum(gradient, dim=2, keepdim=True, out=last.shift_gradient.transpose(1, 2))
        waiting = torch.bmm(gradient.transpose(1, 2), last.weight.transpose(1, 2))
        flowing = waiting[:0]
        for layer, finishing in zip(self.hidden[::-1], self._finishing[::-1], strict=True):
            absent = waiting.new_zeros(layer.count - finishing.stop, *waiting.shape[1:])
            flowing = _join(flowing[: finishing.start], waiting[finishing], absent)
            flowing = self._backward(layer, flowing, is_first=layer is self.hidden[0])

    def gradient_norms(self) -> list[list[float]]:
        """Of each net, the norm of the gradient at each layer's weights, first layer first."""
        norms = [
            layer.weight_gradient.double().flatten(1).norm(dim=1).tolist() for layer in (*self.hidden, self.output)
        ]
        counts = [*self._counts, len(self.order)]
        return [
            [norm[place] for norm, count in zip(norms, counts, strict=True) if place < count]
            for place in range(len(self.order))
        ]

    def step(self) -> None:
        """Descend: momentum, an L2 penalty on the matrices, and each net's own learning rate."""
        self._velocity.mul_(self._momentum).add_(self._gradient)
        if self._decays:
            self._velocity.addcmul_(self._numbers, self._decay)
        self._numbers.addcmul_(self._velocity, self._rate, value=-1)

    def parts_of(self, place: int) -> list[dict[str, Tensor]]:
        """Of each layer of the net at this place, the output layer last, all that training changes [nets, ...]."""
        found = []
        deep = [layer for layer, count in zip(self.hidden, self._counts, strict=True) if place < count]
        for layer in (*deep, self.output):
            learned = {"weight": layer.weight, "shift": layer.shift, "scale": layer.scale}
            parts = {name: part for name, part in learned.items() if part is not None}
            moving = {f"{name} velocity": beside(part, self._velocity) for name, part in parts.items()}
            found.append({**parts, **moving, "mean": layer.mean, "variance": layer.variance})
        return found

    def _allocate(self, sizes: Sequence[Size]) -> None:
        total = sum(size.total(scaled=self.shape.batch_norm) for size in sizes)
        self._numbers, self._gradient, self._velocity = (torch.zeros(total, **self._like) for _ in range(3))
        self._rate, self._momentum, self._decay = (torch.zeros(total, **self._like) for _ in range(3))
        cut = Cutter(self._numbers, self._gradient)
        layers = [self._layer(size, cut) for size in sizes]
        self.hidden, self.output = layers[:-1], layers[-1]

    def _layer(self, size: Size, cut: Cutter) -> _Layer:
        scaled = self.shape.batch_norm and size.is_hidden
        weight, shift = cut(size.count, size.fan_in, size.width), cut(size.count, 1, size.width)
        scale = cut(size.count, 1, size.width) if scaled else (None, None)
        for tensor, value in ((self._rate, "learning_rate"), (self._momentum, "momentum")):
            self._spread(tensor, weight[0], shift[0], scale[0], value)
        self._spread(self._decay, weight[0], None, None, "weight_decay")
        zeros = torch.zeros_like(shift[0])
        return _Layer(
            size.count, weight[0], shift[0], scale[0], weight[1], shift[1], scale[1], zeros, torch.ones_like(zeros)
        )

    def _spread(self, flat: Tensor, *parts: Tensor | str | None) -> None:
        """Write each net's own number wherever that net's parameters lie."""
        *tensors, name = parts
        for tensor in tensors:
            if isinstance(tensor, Tensor):
                mine = [getattr(net, str(name)) for net in self._nets[: len(tensor)]]
                beside(tensor, flat).copy_(torch.tensor(mine, **self._like)[:, None, None].expand(tensor.shape))

    def _fill(self) -> None:
        self._decays = any(net.weight_decay for net in self._nets)
        counts = [*self._counts, len(self._nets)]
        for number, (layer, count) in enumerate(zip([*self.hidden, self.output], counts, strict=True)):
            if layer.scale is not None:
                layer.scale.fill_(1.0)
            drawn = np.zeros(layer.weight.shape)
            for own, net in zip(drawn[:count], self._nets[:count], strict=True):
                weight = net.weights[number if layer is not self.output else -1]
                own[: weight.shape[0], : weight.shape[1]] = weight
            layer.weight.copy_(torch.from_numpy(drawn))
        for place, net in enumerate(self._nets):
            self.output.shift[place, :, : net.weights[-1].shape[1]] = net.output_shift

    def _prepare_activations(self) -> None:
        width = torch.arange(self.shape.width)
        used = torch.stack([width < net.weights[0].shape[1] for net in self._nets])[:, None, :]
        curves = torch.tensor([_CURVES[net.activation] for net in self._nets], dtype=torch.float64)[:, None, :]
        self._height, self._offset = ((curves[..., part, None] * used).to(**self._like) for part in (0, 2))
        self._slope = curves[..., 1, None].to(**self._like)
        self._steepness = self._height * self._slope
        is_relu = [net.activation == "relu" for net in self._nets]
        self._is_relu = torch.tensor(is_relu, device=self._like["device"])[:, None, None]
        self._any_relu, self._any_curve = any(is_relu), not all(is_relu)

    def _linear(self, layer: _Layer, inputs: Tensor, *, training: bool) -> Tensor:
        if training:
            layer.trace["inputs"] = inputs
        if layer.scale is None:
            return torch.baddbmm(layer.shift, inputs, layer.weight)
        sums = torch.bmm(inputs, layer.weight)
        if not training:
            normalised = (sums - layer.mean) * torch.rsqrt(layer.variance + _EPSILON)
            return torch.addcmul(layer.shift, normalised, layer.scale)
        mean = sums.mean(1, keepdim=True)
        centred = sums - mean
        variance = centred.square().mean(1, keepdim=True)
        layer.mean.lerp_(mean, _RUNNING)
        rows = sums.shape[1]
        layer.variance.lerp_(variance * (rows / max(1, rows - 1)), _RUNNING)
        inverse = torch.rsqrt(variance + _EPSILON)
        normalised = centred.mul_(inverse)
        layer.trace |= {"inverse": inverse, "normalised": normalised}
        return torch.addcmul(layer.shift, normalised, layer.scale)

    def _activate(self, layer: _Layer, sums: Tensor, *, training: bool) -> Tensor:
        count = layer.count
        outputs = sums
        if self._any_curve:
            curve = torch.tanh(sums * self._slope[:count])
            outputs = torch.addcmul(self._offset[:count], curve, self._height[:count])
            if training:
                layer.trace["curve"] = curve
        if self._any_relu:
            kept = sums.clamp_min(0)
            outputs = torch.where(self._is_relu[:count], kept, outputs) if self._any_curve else kept
            if training:
                layer.trace["kept"] = kept
        return outputs

    def _backward(self, layer: _Layer, gradient: Tensor, *, is_first: bool) -> Tensor:
        """The gradient of the layer's inputs from that of its outputs; sets those of its parameters."""
        gradient = self._unactivate(layer, gradient)
        torch.sum(gradient, dim=1, keepdim=True, out=layer.shift_gradient)
        if layer.scale is not None and layer.scale_gradient is not None:
            normalised = layer.trace["normalised"]
            torch.sum(gradient * normalised, dim=1, keepdim=True, out=layer.scale_gradient)
            rows = gradient.shape[1]
            centred = gradient - layer.shift_gradient / rows
            centred.addcmul_(normalised, layer.scale_gradient, value=-1 / rows)
            gradient = centred.mul_(layer.scale * layer.trace["inverse"])
        torch.bmm(layer.trace["inputs"].transpose(1, 2), gradient, out=layer.weight_gradient)
        return gradient if is_first else torch.bmm(gradient, layer.weight.transpose(1, 2))

    def _unactivate(self, layer: _Layer, gradient: Tensor) -> Tensor:
        count = layer.count
        inward = gradient
        if self._any_curve:
            curve = layer.trace["curve"]
            steepness = self._steepness[:count]
            inward = (steepness - curve.square().mul_(steepness)).mul_(gradient)
        if self._any_relu:
            through = torch.ops.aten.threshold_backward(gradient, layer.trace["kept"], 0)
            inward = torch.where(self._is_relu[:count], through, inward) if self._any_curve else through
        return inward


def _join(*parts: Tensor) -> Tensor:
    present = [part for part in parts if len(part)]
    return present[0] if len(present) == 1 else torch.cat(present)


class _Like(TypedDict):
    """Where and in which numbers a stack computes."""

    device: torch.device
    dtype: torch.dtype
