"""What a Gaussian process expects of a function after some observations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular
from scipy.linalg.blas import dtrmm
from scipy.linalg.lapack import dpotrf

from .encoding import FloatArray, IndexArray
from .kernel import Hyperparameters, matern, squared_distances


@dataclass(frozen=True)
class Factor:
    """The covariance of some points, noise included, as the inverse of its Cholesky factor."""

    hyper: Hyperparameters
    owners: IndexArray
    points: FloatArray
    """Features [n, m], each divided by its length scale."""
    inverse: FloatArray
    """The inverse [n, n] of the lower Cholesky factor, in Fortran's order."""

    @classmethod
    def of(cls, features: FloatArray, owners: IndexArray, hyper: Hyperparameters) -> Factor:
        """Factorise the covariance of points with features [n, m]."""
        points = np.empty((0, features.shape[1]))
        return cls(hyper, owners, points, np.empty((0, 0), order="F")).extended(features)

    def extended(self, features: FloatArray) -> Factor:
        """The factor with k points more, features [k, m], in O(k n^2): the old rows stay as they are."""
        old, new = len(self.points), len(features)
        if not new:
            return self
        points = self.scaled(features)
        corner = self.covariance(points, points)
        inverse = np.zeros((old + new, old + new), order="F")
        inverse[:old, :old] = self.inverse
        half = self.whitened(self.covariance(points, self.points)) if old else np.empty((0, new))
        lower = _cholesky(corner - half.T @ half, self.hyper.noise)
        inverse[old:, old:] = solve_triangular(lower, np.eye(new), lower=True, check_finite=False)
        inverse[old:, :old] = -inverse[old:, old:] @ (half.T @ self.inverse)
        return Factor(self.hyper, self.owners, np.concatenate([self.points, points]), inverse)

    def scaled(self, features: FloatArray) -> FloatArray:
        """Features [k, m], each divided by its length scale."""
        return features * self.hyper.weights(self.owners)

    def covariance(self, left: FloatArray, right: FloatArray) -> FloatArray:
        """The covariance [k, n] of the function between scaled features [k, m] and [n, m]."""
        return self.hyper.signal * matern(squared_distances(left, right))[0]

    def whitened(self, cross: FloatArray) -> FloatArray:
        """The inverse factor times the transpose of a covariance [k, n] with the points: [n, k]."""
        product: FloatArray = dtrmm(1.0, self.inverse, cross.T, lower=1)
        return product


@dataclass(frozen=True)
class Posterior:
    """Mean and standard deviation of the function itself, without noise, given values at the points of a factor."""

    factor: Factor
    mean: float
    """The constant mean of the process."""
    weights: FloatArray
    """The inverse covariance times the values above that mean, [n]."""

    @classmethod
    def of(cls, factor: Factor, values: FloatArray) -> Posterior:
        """Given values [n]; the constant mean is its generalised least squares estimate."""
        ones = factor.inverse.sum(axis=1)
        white = factor.inverse @ values
        mean = float(ones @ white / (ones @ ones))
        return cls(factor, mean, factor.inverse.T @ (white - mean * ones))

    def believing(self, features: FloatArray) -> Posterior:
        """As if the means at features [k, m] had been observed: means stay, deviations shrink."""
        return Posterior(self.factor.extended(features), self.mean, np.append(self.weights, np.zeros(len(features))))

    def means(self, features: FloatArray) -> FloatArray:
        """Means [k] at features [k, m]."""
        cross = self.factor.covariance(self.factor.scaled(features), self.factor.points)
        means: FloatArray = self.mean + cross @ self.weights
        return means

    def at(self, features: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Means [k] and standard deviations [k] at features [k, m]."""
        cross = self.factor.covariance(self.factor.scaled(features), self.factor.points)
        return self.mean + cross @ self.weights, self._deviations(self.factor.whitened(cross))

    def slopes_at(self, features: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Means [k] and standard deviations [k] at features [k, m], and the gradients [k, m] of both."""
        factor = self.factor
        points = factor.scaled(features)
        correlation, slope = matern(squared_distances(points, factor.points))
        cross = factor.hyper.signal * correlation
        slope *= 2.0 * factor.hyper.signal
        half = factor.whitened(cross)
        deviations = self._deviations(half)
        solved = half.T @ factor.inverse
        stretch = factor.hyper.weights(factor.owners)
        mean_slopes = _along(points, factor.points, slope * self.weights) * stretch
        variance_slopes = _along(points, factor.points, slope * solved) * stretch
        return self.mean + cross @ self.weights, deviations, mean_slopes, -variance_slopes / deviations[:, None]

    def _deviations(self, half: FloatArray) -> FloatArray:
        signal = self.factor.hyper.signal
        variances = signal - np.einsum("ij,ij->j", half, half)
        deviations: FloatArray = np.sqrt(np.maximum(variances, 1e-14 * signal))
        return deviations


def _along(points: FloatArray, others: FloatArray, weights: FloatArray) -> FloatArray:
    """The sum over j of weights[i, j] (points[i] - others[j]), for each i: [k, m]."""
    sums: FloatArray = weights.sum(axis=1)[:, None] * points - weights @ others
    return sums


def _cholesky(covariance: FloatArray, noise: float) -> FloatArray:
    """The lower factor of a covariance [k, k] plus noise, or plus as much more as rounding makes necessary."""
    size = len(covariance)
    for extra in (0.0, *(10.0**power for power in range(-10, 4))):
        noisy = covariance.copy()
        noisy.flat[:: size + 1] += noise + extra
        lower, info = dpotrf(noisy, lower=1, clean=1)
        if not info:
            factor: FloatArray = lower
            return factor
    raise ArithmeticError(f"the covariance of {size} points has no Cholesky factor: {covariance!r:.80}")
