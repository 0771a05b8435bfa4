"""Coefficients as odds ratios, and how sure they are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from .newton import Design, Terms, fit, hessians, sigmoid, times

if TYPE_CHECKING:
    from numpy.typing import NDArray

NORMAL_975: Final = 1.959963984540054
"""The normal distribution is below this with probability 0.975."""
NEXT_TO_NO_PENALTY: Final = 1e8
"""The C of a fit that is unpenalised for all practical purposes."""


@dataclass(frozen=True, slots=True, eq=False)
class Odds:
    """Log odds for one standard deviation of each feature, with an interval that holds 95 % of something."""

    estimate: NDArray[np.float64]
    """[d]"""
    low: NDArray[np.float64]
    """[d]"""
    high: NDArray[np.float64]
    """[d]"""


def unpenalised(features: NDArray[np.float64], labels: NDArray[np.int64]) -> Odds | None:
    """Maximum likelihood with 95 % Wald intervals; None where a plane separates the classes: there is none then."""
    design = Design.of(features, labels)
    terms = next_to_unpenalised(design)
    coefficients = fit(design, terms)
    if is_separated(design, coefficients[0]):
        return None
    reach = NORMAL_975 * standard_errors(design, terms, coefficients)[0, 1:]
    estimate = coefficients[0, 1:]
    return Odds(estimate, estimate - reach, estimate + reach)


def next_to_unpenalised(design: Design) -> Terms:
    """One fit with a ridge penalty of `NEXT_TO_NO_PENALTY`."""
    rows, columns = design.X.shape
    ridge = np.full((1, columns), 1 / (NEXT_TO_NO_PENALTY * rows))
    ridge[:, 0] = 0.0
    return Terms(np.full((1, rows), 1 / rows), ridge, np.zeros((1, columns)))


def is_separated(design: Design, coefficients: NDArray[np.float64]) -> bool:
    """Whether coefficients [1 + d] put every row on its class's side."""
    return bool(((design.X @ coefficients > 0) == (design.y > 0)).all())


def standard_errors(design: Design, terms: Terms, coefficients: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of coefficients [k, 1 + d], from the curvature of the log likelihood: Wald's, where there is no penalty."""
    covariances = np.linalg.inv(len(design.y) * hessians(design, terms, coefficients))
    errors: NDArray[np.float64] = np.sqrt(np.diagonal(covariances, axis1=1, axis2=2))
    return errors


def bootstrap(design: Design, terms: Terms, generator: np.random.Generator, *, count: int) -> Odds:
    """The fit, and where the middle 95 % of `count` fits with the same penalty to resampled rows lie."""
    rows, columns = design.X.shape
    drawn = generator.multinomial(rows, np.full(rows, 1 / rows), size=count)
    everything = np.vstack([np.ones((1, rows)), drawn])
    shape = (count + 1, columns)
    resampled = Terms(
        everything * terms.weights, np.broadcast_to(terms.ridge, shape), np.broadcast_to(terms.lasso, shape)
    )
    fitted = fit(design, resampled)[:, 1:]
    low, high = np.percentile(fitted[1:], (2.5, 97.5), axis=0)
    return Odds(fitted[0], low, high)


def average_effects(design: Design, coefficients: NDArray[np.float64]) -> NDArray[np.float64]:
    """By how much the probability of class 1 changes a standard deviation of each feature, on average over rows [d]."""
    probability = sigmoid(times(coefficients[None], design.X.T))[0]
    effects: NDArray[np.float64] = (probability * (1 - probability)).mean() * coefficients[1:]
    return effects


def ratio(log_odds: float) -> float | None:
    """The odds ratio; None where it is beyond every scale."""
    return math.exp(log_odds) if abs(log_odds) < 300 else None
