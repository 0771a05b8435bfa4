"""Ridge regression on scikit-learn's diabetes table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from sklearn.datasets import load_diabetes

from tuner import Categorical, Float, Measurement, Objective, Problem, SearchSpace, Task, TaskCard, Trial


@dataclass(frozen=True)
class RidgeRegression(Task):
    """Half of the rows to fit, a quarter to validate, a quarter held out."""

    noise: float = 0.0
    """Standard deviation of what is added to the measured error."""

    card: ClassVar[TaskCard] = TaskCard(
        summary="ridge regression on diabetes; minimise the squared error on validation rows",
        data="442 rows with 10 features; half to fit, a quarter to validate, a quarter held out",
        cost="1 millisecond",
    )

    @property
    def problem(self) -> Problem:
        space = SearchSpace({"penalty": Float(1e-6, 1e3, log=True), "squares": Categorical((False, True))})
        return Problem(space, (Objective("squared_error"),))

    def evaluate(self, trial: Trial) -> Measurement:
        x, y = load_diabetes(return_X_y=True)
        if trial.configuration["squares"]:
            x = np.hstack([x, x**2])
        order = np.random.default_rng(trial.data_seed).permutation(len(y))
        fit, validation, test = np.split(order, [len(y) // 2, 3 * len(y) // 4])
        penalty = trial.configuration.number("penalty")
        mean = y[fit].mean()
        inverse = x[fit].T @ x[fit] + penalty * np.eye(x.shape[1])
        weights = np.linalg.solve(inverse, x[fit].T @ (y[fit] - mean))
        errors = (x @ weights + mean - y) ** 2
        luck = np.random.default_rng(trial.seed).normal(0, self.noise) if self.noise else 0.0
        held_out = {"squared_error": float(errors[test].mean())}
        return Measurement({"squared_error": float(errors[validation].mean() + luck)}, held_out)
