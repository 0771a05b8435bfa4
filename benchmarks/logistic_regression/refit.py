"""The fit of a trial's configuration to all training rows of two classes, for its exhibits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tuner.configuration import Configuration
from tuner.trial import Trial

from ..datasets import Dataset, split
from .newton import Design, Terms, fit, sigmoid, times
from .two_classes import terms_of

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Refit:
    """A fitted model with what it was fitted to."""

    data: Dataset
    configuration: Configuration
    data_seed: int
    features: NDArray[np.float64]
    """Of the training rows, as measured [n, d]."""
    labels: NDArray[np.int64]
    """[n]"""
    design: Design
    terms: Terms
    coefficients: NDArray[np.float64]
    """On the standardised columns, the intercept first [1 + d]."""

    @classmethod
    def of(cls, data: Dataset, trial: Trial) -> Refit:
        """Fit once more what `evaluate` measured on the held-out rows."""
        train = split(data, trial.data_seed).train
        features, labels = data.X[train], data.y[train]
        design, terms = Design.of(features, labels), terms_of([trial.configuration], features, labels)
        coefficients = fit(design, terms)[0]
        return cls(data, trial.configuration, trial.data_seed, features, labels, design, terms, coefficients)

    @property
    def classes(self) -> tuple[str, str]:
        """The names of class 0 and class 1."""
        other, target = self.data.class_names
        return other, target

    @property
    def strongest(self) -> list[int]:
        """The features that have a coefficient, the largest first."""
        sizes = np.abs(self.coefficients[1:])
        return [int(j) for j in np.argsort(-sizes, kind="stable") if sizes[j] > 0]

    def predict(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """The probabilities of both classes [m, 2]."""
        probability = sigmoid(times(self.coefficients[None], self.design.columns(features).T))[0]
        return np.column_stack([1 - probability, probability])
