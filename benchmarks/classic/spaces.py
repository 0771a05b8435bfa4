"""The search spaces: those of Bayesmark for its nine models, and one for gradient boosting."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from tuner.parameter import Categorical, Float, Integer, Parameter
from tuner.space import SearchSpace

from .sources import Kind

LOGIT: Final = "logit_"
"""How the name of a parameter starts that is the log-odds ln(s / (1 - s)) of the share s that the model gets."""


def share_of(log_odds: float) -> float:
    """The share with these log-odds."""
    return 1 / (1 + math.exp(-log_odds))


def _logit(low: float, high: float, default: float | None = None) -> Float:
    return Float(_log_odds(low), _log_odds(high), default=None if default is None else _log_odds(default))


def _log_odds(share: float) -> float:
    return math.log(share / (1 - share))


def _log(low: float, high: float, default: float | None = None) -> Float:
    return Float(low, high, log=True, default=default)


_TREE: Final[Mapping[str, Parameter]] = {
    "max_depth": Integer(1, 15),
    "logit_min_samples_split": _logit(0.01, 0.99),
    "logit_min_samples_leaf": _logit(0.01, 0.49),
    "logit_min_weight_fraction_leaf": _logit(0.01, 0.49),
    "logit_max_features": _logit(0.01, 0.99),
    "min_impurity_decrease": Float(0.0, 0.5, default=0.0),
}
_NET: Final[Mapping[str, Parameter]] = {
    "hidden_layer_sizes": Integer(50, 200, default=100),
    "alpha": _log(1e-5, 1e1, 1e-4),
    "batch_size": Integer(10, 250, default=200),
    "learning_rate_init": _log(1e-5, 1e-1, 1e-3),
    "tol": _log(1e-5, 1e-1, 1e-4),
    "logit_validation_fraction": _logit(0.1, 0.9),
}
_BOTH: Final[Mapping[str, Mapping[str, Parameter]]] = {
    "kNN": {"n_neighbors": Integer(1, 25, default=5), "p": Integer(1, 4, default=2)},
    "SVM": {"C": _log(1.0, 1e3, 1.0), "gamma": _log(1e-4, 1e-3), "tol": _log(1e-5, 1e-1, 1e-3)},
    "DT": _TREE,
    "RF": _TREE,
    "MLP-adam": {
        **_NET,
        "logit_beta_1": _logit(0.5, 0.99, 0.9),
        "logit_beta_2": _logit(0.9, 1 - 1e-6, 0.999),
        "epsilon": _log(1e-9, 1e-6, 1e-8),
    },
    "MLP-sgd": {**_NET, "logit_power_t": _logit(0.1, 0.9, 0.5), "logit_momentum": _logit(0.001, 0.999, 0.9)},
    "ada": {"n_estimators": Integer(10, 100, default=50), "learning_rate": _log(1e-4, 1e1, 1.0)},
    "boosting": {
        "n_estimators": Integer(10, 100, default=100),
        "learning_rate": _log(1e-3, 0.5, 0.1),
        "max_depth": Integer(1, 8, default=3),
        "logit_subsample": _logit(0.3, 0.99, 0.99),
        "logit_max_features": _logit(0.01, 0.99, 0.99),
        "logit_min_samples_leaf": _logit(0.01, 0.2, 0.01),
    },
}
_CLASSIFIER: Final[Mapping[str, Parameter]] = {"C": _log(1e-2, 1e2, 1.0), "intercept_scaling": _log(1e-2, 1e2, 1.0)}
_REGRESSOR: Final[Mapping[str, Parameter]] = {
    "alpha": _log(1e-2, 1e2, 1.0),
    "fit_intercept": Categorical((False, True), default=True),
    "normalize": Categorical((False, True)),
    "max_iter": Integer(10, 5000, log=True, default=1000),
    "tol": _log(1e-4, 1e-1, 1e-4),
}
_LASSO: Final[Mapping[str, Parameter]] = {
    **_REGRESSOR,
    "tol": _log(1e-5, 1e-1, 1e-4),
    "positive": Categorical((False, True)),
}

MODELS: Final = (*_BOTH, "lasso", "linear")
"""The models, by Bayesmark's names; `boosting` is not among Bayesmark's."""


def space_of(model: str, kind: Kind) -> SearchSpace:
    """The parameters of a model; a default is scikit-learn's where it lies in the range, else the range's middle.

    Those of `boosting`, whose space is our own, are the nearest to scikit-learn's.
    """
    if model in _BOTH:
        return SearchSpace(_BOTH[model])
    if kind == "classes":
        return SearchSpace(_CLASSIFIER)
    return SearchSpace(_LASSO if model == "lasso" else _REGRESSOR)
