"""The two losses of linear predictions, with slopes and curvatures, and the least penalised loss there is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Loss:
    """A loss of one prediction z and its target y; the functions take arrays [n] of both."""

    value: Callable[[Floats, Floats], Floats]
    slope: Callable[[Floats, Floats], Floats]
    """The first derivative by z."""
    curvature: Callable[[Floats, Floats], Floats]
    """The second derivative by z."""
    steepest: float
    """The greatest curvature anywhere."""


def _odds(z: Floats) -> Floats:
    """1 / (1 + exp(-z)), without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * z)))


LOSSES: Final = {
    "linear": Loss(lambda z, y: (z - y) ** 2, lambda z, y: 2 * (z - y), lambda z, _: np.full_like(z, 2.0), 2.0),
    "logistic": Loss(
        lambda z, y: np.logaddexp(0.0, z) - y * z,
        lambda z, y: _odds(z) - y,
        lambda z, _: _odds(z) * _odds(-z),
        0.25,
    ),
}
"""The squared error of the linear model, and the log loss (nats) of the logistic one."""


@dataclass(frozen=True, slots=True, eq=False)
class Optimum:
    """Where the penalised training loss is least."""

    weights: Floats
    """[d + 1], intercept last."""
    loss: float
    hessian: Floats
    """The second derivatives of the penalised loss there, [d + 1, d + 1]."""


def penalised(loss: Loss, rows: Floats, y: Floats, penalty: Floats, weights: Floats) -> float:
    """The mean loss of rows [n, d + 1] plus half the penalty [d + 1] times the squared weights."""
    return float(loss.value(rows @ weights, y).mean() + 0.5 * penalty @ weights**2)


def minimise(loss: Loss, rows: Floats, y: Floats, penalty: Floats) -> Optimum:
    """The optimum by Newton's method with halved steps where whole ones go up; exact to rounding."""
    weights = np.zeros(rows.shape[1])
    value = penalised(loss, rows, y, penalty, weights)
    for _ in range(100):
        z = rows @ weights
        gradient = rows.T @ loss.slope(z, y) / len(y) + penalty * weights
        step = np.linalg.solve(_hessian(loss, rows, y, penalty, weights), gradient)
        while (lower := penalised(loss, rows, y, penalty, weights - step)) > value and np.abs(step).max() > 1e-12:
            step = step / 2
        weights, gain, value = weights - step, value - lower, lower
        if gain <= 1e-15 * max(value, 1e-3):
            break
    return Optimum(weights, value, _hessian(loss, rows, y, penalty, weights))


def _hessian(loss: Loss, rows: Floats, y: Floats, penalty: Floats, weights: Floats) -> Floats:
    curvature = loss.curvature(rows @ weights, y)
    return np.asarray(rows.T @ (curvature[:, None] * rows) / len(y) + np.diag(penalty))
