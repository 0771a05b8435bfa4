"""Weighted logistic regression, perhaps calibrated: probabilities for rows that were not fitted."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from tuner.configuration import Configuration
from tuner.seeds import derive_seed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .rows import CaseRows

INNER_FOLDS: Final = 3
"""Folds inside the fitted rows on whose scores a calibration is fitted."""

CENTRES: Final = 100
"""Rows at which the kernel is centred, drawn at random."""


class _Model(Protocol):
    def fit(self, features: NDArray[np.float64], labels: NDArray[np.int64], /) -> object: ...
    def predict_proba(self, features: NDArray[np.float64], /) -> NDArray[np.float64]: ...


def validation_probabilities(configuration: Configuration, rows: CaseRows, seed: int) -> NDArray[np.float64]:
    """The probability of the positive class for each training row [n], by a model fitted on the other folds."""
    probabilities = np.empty(len(rows.y))
    for fold in np.unique(rows.fold).tolist():
        inside = rows.fold == fold
        model = _fitted(configuration, rows.X[~inside], rows.y[~inside], derive_seed(seed, "inner", fold))
        probabilities[inside] = model.predict_proba(rows.X[inside])[:, 1]
    return probabilities


def held_out_probabilities(configuration: Configuration, rows: CaseRows, seed: int) -> NDArray[np.float64]:
    """The probability of the positive class for each held-out row [m], by a model fitted on all training rows."""
    model = _fitted(configuration, rows.X, rows.y, derive_seed(seed, "inner"))
    return model.predict_proba(rows.held_out_features)[:, 1]


def _fitted(
    configuration: Configuration, features: NDArray[np.float64], labels: NDArray[np.int64], seed: int
) -> _Model:
    from sklearn.exceptions import ConvergenceWarning

    model = _new_model(configuration, features, seed % 2**32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(features, labels)
    return model


def _new_model(configuration: Configuration, features: NDArray[np.float64], seed: int) -> _Model:
    from sklearn import calibration, linear_model, model_selection, pipeline

    regression = linear_model.LogisticRegression(
        C=configuration.number("C"), class_weight={0: 1.0, 1: configuration.number("positive_weight")}, max_iter=200
    )
    weighted: _Model = pipeline.make_pipeline(*_maps(configuration, features, seed), regression)
    method = configuration.text("calibration")
    if method == "none":
        return weighted
    inner = model_selection.StratifiedKFold(INNER_FOLDS, shuffle=True, random_state=seed)
    calibrated: _Model = calibration.CalibratedClassifierCV(weighted, method=method, cv=inner, ensemble=False)
    return calibrated


def _maps(configuration: Configuration, features: NDArray[np.float64], seed: int) -> list[object]:
    """What is done to the features before the regression: scaling, and with a kernel its Nystroem map."""
    from sklearn import kernel_approximation, preprocessing

    scalers = {"standard": preprocessing.StandardScaler, "min-max": preprocessing.MinMaxScaler}
    scaler = scalers[configuration.text("scaler")]()
    if "kernel" in configuration and configuration.text("kernel") == "none":
        return [scaler]
    mean_squared_distance = 2 * float(scaler.fit_transform(features).var(axis=0).sum())
    gamma = configuration.number("gamma") / mean_squared_distance
    centres = min(CENTRES, len(features) // 2)  # the inner folds have two thirds of these rows
    return [scaler, kernel_approximation.Nystroem(gamma=gamma, n_components=centres, random_state=seed)]
