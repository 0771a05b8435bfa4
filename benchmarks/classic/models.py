"""The models: a scikit-learn estimator for a configuration, with Bayesmark's fixed settings."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from tuner.configuration import Configuration, Value

from .sources import Kind
from .spaces import LOGIT, share_of

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Estimator(Protocol):
    """What scikit-learn's estimators do; only classifiers give probabilities."""

    def fit(self, features: NDArray[np.float64], target: NDArray[np.float64], /) -> object:
        """Learn from rows."""

    def predict(self, features: NDArray[np.float64], /) -> NDArray[np.float64]:
        """A number or class for each row."""

    def predict_proba(self, features: NDArray[np.float64], /) -> NDArray[np.float64]:
        """The probability of each class [n, classes]."""


_FIXED: Final[Mapping[str, Mapping[str, Value]]] = {
    "RF": {"n_estimators": 10},
    "MLP-adam": {"solver": "adam", "early_stopping": True},
    "MLP-sgd": {"solver": "sgd", "early_stopping": True, "learning_rate": "invscaling", "nesterovs_momentum": True},
}
"""Settings that are not tuned."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to make a model: which one, for what, and with what settings."""

    model: str
    kind: Kind
    configuration: Configuration
    needs_probabilities: bool = False
    """Whether a classifier is asked for probabilities; only a support vector machine takes more time for them."""

    def fit(self, features: NDArray[np.float64], target: NDArray[np.float64], seed: int) -> Estimator:
        """A model fitted to rows; `seed` in [0, 2**32) is its luck."""
        from sklearn.exceptions import ConvergenceWarning

        make = _classifier if self.kind == "classes" else _regressor
        estimator = make(self, seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            warnings.simplefilter("ignore", UserWarning)  # a batch larger than the data set
            warnings.simplefilter("ignore", RuntimeWarning)  # overflow in a net that diverges, and then fails
            estimator.fit(features, target)
        return estimator

    @property
    def arguments(self) -> dict[str, Value]:
        """The estimator's arguments: shares from their log-odds, and what is fixed."""
        tuned = {
            name.removeprefix(LOGIT): share_of(self.configuration.number(name)) if name.startswith(LOGIT) else value
            for name, value in self.configuration.items()
        }
        return {**tuned, **_FIXED.get(self.model, {})}


def _classifier(recipe: Recipe, seed: int) -> Estimator:
    from sklearn import ensemble, multiclass, neighbors, neural_network, svm, tree

    def liblinear(l1_ratio: float) -> Callable[..., Estimator]:
        """One binary regression for each class."""
        from sklearn.linear_model import LogisticRegression

        return lambda **kw: multiclass.OneVsRestClassifier(
            LogisticRegression(solver="liblinear", l1_ratio=l1_ratio, **kw)
        )

    kinds: Mapping[str, Callable[..., Estimator]] = {
        "kNN": lambda random_state, **kw: neighbors.KNeighborsClassifier(**kw),  # noqa: ARG005  it has no luck
        "SVM": lambda **kw: _with_probabilities(svm.SVC(**kw), seed) if recipe.needs_probabilities else svm.SVC(**kw),
        "DT": tree.DecisionTreeClassifier,
        "RF": ensemble.RandomForestClassifier,
        "MLP-adam": neural_network.MLPClassifier,
        "MLP-sgd": neural_network.MLPClassifier,
        "ada": ensemble.AdaBoostClassifier,
        "boosting": ensemble.GradientBoostingClassifier,
        "lasso": liblinear(1.0),
        "linear": liblinear(0.0),
    }
    return kinds[recipe.model](random_state=seed, **recipe.arguments)


def _regressor(recipe: Recipe, seed: int) -> Estimator:
    from sklearn import ensemble, linear_model, neighbors, neural_network, svm, tree

    kinds: Mapping[str, Callable[..., Estimator]] = {
        "kNN": lambda random_state, **kw: neighbors.KNeighborsRegressor(**kw),  # noqa: ARG005  it has no luck
        "SVM": lambda random_state, **kw: svm.SVR(**kw),  # noqa: ARG005  the same
        "DT": tree.DecisionTreeRegressor,
        "RF": ensemble.RandomForestRegressor,
        "MLP-adam": neural_network.MLPRegressor,
        "MLP-sgd": lambda **kw: neural_network.MLPRegressor(activation="tanh", **kw),
        "ada": ensemble.AdaBoostRegressor,
        "boosting": ensemble.GradientBoostingRegressor,
        "lasso": lambda normalize, **kw: _scaled(linear_model.Lasso(**kw), normalize and kw["fit_intercept"]),
        "linear": lambda normalize, **kw: _scaled(linear_model.Ridge(**kw), normalize and kw["fit_intercept"]),
    }
    return kinds[recipe.model](random_state=seed, **recipe.arguments)


def _with_probabilities(machine: Estimator, seed: int) -> Estimator:
    """A classifier whose scores a sigmoid turns into probabilities: Platt's method, as libsvm does it."""
    from sklearn import calibration, model_selection

    inner = model_selection.StratifiedKFold(5, shuffle=True, random_state=seed)
    calibrated: Estimator = calibration.CalibratedClassifierCV(machine, method="sigmoid", cv=inner, ensemble=False)
    return calibrated


def _scaled(regressor: Estimator, to_unit: Value) -> Estimator:
    return _UnitColumns(regressor) if to_unit else regressor


class _UnitColumns:
    """A regressor whose features have mean zero and length one: what `normalize=True` once did in scikit-learn."""

    def __init__(self, regressor: Estimator) -> None:
        self._regressor = regressor
        self._mean = self._length = np.ones(1)

    def fit(self, features: NDArray[np.float64], target: NDArray[np.float64], /) -> object:
        self._mean = features.mean(axis=0)
        self._length = np.sqrt(((features - self._mean) ** 2).sum(axis=0))
        self._length[self._length == 0] = 1.0
        return self._regressor.fit((features - self._mean) / self._length, target)

    def predict(self, features: NDArray[np.float64], /) -> NDArray[np.float64]:
        return self._regressor.predict((features - self._mean) / self._length)

    def predict_proba(self, features: NDArray[np.float64], /) -> NDArray[np.float64]:
        return self._regressor.predict_proba((features - self._mean) / self._length)
