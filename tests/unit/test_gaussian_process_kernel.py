from types import SimpleNamespace

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from scipy.stats import multivariate_normal

from tuner.strategies.gaussian_process import marginal_likelihood
from tuner.strategies.gaussian_process.encoding import FloatArray
from tuner.strategies.gaussian_process.kernel import Hyperparameters, matern, squared_distances
from tuner.strategies.gaussian_process.marginal_likelihood import Priors, fit, negative_log_likelihood

OWNERS = np.array([0, 1, 1, 2])
VECTOR = np.log([0.3, 0.8, 2.0, 1.7, 1e-3])


def observations(count: int = 15) -> tuple[FloatArray, FloatArray]:
    features = np.random.default_rng(3).random((count, len(OWNERS)))
    return features, np.sin(5 * features[:, 0]) + features[:, 1] ** 2


def slope_of_the_kernel(squares: FloatArray) -> FloatArray:
    step = 1e-6
    difference: FloatArray = (matern(squares + step)[0] - matern(squares - step)[0]) / (2 * step)
    return difference


def test_squared_distances_are_those_of_the_definition() -> None:
    left, right = np.random.default_rng(0).random((4, 3)), np.random.default_rng(1).random((5, 3))

    assert squared_distances(left, right) == pytest.approx(((left[:, None] - right[None]) ** 2).sum(axis=2))


def test_the_kernel_has_its_textbook_value() -> None:
    assert matern(np.array([0.0, 1.0]))[0] == pytest.approx([1.0, (1 + 5**0.5 + 5 / 3) * np.exp(-(5**0.5))])


def test_the_slope_of_the_kernel_is_that_of_finite_differences() -> None:
    squares = np.array([0.01, 0.5, 2.0, 9.0])

    assert matern(squares)[1] == pytest.approx(slope_of_the_kernel(squares), rel=1e-6)


def test_the_marginal_likelihood_is_a_normal_density() -> None:
    features, values = observations()
    hyper = Hyperparameters.from_vector(VECTOR)
    points = features * hyper.weights(OWNERS)
    covariance = hyper.signal * matern(squared_distances(points, points))[0] + hyper.noise * np.eye(len(values))
    solved = np.linalg.solve(covariance, np.column_stack([np.ones(len(values)), values]))
    mean = solved[:, 1].sum() / solved[:, 0].sum()

    expected = -multivariate_normal(np.full(len(values), mean), covariance).logpdf(values)

    assert negative_log_likelihood(VECTOR, features, values, OWNERS)[0] == pytest.approx(expected)


def test_the_gradient_of_the_marginal_likelihood_is_that_of_finite_differences() -> None:
    features, values = observations()

    gradient = negative_log_likelihood(VECTOR, features, values, OWNERS)[1]

    def likelihood(vector: FloatArray) -> float:
        return negative_log_likelihood(vector, features, values, OWNERS)[0]

    steps = approx_fprime(VECTOR, likelihood, 1e-6)
    assert gradient == pytest.approx(steps, rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("has_noise", [True, False])
def test_the_gradient_of_the_priors_is_that_of_finite_differences(has_noise: bool) -> None:  # noqa: FBT001
    priors = Priors(3, has_noise=has_noise)

    def penalty(vector: FloatArray) -> float:
        return priors.penalty(vector)[0]

    steps = approx_fprime(VECTOR, penalty, 1e-6)

    assert priors.penalty(VECTOR)[1] == pytest.approx(steps, rel=1e-4, abs=1e-4)


def test_the_median_length_scale_grows_with_the_root_of_the_dimension() -> None:
    assert np.exp(Priors(9).medians.log_scales) == pytest.approx(np.full(9, 3.0))


def test_a_fit_finds_which_parameter_matters_and_how_large_the_noise_is() -> None:
    rng = np.random.default_rng(0)
    features = rng.random((80, 2))
    values = np.sin(9 * features[:, 0]) + 0.1 * rng.standard_normal(80)
    owners, priors = np.arange(2), Priors(2)

    hyper = priors.medians
    for _ in range(5):
        hyper = fit(features, values, owners, priors, hyper)

    assert np.exp(hyper.log_scales[1] - hyper.log_scales[0]) > 5
    assert hyper.noise == pytest.approx(0.01, rel=0.5)


def test_without_noise_a_fit_leaves_the_noise_alone() -> None:
    features, values = observations()
    priors = Priors(3, has_noise=False)

    assert fit(features, values, OWNERS, priors, priors.medians).noise == pytest.approx(1e-8)


def test_a_fit_limits_its_evaluations_and_not_only_its_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[float] = []

    def remember(*arguments: object, options: dict[str, float], **others: object) -> SimpleNamespace:
        limits.append(options["maxfun"])
        return SimpleNamespace(x=VECTOR, fun=1e10)

    monkeypatch.setattr(marginal_likelihood, "minimize", remember)
    start = Priors(3).medians

    assert fit(*observations(), OWNERS, Priors(3), start) is start
    assert limits[0] <= 50


def test_hyperparameters_survive_being_a_vector() -> None:
    assert Hyperparameters.from_vector(VECTOR).as_vector() == pytest.approx(VECTOR)
