import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import approx_fprime

from tuner.strategies.gaussian_process.encoding import FloatArray
from tuner.strategies.gaussian_process.expected_improvement import log_h, log_improvement
from tuner.strategies.gaussian_process.warping import warp


def quadrature_of_log_h(score: float) -> float:
    """The log of the integral of t phi(t - z) over t > 0, where t is scaled so that the integrand is of order 1."""
    size = max(1.0, -score)

    def integrand(s: float) -> float:
        return s * math.exp((score / size) * s - s**2 / (2 * size**2))

    area = quad(integrand, 0.0, 60.0 if score < -1 else 40.0 + 2 * score, epsabs=0, epsrel=1e-12, limit=500)[0]
    return math.log(area) - 2 * math.log(size) - score**2 / 2 - 0.5 * math.log(2 * math.pi)


@pytest.mark.parametrize("score", [8.0, 1.0, 0.0, -0.99, -1.01, -5.0, -37.0, -99.0, -101.0, -1e4, -1e6])
def test_the_logarithm_is_that_of_quadrature_even_in_the_deep_tail(score: float) -> None:
    assert log_h(np.array([score]))[0][0] == pytest.approx(quadrature_of_log_h(score), rel=1e-10)


@pytest.mark.parametrize("score", [30.0, 3.0, 0.0, -0.9, -1.1, -20.0, -90.0, -110.0, -1e4])
def test_the_slope_is_that_of_finite_differences(score: float) -> None:
    step = 1e-4 * max(1.0, abs(score))

    low, high = log_h(np.array([score - step, score + step]))[0]

    assert log_h(np.array([score]))[1][0] == pytest.approx((high - low) / (2 * step), rel=1e-5)


@pytest.mark.parametrize("border", [-1.0, -100.0])
def test_the_pieces_meet(border: float) -> None:
    left, right = np.nextafter(border, -np.inf), np.nextafter(border, np.inf)

    values, slopes = log_h(np.array([left, right]))

    assert values[0] == pytest.approx(values[1], rel=1e-13)
    assert slopes[0] == pytest.approx(slopes[1], rel=1e-9)


def test_one_score_does_not_change_another() -> None:
    scores = np.array([2.0, -3.0, -300.0])

    together = np.array(log_h(scores))

    assert (together == np.column_stack([np.array(log_h(scores[[index]]))[:, 0] for index in range(3)])).all()


def test_the_improvement_has_the_slopes_of_finite_differences() -> None:
    def improvement(place: FloatArray) -> float:
        return float(log_improvement(place[[0]], place[[1]], 0.1)[0][0])

    for place in np.array([[0.3, 0.2], [2.0, 0.1], [-1.0, 0.5]]):
        slopes = np.concatenate(log_improvement(place[[0]], place[[1]], 0.1)[1:])
        assert slopes == pytest.approx(approx_fprime(place, improvement, 1e-7), rel=1e-4)


def test_warping_keeps_the_order_of_losses_and_their_size_at_one() -> None:
    losses = np.array([3.0, 1e5, -2.0, 7.0, 0.5, 40.0])

    values = warp(losses, 10).values

    assert (np.argsort(values) == np.argsort(losses)).all()
    assert (values.mean(), values.std()) == pytest.approx((0.0, 1.0))


def test_a_failed_trial_counts_as_the_worst() -> None:
    values = warp(np.array([1.0, np.inf, 3.0, 2.0]), 10).values

    assert values[1] == values[2] == values.max()


def test_a_huge_loss_does_not_drown_the_differences_between_good_ones() -> None:
    values = warp(np.array([1.0, 2.0, 3.0, 4.0, 1e300]), 10).values

    assert values[1] - values[0] > 0.1


@pytest.mark.parametrize("scale", [0.0, 1e300, -1e300, 1e-300])
def test_losses_of_any_size_become_finite_values(scale: float) -> None:
    assert np.isfinite(warp(scale * np.array([0.1, 0.5, 0.2, 0.9]), 2).values).all()


def test_five_losses_without_gain_are_a_stall() -> None:
    falling = np.arange(20.0, 0.0, -1.0)

    assert not warp(falling, 10).has_stalled
    assert not warp(np.append(falling, [9.0] * 4), 10).has_stalled
    assert warp(np.append(falling, [9.0] * 5), 10).has_stalled
