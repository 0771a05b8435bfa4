"""Cross-validation of many configurations on rows of two classes, all fitted exactly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tuner.configuration import Configuration
from tuner.trial import Measurement

from ..datasets import Dataset, folds, split
from .newton import Design, Terms, fit, sigmoid, times
from .scoring import score

if TYPE_CHECKING:
    from numpy.typing import NDArray


def measure(
    data: Dataset, data_seed: int, fold_count: int, configurations: Sequence[Configuration]
) -> list[Measurement]:
    """One measurement a configuration: values over the folds' validation rows, held-out values of a refit."""
    rows = split(data, data_seed)
    features, labels = data.X[rows.train], data.y[rows.train]
    validation = cross_validate(features, labels, folds(labels, data_seed, fold_count), configurations)
    design = Design.of(features, labels)
    fitted = fit(design, terms_of(configurations, features, labels))
    held_out = _probabilities(design, fitted, data.X[rows.held_out])
    used = (fitted[:, 1:] != 0).sum(axis=1)
    return [
        Measurement(
            score(labels, _both(validation[k])),
            held_out=score(data.y[rows.held_out], _both(held_out[k])),
            extras={"features": float(used[k])},
        )
        for k in range(len(configurations))
    ]


def cross_validate(
    features: NDArray[np.float64],
    labels: NDArray[np.int64],
    fold: NDArray[np.int64],
    configurations: Sequence[Configuration],
) -> NDArray[np.float64]:
    """The probability [k, n] of class 1 for each row by each configuration, fitted to the other folds."""
    validation = np.empty((len(configurations), len(labels)))
    for number in range(fold.max() + 1):
        train = fold != number
        design = Design.of(features[train], labels[train])
        fitted = fit(design, terms_of(configurations, features[train], labels[train]))
        validation[:, ~train] = _probabilities(design, fitted, features[~train])
    return validation


def terms_of(
    configurations: Sequence[Configuration], features: NDArray[np.float64], labels: NDArray[np.int64]
) -> Terms:
    """What each configuration lowers, in scikit-learn's sense, over C and the number of rows.

    A coefficient on a standardised column is the scaled column's times spread / deviation: that is all a scaler does.
    """
    deviation = _nonzero(features.std(axis=0))
    shares = np.array([spread(each.text("scaler"), features) for each in configurations]) / deviation
    strength = 1 / np.array([[each.number("C") * len(labels)] for each in configurations])
    l1_ratio = np.array([[each.number("l1_ratio")] for each in configurations])
    weights = np.array([row_weights(each.text("class_weight"), labels) for each in configurations])
    intercept = np.zeros((len(configurations), 1))
    return Terms(
        weights / len(labels),
        ridge=np.hstack([intercept, strength * (1 - l1_ratio) * shares**2]),
        lasso=np.hstack([intercept, strength * l1_ratio * shares]),
    )


def spread(scaler: str, features: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a scaler divides each column by [d]: 1, the standard deviation, the range or the interquartile range."""
    match scaler:
        case "standard":
            return _nonzero(features.std(axis=0))
        case "min-max":
            return _nonzero(np.ptp(features, axis=0))
        case "robust":
            low, high = np.percentile(features, (25, 75), axis=0)
            return _nonzero(high - low)
        case _:
            return np.ones(features.shape[1])


def row_weights(class_weight: str, labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """The weight of each row [n]: 1, or such that both classes weigh as much as half of the rows."""
    if class_weight == "none":
        return np.ones(len(labels))
    counts = np.bincount(labels)
    weights: NDArray[np.float64] = (len(labels) / (len(counts) * counts))[labels]
    return weights


def _probabilities(design: Design, fitted: NDArray[np.float64], features: NDArray[np.float64]) -> NDArray[np.float64]:
    return sigmoid(times(fitted, design.columns(features).T))


def _both(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack([1 - probability, probability])


def _nonzero(spreads: NDArray[np.float64]) -> NDArray[np.float64]:
    nonzero: NDArray[np.float64] = np.where(spreads == 0, 1.0, spreads)
    return nonzero
