"""Exact logistic regression with an elastic net for two classes: many penalties and weights fitted as one stack.

A projected Newton method. A coefficient with an L1 penalty stays on its side of zero within a step and stops there
when the step would take it across; one at zero is freed, to the side to which the loss falls, once the gradient exceeds
its penalty. Directions are those of Newton's method on the free coefficients, steps are halved until the loss falls.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_STEPS: Final = 100
"""Most Newton steps of a fit; on separable data with next to no penalty each adds about one to the margins."""

_BLOCK: Final = 8
_TOLERANCE: Final = 1e-13
_DAMPING: Final = 1e-13


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """The rows of a fit, standardised: a scaler changes what a penalty weighs, and nothing else."""

    mean: NDArray[np.float64]
    """[d]"""
    deviation: NDArray[np.float64]
    """[d]; 1 for a constant column."""
    X: NDArray[np.float64]
    """Standardised columns, after one of ones for the intercept [n, 1 + d]."""
    y: NDArray[np.float64]
    """0 or 1 [n]."""
    products: NDArray[np.float64]
    """Products of each two columns of `X`, the upper triangle row by row [n, (1 + d) (2 + d) / 2]."""

    @classmethod
    def of(cls, features: NDArray[np.float64], labels: NDArray[np.int64]) -> Design:
        """The design of features [n, d] as measured, and of classes 0 and 1 [n]."""
        mean, deviation = features.mean(axis=0), features.std(axis=0)
        deviation[deviation == 0] = 1.0
        X = np.column_stack([np.ones(len(features)), (features - mean) / deviation])  # noqa: N806  its usual name
        products = np.concatenate([X[:, i : i + 1] * X[:, i:] for i in range(X.shape[1])], axis=1)
        return cls(mean, deviation, X, labels.astype(np.float64), products)

    def columns(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Other rows [m, d], standardised like these, after a column of ones [m, 1 + d]."""
        return np.column_stack([np.ones(len(features)), (features - self.mean) / self.deviation])


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """What k fits to one design lower: the weighted sum of the rows' log losses, and the penalties."""

    weights: NDArray[np.float64]
    """Of each row [k, n]; they sum to about one."""
    ridge: NDArray[np.float64]
    """Twice what a squared coefficient costs [k, 1 + d]; 0 for the intercept."""
    lasso: NDArray[np.float64]
    """What the size of a coefficient costs [k, 1 + d]; 0 for the intercept."""

    def take(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> Terms:
        """The terms of some of the fits."""
        return Terms(self.weights[chosen], self.ridge[chosen], self.lasso[chosen])


@dataclass(frozen=True, slots=True, eq=False)
class _Direction:
    """Where k fits go next."""

    change: NDArray[np.float64]
    """Of each coefficient for a full step [k, 1 + d]."""
    slope: NDArray[np.float64]
    """Of the penalised loss on the chosen side of zero [k, 1 + d]."""
    signs: NDArray[np.float64]
    """Of the chosen side [k, 1 + d]."""


def fit(design: Design, terms: Terms) -> NDArray[np.float64]:
    """The coefficients [k, 1 + d] on the standardised columns that lower each penalised loss the most.

    The last Newton decrement is below 1e-13, unless `MAX_STEPS` ended a fit. A fit's bits do not depend on the others
    in the stack.
    """
    fitted = np.zeros_like(terms.ridge)
    live, current = np.arange(len(fitted)), fitted
    for _ in range(MAX_STEPS):
        current, is_done = _step(design, terms, current)
        fitted[live] = current
        live, current, terms = live[~is_done], current[~is_done], terms.take(~is_done)
        if not len(live):
            break
    return fitted


def hessians(design: Design, terms: Terms, coefficients: NDArray[np.float64]) -> NDArray[np.float64]:
    """Second derivatives of the penalised losses [k, 1 + d, 1 + d] at coefficients [k, 1 + d]."""
    probability = sigmoid(times(coefficients, design.X.T))
    triangle = times(terms.weights * probability * (1 - probability), design.products)
    matrices = triangle[:, _places(design.X.shape[1])]
    diagonal = np.arange(design.X.shape[1])
    matrices[:, diagonal, diagonal] += terms.ridge
    return matrices


def sigmoid(margins: NDArray[np.float64]) -> NDArray[np.float64]:
    """The probability of class 1, without overflow."""
    small = np.exp(-np.abs(margins))
    probability: NDArray[np.float64] = np.where(margins >= 0, 1.0, small) / (1 + small)
    return probability


def times(stack: NDArray[np.float64], matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """The product of rows [k, m] and a matrix [m, c], each row's bits the same whatever the others are.

    Rows are multiplied in blocks of eight, zeros filling the last one, so that the library for matrices meets one
    shape and takes the same steps for every row.
    """
    blocks = np.zeros((-(-len(stack) // _BLOCK), _BLOCK, stack.shape[1]))
    blocks.reshape(-1, stack.shape[1])[: len(stack)] = stack
    product: NDArray[np.float64] = blocks @ matrix
    return product.reshape(-1, matrix.shape[1])[: len(stack)]


def _places(size: int) -> NDArray[np.int64]:
    """Where each element of a symmetric matrix stands in the rows of its upper triangle."""
    places = np.empty((size, size), dtype=np.int64)
    rows, columns = np.triu_indices(size)
    places[rows, columns] = places[columns, rows] = np.arange(len(rows))
    return places


def _step(
    design: Design, terms: Terms, coefficients: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The next coefficients, and which fits are done with them."""
    margins = times(coefficients, design.X.T)
    errors = terms.weights * (sigmoid(margins) - design.y)
    gradient = times(errors, design.X) + terms.ridge * coefficients
    direction = _direction(hessians(design, terms, coefficients), gradient, terms.lasso, coefficients)
    decrement = -(direction.change * direction.slope).sum(axis=1)
    return _search(design, terms, coefficients, margins, direction), decrement <= _TOLERANCE


def _direction(
    matrices: NDArray[np.float64],
    gradient: NDArray[np.float64],
    lasso: NDArray[np.float64],
    coefficients: NDArray[np.float64],
) -> _Direction:
    """Newton's direction on the free coefficients; one that would leave zero to its wrong side is not free."""
    diagonal = np.arange(gradient.shape[1])
    matrices[:, diagonal, diagonal] += _DAMPING * matrices[:, diagonal, diagonal].max(axis=1, keepdims=True) + 1e-30
    signs = np.where(coefficients != 0, np.sign(coefficients), -np.sign(gradient))
    is_free = (coefficients != 0) | (np.abs(gradient) > lasso)
    slope = gradient + lasso * signs
    change = _solve(matrices, slope, is_free)
    while (is_wrong := (coefficients == 0) & (lasso > 0) & (change * signs < 0)).any():
        is_free &= ~is_wrong
        again = is_wrong.any(axis=1)
        change[again] = _solve(matrices[again], slope[again], is_free[again])
    return _Direction(change, slope, signs)


def _solve(
    matrices: NDArray[np.float64], slope: NDArray[np.float64], is_free: NDArray[np.bool_]
) -> NDArray[np.float64]:
    both = is_free[:, :, None] & is_free[:, None, :]
    reduced = np.where(both, matrices, np.eye(slope.shape[1]))
    change: NDArray[np.float64] = np.linalg.solve(reduced, np.where(is_free, -slope, 0.0)[:, :, None])[:, :, 0]
    return change


def _search(
    design: Design,
    terms: Terms,
    coefficients: NDArray[np.float64],
    margins: NDArray[np.float64],
    direction: _Direction,
) -> NDArray[np.float64]:
    """Go along the directions, halving the steps of those fits whose loss does not fall."""
    before = _losses(design, terms, coefficients, margins)
    after, share = coefficients.copy(), np.ones(len(coefficients))
    trying = np.arange(len(coefficients))
    while len(trying) and share.min() > 1e-12:
        moved = coefficients[trying] + share[:, None] * direction.change[trying]
        crosses = (terms.lasso[trying] > 0) & (moved * direction.signs[trying] < 0)
        moved = np.where(crosses, 0.0, moved)
        fall = np.minimum((direction.slope[trying] * (moved - coefficients[trying])).sum(axis=1), 0.0)
        losses = _losses(design, terms.take(trying), moved, times(moved, design.X.T))
        falls = losses <= before[trying] * (1 + 1e-15) + 1e-4 * fall
        after[trying[falls]] = moved[falls]
        trying, share = trying[~falls], share[~falls] / 2
    return after


def _losses(
    design: Design, terms: Terms, coefficients: NDArray[np.float64], margins: NDArray[np.float64]
) -> NDArray[np.float64]:
    wrong = np.where(design.y > 0, -margins, margins)
    rows = np.maximum(wrong, 0) + np.log1p(np.exp(-np.abs(wrong)))
    penalties = terms.ridge * coefficients**2 / 2 + terms.lasso * np.abs(coefficients)
    losses: NDArray[np.float64] = (terms.weights * rows).sum(axis=1) + penalties.sum(axis=1)
    return losses
