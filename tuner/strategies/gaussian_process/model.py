"""The Gaussian process of a study: refitted from time to time, extended by each observation in between."""

from __future__ import annotations

import numpy as np

from .encoding import FloatArray, IndexArray
from .marginal_likelihood import Priors, fit
from .posterior import Factor, Posterior

_FEW = 40
_GROWTH = 20
_MOST_FITTED = 300
_MOST_KEPT = 1000


class Model:
    """Keeps the hyperparameters and the factorised covariance from one proposal to the next.

    Up to 40 observations the hyperparameters are fitted anew to each; later when there are a twentieth more, and to
    at most 300: the best hundred and others in even steps. The covariance is of at most 1000 observations, chosen in
    the same way at each fit, and of all that came since.
    """

    def __init__(self, owners: IndexArray, priors: Priors) -> None:
        self._owners = owners
        self._priors = priors
        self.hyper = priors.medians
        """The hyperparameters of the last fit."""
        self._size = 0
        self._fitted = 0
        self._kept: IndexArray = np.empty(0, dtype=np.intp)
        self._factor: Factor | None = None

    def condition(self, features: FloatArray, values: FloatArray) -> Posterior:
        """The posterior given values [n] at features [n, m], of which the first are those of the last call."""
        size = len(values)
        wait = 1 if size <= _FEW else size // _GROWTH
        if self._factor is None or size - self._fitted >= wait:
            self._refit(features, values)
        elif size > self._size:
            self._factor = self._factor.extended(features[self._size :])
            self._kept = np.append(self._kept, np.arange(self._size, size))
        self._size = size
        assert self._factor is not None
        return Posterior.of(self._factor, values[self._kept])

    def _refit(self, features: FloatArray, values: FloatArray) -> None:
        chosen = thin(values, _MOST_FITTED)
        self.hyper = fit(features[chosen], values[chosen], self._owners, self._priors, self.hyper)
        self._fitted = len(values)
        self._kept = thin(values, _MOST_KEPT)
        self._factor = Factor.of(features[self._kept], self._owners, self.hyper)


def thin(values: FloatArray, most: int) -> IndexArray:
    """The places of at most `most` of the values [n], in order: the lowest third, and others in even steps."""
    if len(values) <= most:
        return np.arange(len(values))
    order = np.argsort(values, kind="stable")
    best, rest = order[: most // 3], np.sort(order[most // 3 :])
    steps = np.linspace(0, len(rest) - 1, most - len(best)).astype(np.intp)
    return np.sort(np.concatenate([best, rest[steps]]))
