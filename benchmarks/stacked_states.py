"""What it takes to go on training one net of a stack, in any other stack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from .stacked_nets import NetStack


@dataclass(frozen=True, slots=True, eq=False)
class NetState:
    """One net between two epochs, and the generator that shuffles its rows."""

    epochs: int
    """How many it has been trained for."""
    layers: tuple[Mapping[str, Tensor], ...]
    """Of each layer, the output layer last: its parameters, their velocities, its running mean and variance."""
    generator: Mapping[str, Any]


def state_of(stack: NetStack, place: int, epochs: int, generator: np.random.Generator) -> NetState:
    """The state of the net at this place of the stack: a copy."""
    layers = [{name: part[place].clone() for name, part in parts.items()} for parts in stack.parts_of(place)]
    return NetState(epochs, tuple(layers), generator.bit_generator.state)


def restore(state: NetState, stack: NetStack, place: int, generator: np.random.Generator) -> None:
    """Put a state into the net at this place of the stack, which must have its shape and depth."""
    for parts, kept in zip(stack.parts_of(place), state.layers, strict=True):
        for name, part in parts.items():
            part[place].copy_(kept[name])
    generator.bit_generator.state = dict(state.generator)
