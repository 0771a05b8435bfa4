"""Scores of predictions: accuracy and log loss of classes, absolute and squared error of numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

from tuner.problem import Objective

from .models import Estimator, Recipe
from .sources import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

METRICS: Final[Mapping[Kind, Mapping[str, Objective]]] = {
    "classes": {"nll": Objective("log_loss"), "acc": Objective("accuracy", "maximize")},
    "numbers": {"mse": Objective("squared_error"), "mae": Objective("absolute_error")},
}
"""What can be asked for, by Bayesmark's names; the first is the usual one."""


def score(
    recipe: Recipe, model: Estimator, features: NDArray[np.float64], target: NDArray[np.float64]
) -> dict[str, float]:
    """A fitted model's scores on some rows: of classes `accuracy` and, where probabilities are needed, `log_loss`."""
    if recipe.kind == "numbers":
        residuals = model.predict(features) - target
        return {"squared_error": float((residuals**2).mean()), "absolute_error": float(np.abs(residuals).mean())}
    scores = {"accuracy": float((model.predict(features) == target).mean())}
    if recipe.needs_probabilities:
        scores["log_loss"] = log_loss(model.predict_proba(features), target)
    return scores


def log_loss(probabilities: NDArray[np.float64], target: NDArray[np.float64]) -> float:
    """The mean negative log of the true class's probability, in nats, which is kept 1e-15 away from 0 and 1."""
    kept = np.clip(probabilities, 1e-15, 1 - 1e-15)
    kept /= kept.sum(axis=1, keepdims=True)
    return float(-np.log(kept[np.arange(len(target)), target.astype(np.int64)]).mean())


def mean_of(scores: list[dict[str, float]]) -> dict[str, float]:
    """The mean of each score over folds, each fold counting alike."""
    return {name: float(np.mean([fold[name] for fold in scores])) for name in scores[0]}
