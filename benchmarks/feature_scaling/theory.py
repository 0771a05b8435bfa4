"""How fast gradient descent goes down a quadratic bowl: condition number, rates, and predicted steps."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def condition_number(hessian: NDArray[np.float64], change: NDArray[np.float64]) -> float:
    """That of a Hessian [d, d] in other coordinates, of which `change` [d, d] makes those of the Hessian.

    The least eigenvalue is taken as the inverse's greatest, so that it keeps its digits where the two are more than
    sixteen orders of magnitude apart.
    """
    back = np.linalg.inv(change)
    highest = np.linalg.eigvalsh(change.T @ hessian @ change)[-1]
    inverse = back @ np.linalg.inv(hessian) @ back.T
    return float(highest * np.linalg.eigvalsh((inverse + inverse.T) / 2)[-1])


def plain_rate(condition: float) -> float:
    """By what the distance shrinks in a step of plain descent at its best step size, 2 / (least + greatest curvature).

    Polyak 1964, "Some methods of speeding up the convergence of iteration methods".
    """
    return (condition - 1) / (condition + 1)


def momentum_rate(condition: float) -> float:
    """The same with the best momentum, the square of this number; Goh 2017, "Why Momentum Really Works"."""
    return (math.sqrt(condition) - 1) / (math.sqrt(condition) + 1)


def steps_to_shrink(rate: float, factor: float) -> int:
    """After how many steps that each shrink the distance by `rate` it is `factor` of what it was, at most."""
    if rate <= 0:
        return 1
    return max(1, math.ceil(math.log(factor) / math.log1p(rate - 1)))
