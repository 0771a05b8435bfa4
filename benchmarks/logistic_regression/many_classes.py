"""Cross-validation of one configuration on rows of more than two classes, fitted by scikit-learn's SAGA."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

import numpy as np

from tuner.configuration import Configuration
from tuner.seeds import derive_seed
from tuner.trial import Measurement, Trial

from ..datasets import Dataset, folds, split
from .scoring import score

if TYPE_CHECKING:
    from numpy.typing import NDArray


class _Model(Protocol):
    def fit(self, features: NDArray[np.float64], labels: NDArray[np.int64], /) -> object: ...
    def predict_proba(self, features: NDArray[np.float64], /) -> NDArray[np.float64]: ...


def measure(data: Dataset, trial: Trial, fold_count: int, max_iter: int) -> Measurement:
    """Values over the folds' validation rows, held-out values of a refit."""
    rows = split(data, trial.data_seed)
    features, labels = data.X[rows.train], data.y[rows.train]
    fold = folds(labels, trial.data_seed, fold_count)
    model = _model_of(trial, max_iter)
    validation = np.empty((len(labels), len(data.class_names)))
    for k in range(fold_count):
        train = fold != k
        validation[~train] = _fit_predict(model, features[train], labels[train], features[~train])
    held_out = _fit_predict(model, features, labels, data.X[rows.held_out])
    return Measurement(score(labels, validation), held_out=score(data.y[rows.held_out], held_out))


def predict_held_out(data: Dataset, trial: Trial, max_iter: int) -> NDArray[np.float64]:
    """The probabilities [n, classes] of the held-out rows, by a fit to all others."""
    rows = split(data, trial.data_seed)
    model = _model_of(trial, max_iter)
    return _fit_predict(model, data.X[rows.train], data.y[rows.train], data.X[rows.held_out])


def new_model(configuration: Configuration, *, seed: int, max_iter: int) -> _Model:
    """A scaler and a regression, not yet fitted."""
    from sklearn import linear_model, pipeline, preprocessing

    scalers: Mapping[str, Callable[[], object]] = {
        "none": lambda: "passthrough",
        "standard": preprocessing.StandardScaler,
        "min-max": preprocessing.MinMaxScaler,
        "robust": preprocessing.RobustScaler,
    }
    class_weight = configuration.text("class_weight")
    regression = linear_model.LogisticRegression(
        C=configuration.number("C"),
        l1_ratio=configuration.number("l1_ratio"),
        class_weight=None if class_weight == "none" else class_weight,
        solver="saga",
        tol=1e-3,
        max_iter=max_iter,
        random_state=seed,
    )
    model: _Model = pipeline.make_pipeline(scalers[configuration.text("scaler")](), regression)
    return model


def _model_of(trial: Trial, max_iter: int) -> _Model:
    return new_model(trial.configuration, seed=derive_seed(trial.seed, "saga") % 2**32, max_iter=max_iter)


def _fit_predict(
    model: _Model, features: NDArray[np.float64], labels: NDArray[np.int64], new_features: NDArray[np.float64]
) -> NDArray[np.float64]:
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(features, labels)
    return model.predict_proba(new_features)
