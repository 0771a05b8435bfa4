"""The Matern-5/2 kernel and its hyperparameters."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .encoding import FloatArray, IndexArray


@dataclass(frozen=True, slots=True)
class Hyperparameters:
    """What a fit chooses, as natural logarithms."""

    log_scales: FloatArray
    """Length scales [d], one for each parameter."""
    log_signal: float
    """Variance of the function."""
    log_noise: float
    """Variance of the noise."""

    @property
    def signal(self) -> float:
        """Variance of the function."""
        return math.exp(self.log_signal)

    @property
    def noise(self) -> float:
        """Variance of the noise."""
        return math.exp(self.log_noise)

    def weights(self, owners: IndexArray) -> FloatArray:
        """One over the length scale of the parameter that owns each column [m]."""
        weights: FloatArray = np.exp(-self.log_scales)[owners]
        return weights

    def as_vector(self) -> FloatArray:
        """All of them, [d + 2]: length scales, signal, noise."""
        return np.concatenate([self.log_scales, [self.log_signal, self.log_noise]])

    @classmethod
    def from_vector(cls, vector: FloatArray) -> Hyperparameters:
        """The inverse of `as_vector`."""
        return cls(vector[:-2].copy(), float(vector[-2]), float(vector[-1]))


def squared_distances(left: FloatArray, right: FloatArray) -> FloatArray:
    """Squared Euclidean distances [n, k] between the rows of [n, m] and of [k, m]."""
    squares: FloatArray = np.einsum("ij,ij->i", left, left)[:, None] + np.einsum("ij,ij->i", right, right)[None, :]
    squares -= 2.0 * (left @ right.T)
    np.maximum(squares, 0.0, out=squares)
    return squares


def matern(squares: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The kernel of unit variance at squared distances r^2, and its derivative with respect to r^2.

    Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), equation 4.17.
    """
    roots = np.sqrt(5.0 * squares)
    decay = np.exp(-roots)
    roots += 1.0
    slope = roots * decay
    value = slope + (5.0 / 3.0) * squares * decay
    slope *= -5.0 / 6.0
    return value, slope
