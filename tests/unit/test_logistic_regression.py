"""The scores of logistic regression are scikit-learn's, on the right rows, for the configuration that was asked for."""

from __future__ import annotations

import math
import warnings
from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import RobustScaler

from benchmarks import datasets
from benchmarks.logistic_regression import LogisticRegressionTask, _scores
from tuner.configuration import Configuration, Value
from tuner.errors import InvalidOption
from tuner.trial import Measurement, Proposal, Trial

WINE = LogisticRegressionTask(data="wine")


def trial_of(**values: Value) -> Trial:
    return Trial(0, Proposal(Configuration({**WINE.problem.space.default(), **values})), seed=1, data_seed=2)


def measure(task: LogisticRegressionTask = WINE, **values: Value) -> Measurement:
    return task.evaluate(trial_of(**values))


def test_held_out_scores_are_those_of_a_refit_on_all_training_rows() -> None:
    data, rows = datasets.load("wine"), datasets.split(datasets.load("wine"), 2)
    regression = LogisticRegression(
        C=0.3, l1_ratio=0.4, class_weight="balanced", solver="saga", tol=1e-8, max_iter=100_000, random_state=0
    )
    model = make_pipeline(RobustScaler(), regression).fit(data.X[rows.train], data.y[rows.train])
    probabilities, y = model.predict_proba(data.X[rows.held_out]), data.y[rows.held_out]

    found = measure(C=0.3, l1_ratio=0.4, class_weight="balanced", scaler="robust").held_out

    assert found["log_loss"] == pytest.approx(log_loss(y, probabilities), rel=0.01)
    assert found["accuracy"] == accuracy_score(y, probabilities.argmax(axis=1))


def test_without_features_to_learn_from_the_log_loss_is_the_entropy_of_the_classes() -> None:
    y = datasets.load("breast_cancer").y
    share = y.mean()
    entropy = -share * math.log(share) - (1 - share) * math.log(1 - share)

    found = measure(LogisticRegressionTask(), C=1e-4, l1_ratio=1.0, scaler="min-max")

    assert found.values["log_loss"] == pytest.approx(entropy, rel=0.02)
    assert found.values["accuracy"] == pytest.approx(share, abs=0.01)


def test_scaled_features_are_learned_well() -> None:
    found = measure(C=1.0, scaler="standard")

    assert found.values["accuracy"] > 0.95
    assert found.values["log_loss"] < 0.12


@pytest.mark.parametrize(
    "change", [{"C": 0.01}, {"l1_ratio": 1.0}, {"class_weight": "balanced"}, {"scaler": "none"}, {"scaler": "min-max"}]
)
def test_every_parameter_matters(change: dict[str, Value]) -> None:
    default, changed = measure(), measure(WINE, **change)

    assert changed.values["log_loss"] != pytest.approx(default.values["log_loss"], rel=1e-3)


def test_another_data_seed_measures_on_other_rows() -> None:
    trial = trial_of()

    assert WINE.evaluate(trial).values != WINE.evaluate(replace(trial, data_seed=3)).values


def test_log_loss_is_finite_where_a_wrong_class_is_certain() -> None:
    labels, probabilities = np.array([0, 1]), np.array([[0.5, 0.5], [1.0, 0.0]])

    found = _scores(labels, probabilities)

    assert found == {"log_loss": pytest.approx(log_loss(labels, probabilities)), "accuracy": 0.5}
    assert math.isfinite(found["log_loss"])


def test_unfinished_fits_count_without_a_warning() -> None:
    with warnings.catch_warnings(record=True) as caught:
        found = measure(replace(WINE, max_iter=1), C=1e3)

    assert not caught
    assert found.values["log_loss"] > measure(C=1e3).values["log_loss"]


def test_the_data_is_not_changed() -> None:
    before = datasets.load("wine").X.copy()
    measure(scaler="min-max")

    assert np.array_equal(datasets.load("wine").X, before)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"data": "iris"}, "no data set called 'iris'"),
        ({"folds": 1}, r"folds is a whole number in \[2, 20\], not 1"),
        ({"folds": 2.5}, r"folds is a whole number in \[2, 20\], not 2.5"),
        ({"max_iter": 0}, "max_iter is a whole number of at least 1, not 0"),
    ],
)
def test_impossible_options_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidOption, match=message):
        LogisticRegressionTask(**options)  # type: ignore[arg-type]  # wrong on purpose
