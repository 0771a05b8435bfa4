"""Intervals over seeds: what they cover, what they resample, and where they are honest about knowing little."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from numpy.typing import NDArray
from scores_under_test import scores_of

from results.analysis.bootstrap import (
    ENOUGH_SEEDS,
    Draws,
    Intervals,
    bootstrap_estimate,
    bootstrap_intervals,
    has_too_few_seeds,
    interquartile_mean,
    times_drawn,
    with_room_for_doubt,
)


def mean_and_iqm(finals: NDArray[np.float64], draws: Draws) -> NDArray[np.float64]:
    """Of final scores [tasks, seeds]."""
    drawn = np.hstack([final[draw] for final, draw in zip(finals, draws, strict=True)])
    return np.stack([drawn.mean(axis=1), interquartile_mean(drawn)], axis=1)


def coverage(tasks: int, seeds: int, studies: int, resamples: int = 400) -> NDArray[np.float64]:
    """How often the intervals of the mean and of the IQM of normal scores hold the truth, 0.5, in percent."""
    rng = np.random.default_rng(3)
    middles = 0.5 + 0.1 * (np.arange(tasks) - (tasks - 1) / 2)
    covered = np.zeros(2)
    for trial in range(studies):
        finals = middles[:, None] + rng.normal(0.0, 0.1, (tasks, seeds))
        found = bootstrap_intervals(partial(mean_and_iqm, finals), [seeds] * tasks, resamples, trial)
        covered += (found.low <= 0.5) & (found.high >= 0.5)
    return 100.0 * covered / studies


@pytest.mark.parametrize("seeds", [5, 20])
def test_intervals_of_mean_and_iqm_cover_the_truth_as_often_as_they_say(seeds: int) -> None:
    mean, iqm = coverage(tasks=5, seeds=seeds, studies=600)
    assert 93.0 <= mean <= 97.0
    assert 93.0 <= iqm <= 97.0


def test_ten_seeds_do_for_a_single_task() -> None:
    mean, iqm = coverage(tasks=1, seeds=10, studies=800, resamples=1000)
    assert 93.0 <= mean <= 97.0
    assert 93.0 <= iqm <= 98.0


def test_three_seeds_of_a_single_task_do_not_do() -> None:
    mean, _ = coverage(tasks=1, seeds=3, studies=300)
    assert mean < 85.0


@pytest.mark.parametrize(("tasks", "least"), [(1, 10), (2, 5), (5, 5)])
def test_few_seeds_are_recognised(tasks: int, least: int) -> None:
    assert has_too_few_seeds(scores_of(*[np.zeros((1, least - 1))] * tasks))
    assert not has_too_few_seeds(scores_of(*[np.zeros((1, least))] * tasks))


def test_the_variance_of_a_resampled_mean_is_that_of_the_mean() -> None:
    values = np.random.default_rng(0).normal(size=6)
    seen: list[NDArray[np.float64]] = []

    def mean(draws: Draws) -> NDArray[np.float64]:
        seen.append(values[draws[0]].mean(axis=1))
        return seen[-1]

    bootstrap_intervals(mean, [6], resamples=40_000)
    assert max(seen, key=len).var() == pytest.approx(values.var(ddof=1) / 6, rel=0.03)


def test_a_resample_is_as_large_as_what_was_seen_and_lacks_a_seed() -> None:
    seen: list[Draws] = []

    def first_of_two(draws: Draws) -> NDArray[np.float64]:
        seen.append(draws)
        return np.zeros(len(draws[0]))

    bootstrap_intervals(first_of_two, [4, 1], resamples=200)
    four, one = max(seen, key=lambda draws: len(draws[0]))
    assert (four.shape, one.shape) == ((200, 4), (200, 1))
    assert all(len(set(row)) < 4 for row in four.tolist())
    assert set(four.ravel().tolist()) == {0, 1, 2, 3}
    assert not one.any()


@pytest.mark.parametrize("finals", [[[0.9, 0.95], [0.0, 0.0], [0.0, 0.0]], [[0.9, 0.8, 1.0], [0.0, 0.1, 0.0]]])
def test_an_interval_holds_its_value_however_few_and_skewed_the_seeds(finals: list[list[float]]) -> None:
    known = np.array(finals)
    found = bootstrap_intervals(partial(mean_and_iqm, known), [known.shape[1]] * len(known))
    assert (found.low <= found.values).all()
    assert (found.values <= found.high).all()


def test_an_interval_is_stretched_to_a_value_beyond_all_draws() -> None:
    """The largest of the seeds that differ from each other: no draw has all of them."""
    found = bootstrap_estimate(lambda draws: np.array([float(len(set(row))) for row in draws[0].tolist()]), [4])
    assert found.value == found.high == 4.0
    assert found.low < 3.0


def test_a_mean_of_normal_scores_has_about_the_interval_of_student() -> None:
    values = np.random.default_rng(1).normal(size=30)
    found = bootstrap_estimate(lambda draws: values[draws[0]].mean(axis=1), [30], resamples=20_000)
    half = 2.045 * values.std(ddof=1) / np.sqrt(30)
    assert found.value == pytest.approx(values.mean())
    assert found.high - found.low == pytest.approx(2 * half, rel=0.05)


def test_the_correction_for_few_seeds_fades_where_seeds_are_many() -> None:
    values = np.random.default_rng(1).normal(size=ENOUGH_SEEDS)
    found = bootstrap_estimate(lambda draws: values[draws[0]].mean(axis=1), [values.size], resamples=20_000)
    assert found.high - found.low == pytest.approx(2 * 2.01 * values.std(ddof=1) / np.sqrt(values.size), rel=0.05)


def test_a_task_that_alone_varies_counts_as_the_only_source_of_freedom() -> None:
    """Satterthwaite: eight tasks without any spread make the spread of the ninth no better known."""
    values = np.random.default_rng(2).normal(size=6)
    alone = bootstrap_estimate(lambda draws: values[draws[0]].mean(axis=1), [6], resamples=20_000)
    among = bootstrap_estimate(lambda draws: values[draws[0]].mean(axis=1), [6] * 9, resamples=20_000)
    assert among.high - among.low == pytest.approx(alone.high - alone.low, rel=0.05)


def test_seeds_are_drawn_within_their_task() -> None:
    finals = np.array([np.zeros(5), np.ones(5)])
    found = bootstrap_intervals(lambda draws: mean_and_iqm(finals, draws), [5, 5])
    assert found.low.tolist() == found.high.tolist() == [0.5, 0.5]


def test_a_task_with_one_seed_is_taken_as_it_is() -> None:
    finals = [np.array([0.25]), np.array([0.0, 1.0, 0.5, 0.5])]
    found = bootstrap_estimate(lambda draws: finals[0][draws[0]].mean(axis=1), [1, 4])
    assert (found.value, found.low, found.high) == (0.25, 0.25, 0.25)


def test_one_seed_everywhere_has_no_interval() -> None:
    found = bootstrap_estimate(lambda draws: np.ones(len(draws[0])), [1, 1])
    assert found.value == 1.0
    assert np.isnan([found.low, found.high]).all()


def test_resamples_that_say_nothing_are_left_out() -> None:
    finals = np.array([np.nan, 0.5, 0.5, 0.5])
    found = bootstrap_estimate(lambda draws: interquartile_mean(finals[draws[0][:, :1]]), [4])
    assert (found.low, found.high) == (0.5, 0.5)


def test_the_same_seed_gives_the_same_interval() -> None:
    finals = np.random.default_rng(0).random((2, 7))
    first, again, other = (
        bootstrap_intervals(lambda draws: mean_and_iqm(finals, draws), [7, 7], 100, seed) for seed in (3, 3, 4)
    )
    assert first.low.tolist() == again.low.tolist() != other.low.tolist()


def test_times_drawn_are_shares_of_a_draw() -> None:
    shares = times_drawn(np.array([[0, 0, 2, 1], [2, 2, 2, 2]]), seeds=3)
    assert shares.tolist() == [[0.5, 0.25, 0.25], [0.0, 0.0, 1.0]]


def test_unanimous_studies_leave_room_for_doubt() -> None:
    """Clopper and Pearson: of 20 successes in 20, the lower end of the 95% interval is 0.8316."""
    flat = np.array([1.0, 0.0, 0.5, 0.9])
    found = with_room_for_doubt(Intervals(flat, np.array([1.0, 0.0, 0.5, 0.8]), np.array([1.0, 0.0, 0.5, 1.0])), 20)
    np.testing.assert_allclose(found.low, [0.8316, 0.0, 0.3316, 0.8], atol=1e-4)
    np.testing.assert_allclose(found.high, [1.0, 0.1684, 0.6684, 1.0], atol=1e-4)
