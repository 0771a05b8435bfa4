"""Full-batch gradient descent with momentum on many linear models at once, stacked in torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ..stacking import padded
from .design import Design

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray
    from torch import Tensor

_CACHE_BYTES: Final = 2**24
"""How much of the rows is trained at once on a CPU: what its cache holds is read many times faster."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How one model descends; the step size is in units of 1 / steepness of its design."""

    learning_rate: float
    momentum: float
    nesterov: bool
    steps: int


@dataclass(frozen=True, slots=True, eq=False)
class Descended:
    """Where a model arrived."""

    weights: NDArray[np.float64]
    """[d + 1], intercept last."""
    losses: NDArray[np.float64]
    """The penalised training loss [steps + 1], before the first step and after each."""


def descend(
    model: str, designs: Sequence[Design], rules: Sequence[Rule], device: torch.device, dtype: torch.dtype
) -> list[Descended]:
    """Train K linear models, "logistic" or "linear", from weights of zero; designs are equal in shape, rules in steps.

    A model that diverges goes on with numbers that are not finite, and disturbs no other.
    """
    size = len(designs) if device.type == "cuda" else _CACHE_BYTES // _bytes_of(designs[0])
    results: list[Descended] = []
    for start in range(0, len(designs), size):
        chunk = slice(start, start + size)
        results += _descend_together(model, designs[chunk], rules[chunk], device, dtype)
    return results


def _descend_together(
    model: str, designs: Sequence[Design], rules: Sequence[Rule], device: torch.device, dtype: torch.dtype
) -> list[Descended]:
    import torch

    with torch.no_grad():
        stack = _Stack(model, designs, rules, device, dtype)
        for _ in range(rules[0].steps):
            stack.step()
        return stack.finish()


class _Stack:
    """K models in training: rows X [K, n, d], weights and velocities [K, 1, d], targets [K, 1, n]; zeros fill up.

    A model's weights are a row: a row times a matrix is summed in the same order whatever else is in the stack, which
    a matrix times a column is not.
    """

    def __init__(
        self, model: str, designs: Sequence[Design], rules: Sequence[Rule], device: torch.device, dtype: torch.dtype
    ) -> None:
        import torch

        def column(values: Sequence[float]) -> Tensor:
            return torch.tensor(values, dtype=dtype, device=device)[:, None, None]

        self._is_linear = model == "linear"
        self._rows, self._width = designs[0].train.X.shape
        arrays = _stacked(designs, signs=not self._is_linear)
        self._X, self._y, self._mask, self._penalty = (torch.tensor(a, dtype=dtype, device=device) for a in arrays)
        self._columns = self._X.mT.contiguous()
        self._rate = column([rule.learning_rate / d.steepness for rule, d in zip(rules, designs, strict=True)])
        self._momentum = column([rule.momentum for rule in rules])
        self._by_velocity = column([rule.momentum if rule.nesterov else 1.0 for rule in rules])
        self._by_gradient = column([float(rule.nesterov) for rule in rules])
        self._weights = torch.zeros_like(self._penalty)
        self._velocity = torch.zeros_like(self._penalty)
        self._losses: list[Tensor] = []

    def step(self) -> None:
        """One step of every model: heavy ball, or Nesterov's with the gradient taken ahead."""
        loss, slope = self._loss_and_slope()
        self._losses.append(loss)
        gradient = slope.bmm(self._X).div_(self._rows).addcmul_(self._penalty, self._weights)
        self._velocity.mul_(self._momentum).add_(gradient)
        direction = (self._velocity * self._by_velocity).addcmul_(gradient, self._by_gradient)
        self._weights.addcmul_(direction, self._rate, value=-1)

    def finish(self) -> list[Descended]:
        """Where the models are now."""
        import torch

        last, _ = self._loss_and_slope()
        losses = torch.stack([*self._losses, last], dim=1).double().cpu().numpy()
        weights = self._weights[:, 0, : self._width].double().cpu().numpy()
        return [Descended(*arrived) for arrived in zip(weights, losses, strict=True)]

    def _loss_and_slope(self) -> tuple[Tensor, Tensor]:
        """The penalised loss [K] of each model, and its mean loss's slope by each row's prediction [K, 1, n]."""
        from torch.nn.functional import logsigmoid

        z = self._weights.bmm(self._columns)
        if self._is_linear:
            errors = z.sub_(self._y)
            losses, slope = errors.square(), errors.mul(2.0)
        else:
            z.mul_(self._y)
            losses = logsigmoid(z).neg_().mul_(self._mask)
            slope = z.neg_().sigmoid_().mul_(self._y).neg_()
        penalty = self._weights.square().mul_(self._penalty).sum((1, 2)).mul_(0.5)
        return losses.sum((1, 2)).div_(self._rows).add_(penalty), slope


def _bytes_of(design: Design) -> int:
    """What the rows of one model take, in both orders; numbers of 8 bytes."""
    rows, width = design.train.X.shape
    return 2 * 8 * padded(rows) * padded(width)


def _stacked(designs: Sequence[Design], *, signs: bool) -> tuple[NDArray[np.float64], ...]:
    """Rows [K, n, d], targets and mask [K, 1, n] and penalties [K, 1, d], of padded lengths.

    With `signs` the targets 0 and 1 become -1 and 1; a row that fills up has the target 0 either way.
    """
    count, (rows, width) = len(designs), designs[0].train.X.shape
    features = np.zeros((count, padded(rows), padded(width)))
    y, mask = np.zeros((2, count, 1, padded(rows)))
    penalty = np.zeros((count, 1, padded(width)))
    for place, design in enumerate(designs):
        features[place, :rows, :width] = design.train.X
        y[place, 0, :rows] = 2 * design.train.y - 1 if signs else design.train.y
        penalty[place, 0, :width] = design.penalty
    mask[:, :, :rows] = 1
    return features, y, mask, penalty
