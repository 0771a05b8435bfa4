"""Scalers, optima, condition numbers and rates of gradient descent, and what the task measures and explains."""

from __future__ import annotations

import math
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from sklearn import linear_model, preprocessing

from benchmarks.feature_scaling import FeatureScaling
from benchmarks.feature_scaling.descent import Rule, descend
from benchmarks.feature_scaling.design import Setting, design, optimum, parts
from benchmarks.feature_scaling.losses import LOSSES, minimise
from benchmarks.feature_scaling.race import race
from benchmarks.feature_scaling.scaling import SCALERS, fit
from benchmarks.feature_scaling.tables import NAMES, load
from benchmarks.feature_scaling.theory import condition_number, momentum_rate, plain_rate, steps_to_shrink
from tuner.configuration import Configuration, Value
from tuner.errors import InvalidOption
from tuner.trial import Measurement, Proposal, Trial

torch = pytest.importorskip("torch")

GOOD: dict[str, Value] = {
    "scaler": "standard",
    "centre": "yes",
    "learning_rate": 2.0,
    "momentum": 0.7,
    "method": "heavy-ball",
}


def setting(model: str = "logistic", data: str = "breast_cancer", penalty: float = 1e-3) -> Setting:
    return Setting(model, data, penalty, 1e6, 0)


def trial(fidelity: float | None = None, *, seed: int = 1, data_seed: int = 0, **changes: Any) -> Trial:
    """The good configuration with some values changed."""
    return Trial(0, Proposal(Configuration({**GOOD, **changes}), fidelity), seed, data_seed)


def measure(fidelity: float | None = 60, **changes: Any) -> Measurement:
    return FeatureScaling().evaluate(trial(fidelity, **changes))


@pytest.mark.parametrize(
    ("name", "centre", "judge"),
    [
        ("standard", True, preprocessing.StandardScaler()),
        ("standard", False, preprocessing.StandardScaler(with_mean=False)),
        ("min-max", False, preprocessing.MinMaxScaler()),
        ("robust", True, preprocessing.RobustScaler()),
        ("robust", False, preprocessing.RobustScaler(with_centering=False)),
        ("max-abs", False, preprocessing.MaxAbsScaler()),
        ("none", False, preprocessing.FunctionTransformer()),
    ],
)
def test_a_scaler_agrees_with_that_of_scikit_learn(name: str, centre: bool, judge: Any) -> None:  # noqa: FBT001  a case
    train, other = parts(setting()).train.X, parts(setting()).validation.X
    scaling = fit(name, train, centre=centre)
    np.testing.assert_allclose(scaling.apply(other)[:, :-1], judge.fit(train).transform(other), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("scaler", SCALERS)
def test_a_feature_that_does_not_vary_is_left_finite(scaler: str) -> None:
    assert np.isfinite(fit(scaler, np.zeros((5, 1)), centre=False).apply(np.zeros((5, 1)))).all()


def test_scalers_see_the_training_rows_alone() -> None:
    scaled = design(setting(), "standard", centre=True)
    np.testing.assert_allclose(scaled.train.X[:, :-1].mean(axis=0), 0, atol=1e-10)
    np.testing.assert_allclose(scaled.train.X[:, :-1].std(axis=0), 1, rtol=1e-10)
    assert np.abs(scaled.validation.X[:, :-1].mean(axis=0)).max() > 0.01


@pytest.mark.parametrize("data", NAMES)
def test_the_parts_are_disjoint_and_all(data: str) -> None:
    three = parts(setting(data=data))
    rows = np.concatenate([three.train.X, three.validation.X, three.held_out.X])
    whole = load(data, 1e6).classes.X
    assert sorted(map(tuple, rows.tolist())) == sorted(map(tuple, whole.tolist()))
    assert len(three.held_out.y) == pytest.approx(len(whole) / 4, abs=2)


def test_the_variances_of_synthetic_features_have_the_condition_number() -> None:
    variances = load("synthetic", 1e6).classes.X.var(axis=0)
    assert variances[0] / variances[-1] == pytest.approx(1e6, rel=0.3)
    assert (np.diff(variances) < 0).all()


def test_the_linear_optimum_is_that_of_ridge_regression() -> None:
    standard = design(setting("linear", "diabetes"), "standard", centre=True)
    rows, y = standard.train
    ridge = linear_model.Ridge(alpha=len(y) * 1e-3 / 2).fit(rows[:, :-1], y)
    best = optimum(setting("linear", "diabetes"))
    np.testing.assert_allclose(best.weights, [*ridge.coef_, ridge.intercept_], atol=1e-9)


def test_the_logistic_optimum_is_that_of_scikit_learn() -> None:
    rows, y = design(setting(), "standard", centre=True).train
    judge = linear_model.LogisticRegression(C=1 / (len(y) * 1e-3), tol=1e-10, max_iter=1000).fit(rows[:, :-1], y)
    np.testing.assert_allclose(optimum(setting()).weights, [*judge.coef_[0], *judge.intercept_], atol=1e-4)


@pytest.mark.parametrize("scaler", SCALERS)
def test_every_scaler_has_the_same_optimum(scaler: str) -> None:
    for centre in (False, True):
        mine = design(setting("logistic", "wine"), scaler, centre=centre)
        best = minimise(LOSSES["logistic"], *mine.train, mine.penalty)
        assert best.loss == pytest.approx(optimum(setting("logistic", "wine")).loss, rel=1e-9)


@pytest.mark.parametrize("model", ["linear", "logistic"])
def test_slopes_and_curvatures_are_the_derivatives(model: str) -> None:
    loss, z, y = LOSSES[model], np.linspace(-3, 3, 7), np.array([0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0])
    np.testing.assert_allclose((loss.value(z + 1e-6, y) - loss.value(z - 1e-6, y)) / 2e-6, loss.slope(z, y), atol=1e-7)
    np.testing.assert_allclose(
        (loss.slope(z + 1e-6, y) - loss.slope(z - 1e-6, y)) / 2e-6, loss.curvature(z, y), atol=1e-7
    )
    assert loss.curvature(z, y).max() <= loss.steepest


@pytest.mark.parametrize(
    ("condition", "rate", "steps"), [(2, 1 / 3, 13), (10, 9 / 11, 69), (100, 99 / 101, 691), (1000, 999 / 1001, 6908)]
)
def test_rates_and_steps_are_those_of_the_closed_form(condition: float, rate: float, steps: int) -> None:
    # Polyak 1964: the distance shrinks by (k - 1) / (k + 1) a step; here until a millionth of it is left.
    assert plain_rate(condition) == pytest.approx(rate, rel=1e-15)
    assert steps_to_shrink(plain_rate(condition), 1e-6) == steps


def test_momentum_needs_about_the_root_of_the_steps() -> None:
    assert momentum_rate(10_000) == pytest.approx(99 / 101)
    assert steps_to_shrink(momentum_rate(10_000), 1e-6) == steps_to_shrink(plain_rate(100), 1e-6)


def test_a_round_bowl_takes_one_step() -> None:
    assert steps_to_shrink(plain_rate(1), 1e-6) == 1


def test_the_condition_number_is_that_of_the_changed_hessian() -> None:
    rng = np.random.default_rng(0)
    root, change = rng.normal(size=(2, 5, 5))
    hessian = root @ root.T
    assert condition_number(hessian, change) == pytest.approx(np.linalg.cond(change.T @ hessian @ change), rel=1e-6)


def test_the_condition_number_keeps_its_digits_beyond_those_of_a_double() -> None:
    assert condition_number(np.eye(2), np.diag([1e12, 1.0])) == pytest.approx(1e24, rel=1e-9)


def descend_quadratic(momentum_is_best: bool) -> tuple[float, float]:  # noqa: FBT001  a case
    """Root of the share of the excess that a step leaves at the end of 60, and the condition number."""
    subject = setting("linear", "wine")
    bowl, best = design(subject, "standard", centre=True), optimum(subject)
    least, *_, greatest = np.linalg.eigvalsh(best.hessian)
    root = (math.sqrt(greatest) + math.sqrt(least)) ** 2
    step, momentum = (
        (4 / root, momentum_rate(greatest / least) ** 2) if momentum_is_best else (2 / (least + greatest), 0)
    )
    rule = Rule(step * bowl.steepness, momentum, nesterov=False, steps=60)
    (result,) = descend("linear", [bowl], [rule], torch.device("cpu"), torch.float64)
    excess = result.losses - best.loss
    return float((excess[60] / excess[40]) ** (1 / 40)), float(greatest / least)


def test_plain_descent_shrinks_by_the_rate_of_theory() -> None:
    rate, condition = descend_quadratic(momentum_is_best=False)
    assert rate == pytest.approx(plain_rate(condition), rel=0.01)


def test_the_best_momentum_shrinks_by_about_the_rate_of_theory() -> None:
    rate, condition = descend_quadratic(momentum_is_best=True)
    assert momentum_rate(condition) - 0.05 < rate < momentum_rate(condition) + 0.1
    assert rate < plain_rate(condition) - 0.05


@pytest.mark.parametrize(("model", "data"), [("linear", "wine"), ("linear", "diabetes"), ("logistic", "breast_cancer")])
def test_without_scaling_the_best_step_size_needs_ten_times_the_steps(model: str, data: str) -> None:
    scaled = {runner.scaler: runner for runner in race(FeatureScaling(model=model, data=data), trial(), STILL)}[
        "standard"
    ]
    assert scaled.steps_to_tolerance is not None
    patient = FeatureScaling(model=model, data=data, steps=10 * scaled.steps_to_tolerance)
    raw = {runner.scaler: runner for runner in race(patient, trial(), STILL)}["none"]
    assert raw.steps_to_tolerance is None


STILL = dict.fromkeys(SCALERS, 0.0)


def test_a_good_configuration_comes_close_to_the_optimum() -> None:
    measurement = measure(300)
    assert measurement.extras["excess"] < 0.01
    assert measurement.values["loss"] < 0.12
    assert measurement.held_out["error"] < 0.05


def test_steps_to_tolerance_counts_until_a_hundredth_of_the_excess_is_left() -> None:
    steps = measure(300).extras["steps_to_tolerance"]
    assert measure(steps).extras["excess"] <= 0.01 < measure(steps - 1).extras["excess"]


def test_steps_to_tolerance_is_capped_at_the_steps_taken() -> None:
    assert measure(20, learning_rate=0.01).extras["steps_to_tolerance"] == 20


def test_a_step_that_is_too_long_diverges() -> None:
    with pytest.raises(FloatingPointError, match=r"training diverged: the loss is \S+ after \d+ steps"):
        FeatureScaling(model="linear").evaluate(trial(learning_rate=10.0))


@pytest.mark.parametrize("model", ["linear", "logistic"])
@pytest.mark.parametrize("scaler", SCALERS)
def test_a_learning_rate_below_two_never_goes_up_without_momentum(model: str, scaler: str) -> None:
    task = FeatureScaling(model=model, steps=50, precision="float64")
    (result,) = task.descend([trial(scaler=scaler, learning_rate=1.99, momentum=0.0)])
    assert (np.diff(result.losses) <= 1e-12).all()


@pytest.mark.parametrize(
    ("name", "other"),
    [("scaler", "robust"), ("centre", "no"), ("learning_rate", 1.0), ("momentum", 0.1), ("method", "nesterov")],
)
def test_each_parameter_changes_what_is_learned(name: str, other: Value) -> None:
    changes: dict[str, Any] = {name: other}
    assert measure(**changes).values["loss"] != measure().values["loss"]


def test_the_data_seed_decides_and_the_trial_seed_does_not() -> None:
    assert measure(seed=2) == measure()
    assert measure(data_seed=1).values["loss"] != measure().values["loss"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model": "svm"}, "model is one of logistic, linear, not 'svm'"),
        ({"data": "iris"}, "data is one of breast_cancer, wine, diabetes, synthetic, not 'iris'"),
        ({"steps": 0}, "steps is a whole number in [1, 100000], not 0"),
        ({"penalty": 0}, "penalty is a number in [1e-08, 1], not 0"),
        ({"tolerance": True}, "tolerance is a number in [1e-06, 0.5], not True"),
        ({"condition_number": 0.5}, "condition_number is a number in [1, 1e+12], not 0.5"),
        ({"precision": "float16"}, "precision is one of float32, float64, not 'float16'"),
    ],
)
def test_a_wrong_option_is_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidOption) as caught:
        FeatureScaling(**options)
    assert str(caught.value) == message


def test_listing_the_task_loads_neither_torch_nor_scikit_learn() -> None:
    code = "import sys, benchmarks.feature_scaling; print({'torch', 'sklearn'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
