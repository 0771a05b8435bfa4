"""Newton's method for logistic regression finds the optimum, and reads it as statsmodels does."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.special import expit
from statsmodels.api import Logit, add_constant

from benchmarks.datasets import load
from benchmarks.logistic_regression.newton import Design, Terms, fit, hessians, sigmoid, times
from benchmarks.logistic_regression.odds import (
    average_effects,
    bootstrap,
    next_to_unpenalised,
    standard_errors,
    unpenalised,
)
from benchmarks.logistic_regression.two_classes import row_weights, spread, terms_of
from tuner.configuration import Configuration, Value

if TYPE_CHECKING:
    from numpy.typing import NDArray

CANCER = load("breast_cancer")
FEW = CANCER.X[:, [1, 4, 8, 9]]
"""Mean texture, smoothness, symmetry and fractal dimension: no plane separates the classes in these."""
DESIGN = Design.of(FEW, CANCER.y)
SCALERS = ("none", "standard", "min-max", "robust")


def random_configurations(count: int, seed: int) -> list[Configuration]:
    generator = np.random.default_rng(seed)
    return [
        Configuration(
            {
                "C": float(10 ** generator.uniform(-4, 3)),
                "l1_ratio": float(generator.choice([0.0, generator.random(), 1.0])),
                "class_weight": str(generator.choice(["none", "balanced"])),
                "scaler": str(generator.choice(SCALERS)),
            }
        )
        for _ in range(count)
    ]


def distance_from_optimal(configuration: Configuration, fitted: NDArray[np.float64], design: Design) -> float:
    """The worst violation of the optimum's conditions, written out for the columns as the scaler leaves them."""
    divisor = spread(configuration.text("scaler"), CANCER.X)
    scaled = (CANCER.X - CANCER.X.mean(axis=0)) / divisor
    coefficients = fitted[1:] * divisor / design.deviation
    weights = row_weights(configuration.text("class_weight"), CANCER.y)
    errors = weights * (expit(fitted[0] + scaled @ coefficients) - CANCER.y)
    l1_ratio, strength = configuration.number("l1_ratio"), configuration.number("C")
    gradient = strength * errors @ scaled + (1 - l1_ratio) * coefficients
    excess = np.where(
        coefficients != 0,
        np.abs(gradient + l1_ratio * np.sign(coefficients)),
        np.maximum(np.abs(gradient) - l1_ratio, 0),
    )
    return float(max(np.abs(errors.sum()), (excess / (1 + strength * scaled.std(axis=0) * len(errors))).max()))


@pytest.mark.parametrize("seed", range(3))
def test_fits_satisfy_the_conditions_of_an_optimum(seed: int) -> None:
    configurations, design = random_configurations(60, seed), Design.of(CANCER.X, CANCER.y)
    fitted = fit(design, terms_of(configurations, CANCER.X, CANCER.y))

    worst = [distance_from_optimal(*pair, design) for pair in zip(configurations, fitted, strict=True)]

    assert max(worst) < 1e-7


def test_coefficients_and_wald_intervals_without_a_penalty_are_those_of_statsmodels() -> None:
    reference = Logit(CANCER.y, add_constant(FEW)).fit(disp=0, method="newton", tol=1e-12, maxiter=100)
    configuration = Configuration({"C": 1e8, "l1_ratio": 0.0, "class_weight": "none", "scaler": "standard"})
    terms = terms_of([configuration], FEW, CANCER.y)

    fitted = fit(DESIGN, terms)
    slopes = fitted[0, 1:] / DESIGN.deviation
    errors = standard_errors(DESIGN, terms, fitted)[0, 1:] / DESIGN.deviation

    assert slopes == pytest.approx(reference.params[1:], rel=1e-5)
    assert fitted[0, 0] - slopes @ DESIGN.mean == pytest.approx(reference.params[0], rel=1e-5)
    assert errors == pytest.approx(reference.bse[1:], rel=1e-5)


def test_odds_ratios_without_a_penalty_are_those_of_statsmodels() -> None:
    reference = Logit(CANCER.y, add_constant(FEW / FEW.std(axis=0))).fit(disp=0, tol=1e-12, maxiter=100)
    odds = unpenalised(FEW, CANCER.y)

    assert odds is not None
    assert np.exp(odds.estimate) == pytest.approx(np.exp(reference.params[1:]), rel=1e-5)
    assert np.exp(odds.low) == pytest.approx(np.exp(reference.conf_int()[1:, 0]), rel=1e-5)
    assert np.exp(odds.high) == pytest.approx(np.exp(reference.conf_int()[1:, 1]), rel=1e-5)


def test_average_marginal_effects_are_those_of_statsmodels() -> None:
    reference = Logit(CANCER.y, add_constant(FEW / FEW.std(axis=0))).fit(disp=0, tol=1e-12, maxiter=100)
    fitted = fit(DESIGN, next_to_unpenalised(DESIGN))[0]

    assert average_effects(DESIGN, fitted) == pytest.approx(reference.get_margeff(at="overall").margeff, rel=1e-5)


def test_a_scaler_matters_through_the_penalty_alone() -> None:
    def margins(strength: float) -> NDArray[np.float64]:
        shared: dict[str, Value] = {"C": strength, "l1_ratio": 0.0, "class_weight": "none"}
        configurations = [Configuration({**shared, "scaler": scaler}) for scaler in SCALERS]
        return times(fit(DESIGN, terms_of(configurations, FEW, CANCER.y)), DESIGN.X.T)

    assert np.ptp(margins(1e9), axis=0).max() < 1e-3
    assert np.ptp(margins(1e-2), axis=0).max() > 1


def test_separated_classes_have_no_odds_ratios_without_a_penalty() -> None:
    assert unpenalised(CANCER.X, CANCER.y) is None


def test_on_separable_rows_with_next_to_no_penalty_fits_stay_finite() -> None:
    features, labels = np.array([[-2.0], [-1.0], [1.0], [3.0]]), np.array([0, 0, 1, 1])
    design = Design.of(features, labels)
    lasso = Terms(np.full((1, 4), 0.25), np.zeros((1, 2)), np.array([[0.0, 1e-12]]))
    nothing = Terms(np.full((1, 4), 0.25), np.zeros((1, 2)), np.zeros((1, 2)))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fits = [fit(design, terms)[0] for terms in (next_to_unpenalised(design), lasso, nothing)]

    assert np.isfinite(fits).all()
    assert all(coefficients[1] > 10 for coefficients in fits)


def test_a_constant_column_gets_no_coefficient() -> None:
    features = np.column_stack([FEW[:, 0], np.full(len(FEW), 7.0)])
    configurations = [Configuration({**each, "C": 1.0}) for each in random_configurations(20, 5)]

    fitted = fit(Design.of(features, CANCER.y), terms_of(configurations, features, CANCER.y))

    assert (fitted[:, 2] == 0).all()
    assert (fitted[:, 1] != 0).any()


def test_the_hessian_is_the_derivative_of_the_gradient() -> None:
    terms = terms_of(random_configurations(1, 1), FEW, CANCER.y)
    point = np.array([[0.3, -0.2, 0.5, 0.1, -0.4]])

    def gradient(at: NDArray[np.float64]) -> NDArray[np.float64]:
        errors = terms.weights * (sigmoid(at @ DESIGN.X.T) - DESIGN.y)
        slope: NDArray[np.float64] = (errors @ DESIGN.X + terms.ridge * at)[0]
        return slope

    numeric = [(gradient(point + step) - gradient(point - step)) / 2e-5 for step in 1e-5 * np.eye(5)]

    assert hessians(DESIGN, terms, point)[0] == pytest.approx(np.array(numeric), abs=1e-8)


def test_a_bootstrap_has_about_the_width_of_the_wald_interval_where_there_is_no_penalty() -> None:
    wald = unpenalised(FEW, CANCER.y)
    drawn = bootstrap(DESIGN, next_to_unpenalised(DESIGN), np.random.default_rng(1), count=400)

    assert wald is not None
    assert drawn.estimate == pytest.approx(wald.estimate, rel=1e-9)
    assert drawn.high - drawn.low == pytest.approx(wald.high - wald.low, rel=0.25)


def test_rows_of_a_product_have_the_same_bits_in_every_company() -> None:
    generator = np.random.default_rng(0)
    stack, matrix = generator.standard_normal((37, 341)), generator.standard_normal((341, 496))
    product = times(stack, matrix)

    assert product == pytest.approx(stack @ matrix, rel=1e-9, abs=1e-9)
    for size in (1, 5, 8, 13):
        chosen = generator.permutation(37)[:size]
        assert np.array_equal(times(stack[chosen], matrix), product[chosen])
