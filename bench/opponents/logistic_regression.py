"""Logistic regression one fit at a time, by scikit-learn's fastest solver for the penalty, to a tolerance of 1e-10."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

from benchmarks import datasets
from benchmarks.logistic_regression import LogisticRegressionTask
from tuner.configuration import Configuration
from tuner.trial import Trial

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_PASSES = 20_000
"""After so many passes SAGA is stopped: on unscaled rows it never gets there."""


def train_plainly(task: LogisticRegressionTask, trial: Trial) -> dict[str, float]:
    """Log loss and accuracy over the validation rows of all folds, and `held_out ...` of a refit."""
    data = datasets.load(task.data)
    rows = datasets.split(data, trial.data_seed)
    features, labels = data.X[rows.train], data.y[rows.train]
    fold = datasets.folds(labels, trial.data_seed, task.folds)
    validation = np.empty((len(labels), len(data.class_names)))
    for k in range(task.folds):
        model = fit_plainly(trial.configuration, features[fold != k], labels[fold != k])
        validation[fold == k] = model.predict_proba(features[fold == k])
    held_out = fit_plainly(trial.configuration, features, labels).predict_proba(data.X[rows.held_out])
    return {**_scores(labels, validation), **_scores(data.y[rows.held_out], held_out, "held_out ")}


def fit_plainly(configuration: Configuration, features: NDArray[np.float64], labels: NDArray[np.int64]) -> Pipeline:
    """A scaler and a regression, fitted."""
    scalers = {"none": "passthrough", "standard": StandardScaler(), "min-max": MinMaxScaler(), "robust": RobustScaler()}
    has_lasso = configuration.number("l1_ratio") > 0
    regression = LogisticRegression(
        C=configuration.number("C"),
        l1_ratio=configuration.number("l1_ratio"),
        class_weight=None if configuration.text("class_weight") == "none" else "balanced",
        solver="saga" if has_lasso else "newton-cholesky",
        tol=1e-10,
        max_iter=MAX_PASSES,
        random_state=0,
    )
    model = make_pipeline(scalers[configuration.text("scaler")], regression)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(features, labels)


def _scores(labels: NDArray[np.int64], probabilities: NDArray[np.float64], prefix: str = "") -> dict[str, float]:
    return {
        f"{prefix}log_loss": float(log_loss(labels, probabilities)),
        f"{prefix}accuracy": float(accuracy_score(labels, probabilities.argmax(axis=1))),
    }
