import numpy as np
import pytest
from scipy.optimize import approx_fprime
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern

from tuner.strategies.gaussian_process.encoding import FloatArray
from tuner.strategies.gaussian_process.kernel import Hyperparameters, matern, squared_distances
from tuner.strategies.gaussian_process.marginal_likelihood import Priors
from tuner.strategies.gaussian_process.model import Model, thin
from tuner.strategies.gaussian_process.posterior import Factor, Posterior

OWNERS = np.arange(3)
HYPER = Hyperparameters(np.log([0.3, 0.8, 2.0]), np.log(1.7), np.log(1e-4))
RNG = np.random.default_rng(5)
FEATURES, ELSEWHERE = RNG.random((20, 3)), RNG.random((6, 3))
VALUES = np.sin(5 * FEATURES[:, 0]) + FEATURES[:, 1]


def covariance_of(features: FloatArray) -> FloatArray:
    points = features * HYPER.weights(OWNERS)
    covariance: FloatArray = HYPER.signal * matern(squared_distances(points, points))[0]
    return covariance + HYPER.noise * np.eye(len(features))


def test_the_inverse_factor_is_that_of_numpy() -> None:
    expected = np.linalg.inv(np.linalg.cholesky(covariance_of(FEATURES)))

    assert Factor.of(FEATURES, OWNERS, HYPER).inverse == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("size", [1, 3])
def test_an_extended_factor_is_the_factor_of_all_points(size: int) -> None:
    factor = Factor.of(FEATURES[:8], OWNERS, HYPER)
    for start in range(8, 20, size):
        factor = factor.extended(FEATURES[start : start + size])

    full = Factor.of(FEATURES, OWNERS, HYPER)

    assert factor.points == pytest.approx(full.points)
    assert factor.inverse == pytest.approx(full.inverse, rel=1e-7, abs=1e-7)


def test_a_point_that_comes_many_times_does_not_break_the_factor() -> None:
    silent = Hyperparameters(HYPER.log_scales, 9.0, np.log(1e-8))

    factor = Factor.of(np.repeat(FEATURES, 4, axis=0), OWNERS, silent).extended(FEATURES)

    assert np.isfinite(factor.inverse).all()


def test_the_posterior_is_that_of_scikit_learn() -> None:
    mine = Posterior.of(Factor.of(FEATURES, OWNERS, HYPER), VALUES)
    kernel = ConstantKernel(HYPER.signal) * Matern(np.exp(HYPER.log_scales), nu=2.5)
    theirs = GaussianProcessRegressor(kernel, alpha=HYPER.noise, optimizer=None).fit(FEATURES, VALUES - mine.mean)

    means, deviations = theirs.predict(ELSEWHERE, return_std=True)

    assert mine.at(ELSEWHERE)[0] == pytest.approx(means + mine.mean)
    assert mine.at(ELSEWHERE)[1] == pytest.approx(deviations)
    assert mine.means(ELSEWHERE) == pytest.approx(means + mine.mean)


def test_the_constant_mean_is_the_generalised_least_squares_estimate() -> None:
    solved = np.linalg.solve(covariance_of(FEATURES), np.column_stack([np.ones(20), VALUES]))

    mean = Posterior.of(Factor.of(FEATURES, OWNERS, HYPER), VALUES).mean

    assert mean == pytest.approx(solved[:, 1].sum() / solved[:, 0].sum())


def test_the_gradients_of_the_posterior_are_those_of_finite_differences() -> None:
    posterior = Posterior.of(Factor.of(FEATURES, OWNERS, HYPER), VALUES)

    def both(point: FloatArray, /) -> FloatArray:
        return np.concatenate(posterior.at(point[None, :]))

    means, deviations, mean_slopes, deviation_slopes = posterior.slopes_at(ELSEWHERE)

    assert np.array([means, deviations]) == pytest.approx(np.array(posterior.at(ELSEWHERE)))
    for index, point in enumerate(ELSEWHERE):
        steps = approx_fprime(point, both, 1e-7)
        assert mean_slopes[index] == pytest.approx(steps[0], rel=1e-4, abs=1e-5)
        assert deviation_slopes[index] == pytest.approx(steps[1], rel=1e-4, abs=1e-5)


def test_believed_points_leave_the_means_and_shrink_the_deviations() -> None:
    posterior = Posterior.of(Factor.of(FEATURES, OWNERS, HYPER), VALUES)

    after = posterior.believing(ELSEWHERE[:2])

    assert after.means(ELSEWHERE) == pytest.approx(posterior.means(ELSEWHERE))
    assert (after.at(ELSEWHERE)[1] <= posterior.at(ELSEWHERE)[1] + 1e-12).all()
    assert (after.at(ELSEWHERE[:2])[1] < 0.15 * posterior.at(ELSEWHERE[:2])[1]).all()


def test_between_fits_a_model_has_the_posterior_of_its_last_hyperparameters() -> None:
    features = np.random.default_rng(1).random((61, 3))
    values = features.sum(axis=1)
    model = Model(OWNERS, Priors(3))
    before = model.condition(features[:60], values[:60])

    after = model.condition(features, values)

    full = Posterior.of(Factor.of(features, OWNERS, before.factor.hyper), values)
    assert after.factor.hyper is before.factor.hyper
    assert np.array(after.at(ELSEWHERE)) == pytest.approx(np.array(full.at(ELSEWHERE)), rel=1e-4, abs=1e-5)


def test_a_model_is_fitted_anew_when_there_are_a_twentieth_more_observations() -> None:
    features = np.random.default_rng(1).random((63, 3))
    values = features.sum(axis=1)
    model = Model(OWNERS, Priors(3))
    before = model.condition(features[:60], values[:60])

    assert model.condition(features, values).factor.hyper is not before.factor.hyper


def test_thinning_keeps_the_lowest_values_and_the_order() -> None:
    values = np.random.default_rng(2).random(500)

    kept = thin(values, 90)

    assert len(kept) == len(set(kept.tolist())) == 90
    assert set(np.argsort(values)[:30].tolist()) <= set(kept.tolist())
    assert (np.diff(kept) > 0).all()
