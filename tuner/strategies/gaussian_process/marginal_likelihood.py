"""The most probable hyperparameters: marginal likelihood, priors, and the climb to their maximum."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_solve
from scipy.linalg.lapack import dpotrf, dpotri
from scipy.optimize import minimize

from .encoding import FloatArray, IndexArray
from .kernel import Hyperparameters, matern, squared_distances

LEAST_NOISE = 1e-8
"""The noise of an objective without noise, for values of variance 1: what keeps the arithmetic sound."""

_NOISE_MEDIAN = 1e-5
_NOISE_SPREAD = 3.0
_STEPS = 12
_EVALUATIONS = 40
_NO_FACTOR = 1e10


@dataclass(frozen=True, slots=True)
class Priors:
    """Log-normal priors on all hyperparameters of values of variance 1.

    The median of the length scales grows with the square root of the dimension, as distances do: Hvarfner et al.,
    Vanilla Bayesian Optimization Performs Great in High Dimensions, arXiv:2402.02229. It is 1 a dimension and the
    spread of its logarithm is 1, where they have 4 and 1.7: theirs lets parameters that matter seem not to.
    """

    dimension: int
    has_noise: bool = True
    """Whether the noise is learned; otherwise it is `LEAST_NOISE`."""

    @property
    def medians(self) -> Hyperparameters:
        """Where a first fit starts."""
        noise = _NOISE_MEDIAN if self.has_noise else LEAST_NOISE
        return Hyperparameters(np.full(self.dimension, 0.5 * math.log(self.dimension)), 0.0, math.log(noise))

    @property
    def bounds(self) -> list[tuple[float, float]]:
        """The lowest and the highest logarithm that a fit may choose."""
        noise = (LEAST_NOISE, 1.0 if self.has_noise else LEAST_NOISE)
        limits = [(5e-3, 1e3)] * self.dimension + [(1e-2, 1e3), noise]
        return [(math.log(low), math.log(high)) for low, high in limits]

    def penalty(self, vector: FloatArray) -> tuple[float, FloatArray]:
        """Minus the log density of the logarithms [d + 2], up to a constant, and its gradient."""
        spreads = np.append(np.ones(self.dimension + 1), _NOISE_SPREAD)
        away = (vector - self.medians.as_vector()) / spreads
        return 0.5 * float(away @ away), away / spreads


def fit(
    features: FloatArray, values: FloatArray, owners: IndexArray, priors: Priors, start: Hyperparameters
) -> Hyperparameters:
    """The hyperparameters after some steps of L-BFGS from `start` towards the most probable ones.

    The evaluations are limited too: next to where rounding leaves no factor, line searches would go on for thousands.
    """

    def target(vector: FloatArray) -> tuple[float, FloatArray]:
        loss, gradient = negative_log_likelihood(vector, features, values, owners)
        penalty, pull = priors.penalty(vector)
        return loss + penalty, gradient + pull

    begin, bounds = start.as_vector(), priors.bounds
    found = minimize(
        target, begin, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": _STEPS, "maxfun": _EVALUATIONS}
    )
    return Hyperparameters.from_vector(found.x) if found.fun < _NO_FACTOR else start


def negative_log_likelihood(
    vector: FloatArray, features: FloatArray, values: FloatArray, owners: IndexArray
) -> tuple[float, FloatArray]:
    """Minus the log marginal likelihood of values [n] at features [n, m], and its gradient [d + 2].

    The constant mean is its generalised least squares estimate. A huge number where rounding leaves no Cholesky
    factor. Rasmussen and Williams, equations 5.8 and 5.9.
    """
    hyper = Hyperparameters.from_vector(vector)
    points = features * hyper.weights(owners)
    correlation, slope = matern(squared_distances(points, points))
    covariance = hyper.signal * correlation
    covariance.flat[:: len(values) + 1] = hyper.signal + hyper.noise
    lower, info = dpotrf(covariance, lower=1, clean=1)
    if info:
        return _NO_FACTOR, np.zeros_like(vector)
    residual = values - _mean(lower, values)
    weights = cho_solve((lower, True), residual, check_finite=False)
    loss = 0.5 * float(residual @ weights) + float(np.log(np.diag(lower)).sum())
    inverse = dpotri(lower, lower=1)[0]
    sensitivity = np.tril(inverse) + np.tril(inverse, -1).T - np.outer(weights, weights)
    gradient = np.empty_like(vector)
    gradient[:-2] = _by_scales(points, sensitivity * (-2.0 * hyper.signal * slope), owners, len(vector) - 2)
    gradient[-2] = 0.5 * hyper.signal * float(np.vdot(sensitivity, correlation))
    gradient[-1] = 0.5 * hyper.noise * float(np.trace(sensitivity))
    return loss + 0.5 * len(values) * math.log(2 * math.pi), gradient


def _mean(lower: FloatArray, values: FloatArray) -> float:
    weights = cho_solve((lower, True), np.ones(len(values)), check_finite=False)
    return float(weights @ values / weights.sum())


def _by_scales(points: FloatArray, weights: FloatArray, owners: IndexArray, size: int) -> FloatArray:
    """Half the sum over i, j of weights[i, j] (points[i] - points[j])^2, by parameter: [d]; no [n, n, m] is made."""
    by_column = np.einsum("ij,ij->j", points, weights.sum(axis=1)[:, None] * points - weights @ points)
    by_parameter: FloatArray = np.zeros(size)
    np.add.at(by_parameter, owners, by_column)
    return by_parameter
