"""Training a stack of nets: their minibatches, the loop, and numbers too small to matter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .stacked_nets import NetStack
from .training import Rows

Loss: TypeAlias = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
"""The mean loss of each net [K] and its gradient [K, outputs, n], from logits [K, outputs, n] and classes [K, n]."""


@dataclass(frozen=True, slots=True, eq=False)
class Batches:
    """Which rows each net sees: `epoch()` gives the next epoch's row numbers [steps, K, size]."""

    generators: Sequence[np.random.Generator]
    rows: int
    size: int

    @property
    def steps(self) -> int:
        """Minibatches an epoch; the rest that would not fill one sits the epoch out."""
        return self.rows // min(self.size, self.rows)

    def epoch(self) -> NDArray[np.int64]:
        """Shuffled row numbers, by each net's own generator."""
        size = min(self.size, self.rows)
        orders = [generator.permutation(self.rows)[: self.steps * size] for generator in self.generators]
        return np.stack(orders).reshape(len(orders), self.steps, size).swapaxes(0, 1)


def train(stack: NetStack, rows: Rows, batches: Batches, epochs: int, loss: Loss) -> NDArray[np.float64]:
    """Descend for so many epochs; returns the loss of each step [steps in all, K].

    `rows` are the training rows of each net: X [K, n, features] and y [K, n]. A net whose loss is no longer finite
    goes on without harm to the others; when all are lost, training ends.
    """
    count, length, features = rows.X.shape
    inputs, classes = rows.X.reshape(-1, features), rows.y.reshape(-1)
    starts = length * torch.arange(count, device=inputs.device)[:, None]
    found = []
    for _ in range(epochs):
        for chosen in torch.from_numpy(batches.epoch()).to(inputs.device) + starts:
            flat = chosen.reshape(-1)
            batch = inputs.index_select(0, flat).view(*chosen.shape, features)
            logits = stack.forward(batch, training=True)
            losses, gradient = loss(logits, classes.index_select(0, flat).view(chosen.shape))
            stack.backward(gradient)
            stack.step()
            found.append(losses)
        if not bool(found[-1].isfinite().any()):
            break
    return torch.stack(found).double().cpu().numpy() if found else np.empty((0, count))


@contextmanager
def flushing_denormals() -> Iterator[None]:
    """Count denormal numbers as zero: in nets whose gradients vanish they would cost a hundredfold."""
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
