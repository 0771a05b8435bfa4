"""Elastic-net logistic regression on a small table: regularisation, class weights and scaling."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Protocol

import numpy as np

from tuner.configuration import Configuration
from tuner.errors import InvalidOption, suggest
from tuner.parameter import Categorical, Float
from tuner.problem import Objective, Problem
from tuner.seeds import derive_seed
from tuner.space import SearchSpace
from tuner.task import Task, TaskCard
from tuner.trial import Measurement, Trial

from . import datasets

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SPACE: Final = SearchSpace(
    {
        "C": Float(1e-4, 1e3, log=True, default=1.0),
        "l1_ratio": Float(0.0, 1.0, default=0.0),
        "class_weight": Categorical(("none", "balanced")),
        "scaler": Categorical(("none", "standard", "min-max", "robust"), default="standard"),
    }
)


class _Model(Protocol):
    def fit(self, features: NDArray[np.float64], labels: NDArray[np.int64], /) -> object: ...
    def predict_proba(self, features: NDArray[np.float64], /) -> NDArray[np.float64]: ...


@dataclass(frozen=True, kw_only=True)
class LogisticRegressionTask(Task):
    """Minimises the cross-validated log loss; a refit on all training rows is measured on the held-out rows.

    Fits with scikit-learn's SAGA to a tolerance of 0.001. Where a configuration needs more passes than
    `max_iter`, the unfinished model counts: slow convergence is a price of that configuration.
    """

    card: ClassVar[TaskCard] = TaskCard(
        summary="logistic regression with elastic net on a small table; cross-validated log loss counts",
        data="breast_cancer (569 rows, 30 features, 2 classes), wine (178, 13, 3) or digits (1797, 64, 10); "
        "a quarter of the rows held out, the others cross-validated in 5 folds, both stratified",
        licence="CC BY 4.0",
        source="https://archive.ics.uci.edu/dataset/17/breast+cancer+wisconsin+diagnostic",
        cost="0.01 to 0.3 seconds with breast_cancer or wine, 2.5 to 4.5 seconds with digits",
    )

    data: str = "breast_cancer"
    """One of `datasets.NAMES`."""
    folds: int = 5
    """Folds of the cross-validation, in [2, 20]."""
    max_iter: int = 500
    """Most passes over the training rows of a fit."""

    def __post_init__(self) -> None:
        if self.data not in datasets.NAMES:
            raise InvalidOption(f"no data set called {self.data!r}{suggest(str(self.data), datasets.NAMES)}")
        if type(self.folds) is not int or not 2 <= self.folds <= 20:
            raise InvalidOption(f"folds is a whole number in [2, 20], not {self.folds!r}")
        if type(self.max_iter) is not int or self.max_iter < 1:
            raise InvalidOption(f"max_iter is a whole number of at least 1, not {self.max_iter!r}")

    @property
    def problem(self) -> Problem:
        """Four parameters of two kinds; minimise `log_loss`."""
        return Problem(_SPACE, (Objective("log_loss"),))

    def prepare(self) -> None:
        """Load scikit-learn and the data."""
        datasets.load(self.data)
        _new_model(_SPACE.default(), seed=0, max_iter=1)

    def evaluate(self, trial: Trial) -> Measurement:
        """`log_loss` and `accuracy`, over the validation rows of all folds and over the held-out rows."""
        data = datasets.load(self.data)
        rows = datasets.split(data, trial.data_seed)
        features, labels = data.X[rows.train], data.y[rows.train]
        fold = datasets.folds(labels, trial.data_seed, self.folds)
        model = _new_model(trial.configuration, seed=derive_seed(trial.seed, "saga") % 2**32, max_iter=self.max_iter)
        validation = np.empty((len(labels), len(data.class_names)))
        for k in range(self.folds):
            train = fold != k
            validation[~train] = _fit_predict(model, features[train], labels[train], features[~train])
        held_out = _fit_predict(model, features, labels, data.X[rows.held_out])
        return Measurement(_scores(labels, validation), held_out=_scores(data.y[rows.held_out], held_out))


def _new_model(configuration: Configuration, *, seed: int, max_iter: int) -> _Model:
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


def _fit_predict(
    model: _Model, features: NDArray[np.float64], labels: NDArray[np.int64], new_features: NDArray[np.float64]
) -> NDArray[np.float64]:
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(features, labels)
    return model.predict_proba(new_features)


def _scores(labels: NDArray[np.int64], probabilities: NDArray[np.float64]) -> dict[str, float]:
    """Log loss with probabilities kept a rounding error away from zero, so that it is finite; accuracy."""
    chosen = probabilities[np.arange(len(labels)), labels]
    log_loss = -np.log(np.maximum(chosen, np.finfo(np.float64).eps)).mean()
    accuracy = (probabilities.argmax(axis=1) == labels).mean()
    return {"log_loss": float(log_loss), "accuracy": float(accuracy)}
