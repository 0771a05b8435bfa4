"""The logarithm of the expected improvement, exact where the improvement itself underflows."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import erfcx, ndtr

from .encoding import FloatArray

_FAR = -100.0
_LOG_ROOT_TWO_PI = 0.5 * math.log(2 * math.pi)


def log_improvement(
    means: FloatArray, deviations: FloatArray, best: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The log of the expected improvement below `best`, and its derivatives with respect to mean and deviation.

    Ament et al., Unexpected Improvements to Expected Improvement for Bayesian Optimization, arXiv:2310.20708.
    """
    scores = (best - means) / deviations
    values, slopes = log_h(scores)
    by_mean = -slopes / deviations
    return values + np.log(deviations), by_mean, (1.0 - slopes * scores) / deviations


def log_h(scores: FloatArray) -> tuple[FloatArray, FloatArray]:
    """log(phi(z) + z Phi(z)) and its derivative Phi(z) / (phi(z) + z Phi(z)), for scores z [n].

    Through Mills' ratio R(z) = Phi(z) / phi(z) below -1, where the two terms cancel, and through the first terms of
    its asymptotic series below -100, where 1 + z R(z) cancels too.
    """
    near = np.maximum(scores, -1.0)
    density = np.exp(-0.5 * near**2 - _LOG_ROOT_TWO_PI)
    total = density + near * ndtr(near)
    values, slopes = np.log(total), ndtr(near) / total

    if not (is_low := scores < -1.0).any():
        return values, slopes
    middle = np.clip(scores, _FAR, -1.0)
    mills = math.sqrt(0.5 * math.pi) * erfcx(-middle * math.sqrt(0.5))
    rest = 1.0 + middle * mills
    values = np.where(is_low, np.log(rest) - 0.5 * middle**2 - _LOG_ROOT_TWO_PI, values)
    slopes = np.where(is_low, mills / rest, slopes)

    if not (is_far := scores < _FAR).any():
        return values, slopes
    far = np.minimum(scores, _FAR)
    inverse = 1.0 / far**2
    rest = inverse * (1.0 - inverse * (3.0 - inverse * (15.0 - 105.0 * inverse)))
    mills = (1.0 - rest) / -far
    values = np.where(is_far, np.log(rest) - 0.5 * far**2 - _LOG_ROOT_TWO_PI, values)
    return values, np.where(is_far, mills / rest, slopes)
