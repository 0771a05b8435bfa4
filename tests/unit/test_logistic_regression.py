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

from bench.opponents.logistic_regression import train_plainly
from benchmarks import datasets
from benchmarks.logistic_regression import LogisticRegressionTask
from benchmarks.logistic_regression.scoring import score
from tuner.configuration import Configuration, Value
from tuner.errors import InvalidOption
from tuner.trial import Measurement, Proposal, Trial

CANCER = LogisticRegressionTask()
WINE = LogisticRegressionTask(data="wine")


def trial_of(**values: Value) -> Trial:
    standard = {**WINE.problem.space.default(), "scaler": "standard"}
    return Trial(0, Proposal(Configuration({**standard, **values})), seed=1, data_seed=2)


def measure(task: LogisticRegressionTask = WINE, **values: Value) -> Measurement:
    return task.evaluate(trial_of(**values))


def random_trials(count: int, *, data_seeds: int = 1) -> list[Trial]:
    generator = np.random.default_rng(11)
    space = CANCER.problem.space
    return [Trial(i, Proposal(space.sample(generator)), i, i % data_seeds) for i in range(count)]


def flat(measurement: Measurement) -> dict[str, float]:
    return {**measurement.values, **{f"held_out {name}": value for name, value in measurement.held_out.items()}}


@pytest.mark.parametrize("scaler", ["none", "standard", "min-max", "robust"])
@pytest.mark.parametrize("class_weight", ["none", "balanced"])
@pytest.mark.parametrize("strength", [1e-4, 0.3, 1e3])
def test_ridge_scores_are_those_of_scikit_learn(scaler: str, class_weight: str, strength: float) -> None:
    trial = trial_of(C=strength, scaler=scaler, class_weight=class_weight)

    assert flat(CANCER.evaluate(trial)) == pytest.approx(train_plainly(CANCER, trial), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(
    "values",
    [
        {"C": 0.1, "l1_ratio": 0.3, "scaler": "standard"},
        {"C": 0.03, "l1_ratio": 1.0, "scaler": "standard", "class_weight": "balanced"},
        {"C": 2.0, "l1_ratio": 0.7, "scaler": "min-max"},
        {"C": 1.0, "l1_ratio": 1.0, "scaler": "min-max", "class_weight": "balanced"},
        {"C": 0.05, "l1_ratio": 0.9, "scaler": "robust"},
    ],
)
def test_elastic_net_scores_are_those_of_scikit_learn(values: dict[str, Value]) -> None:
    task, trial = LogisticRegressionTask(folds=2), trial_of(**values)

    assert flat(task.evaluate(trial)) == pytest.approx(train_plainly(task, trial), rel=1e-6, abs=1e-6)


def test_a_slightly_different_strength_is_told_apart_from_scikit_learn() -> None:
    trial = trial_of(C=0.3)
    other = train_plainly(CANCER, trial_of(C=0.3 * 1.001))

    assert flat(CANCER.evaluate(trial)) != pytest.approx(other, rel=1e-6, abs=1e-6)


def test_a_trial_has_the_same_bits_in_every_batch() -> None:
    trials = random_trials(60, data_seeds=2)
    together = list(CANCER.evaluate_batch(trials))
    generator = np.random.default_rng(3)

    for size in (1, 1, 2, 3, 7, 8, 9, 17, 31):
        chosen = generator.permutation(len(trials))[:size].tolist()
        assert list(CANCER.evaluate_batch([trials[k] for k in chosen])) == [together[k] for k in chosen]


def test_the_seed_of_a_trial_changes_nothing_where_fits_are_exact() -> None:
    trial = trial_of(l1_ratio=0.5)

    assert CANCER.evaluate(trial) == CANCER.evaluate(replace(trial, seed=99))


def test_a_lasso_uses_fewer_features_the_stronger_it_is() -> None:
    used = [
        CANCER.evaluate(trial_of(C=strength, l1_ratio=1.0)).extras["features"] for strength in (1e-4, 0.02, 0.1, 1.0)
    ]

    assert used == sorted(used)
    assert used[0] == 0
    assert 0 < used[1] < used[3] < 30


def test_held_out_scores_of_three_classes_are_those_of_a_refit_on_all_training_rows() -> None:
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

    found = measure(CANCER, C=1e-4, l1_ratio=1.0, scaler="min-max")

    assert found.values["log_loss"] == pytest.approx(entropy, rel=0.001)
    assert found.values["accuracy"] == pytest.approx(share, abs=0.01)


@pytest.mark.parametrize("task", [CANCER, WINE], ids=["two-classes", "three-classes"])
def test_scaled_features_are_learned_well(task: LogisticRegressionTask) -> None:
    found = measure(task)

    assert found.values["accuracy"] > 0.95
    assert found.values["log_loss"] < 0.12


@pytest.mark.parametrize("task", [CANCER, WINE], ids=["two-classes", "three-classes"])
@pytest.mark.parametrize(
    "change", [{"C": 0.01}, {"l1_ratio": 1.0}, {"class_weight": "balanced"}, {"scaler": "none"}, {"scaler": "min-max"}]
)
def test_every_parameter_matters(task: LogisticRegressionTask, change: dict[str, Value]) -> None:
    default, changed = measure(task), measure(task, **change)

    assert changed.values["log_loss"] != pytest.approx(default.values["log_loss"], rel=1e-3)


@pytest.mark.parametrize("task", [CANCER, WINE], ids=["two-classes", "three-classes"])
def test_another_data_seed_measures_on_other_rows(task: LogisticRegressionTask) -> None:
    trial = trial_of()

    assert task.evaluate(trial).values != task.evaluate(replace(trial, data_seed=3)).values


def test_log_loss_is_finite_where_a_wrong_class_is_certain() -> None:
    labels, probabilities = np.array([0, 1]), np.array([[0.5, 0.5], [1.0, 0.0]])

    found = score(labels, probabilities)

    assert found == {"log_loss": pytest.approx(log_loss(labels, probabilities)), "accuracy": 0.5}
    assert math.isfinite(found["log_loss"])


def test_unfinished_fits_count_without_a_warning() -> None:
    with warnings.catch_warnings(record=True) as caught:
        found = measure(replace(WINE, max_iter=1), C=1e3)

    assert not caught
    assert found.values["log_loss"] > measure(C=1e3).values["log_loss"]


@pytest.mark.parametrize("name", ["breast_cancer", "wine"])
def test_the_data_is_not_changed(name: str) -> None:
    before = datasets.load(name).X.copy()
    measure(LogisticRegressionTask(data=name), scaler="min-max")

    assert np.array_equal(datasets.load(name).X, before)


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
