"""Quartiles over seeds, and which of their steps are drawn."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from results.sections.quartiles import quartiles_of, thinned


@pytest.mark.parametrize("seed", range(20))
def test_quartiles_are_those_of_numpy_to_the_bit(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(3, int(rng.integers(1, 12)), 5)).round(int(rng.integers(1, 9)))
    values[rng.random(values.shape) < 0.3] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        expected = np.nanquantile(values, [0.25, 0.5, 0.75], axis=1)
    np.testing.assert_array_equal(quartiles_of(values, np.zeros(values.shape[:2], dtype=np.bool_)), expected)


def test_nothing_is_told_until_half_of_the_seeds_have_something() -> None:
    values = np.array([[[np.nan, np.nan, 1.0], [np.nan, 4.0, 2.0], [np.nan, np.nan, 3.0]]])
    _, median, _ = quartiles_of(values, np.ones((1, 3), dtype=np.bool_))
    np.testing.assert_array_equal(median, [[np.nan, np.nan, 2.0]])


def test_a_short_line_is_drawn_whole() -> None:
    line = np.arange(5.0)
    assert thinned((line, line, line), most=5).tolist() == [0, 1, 2, 3, 4]


def test_a_long_line_keeps_its_first_and_last_step_and_few_others() -> None:
    line = np.linspace(1.0, 0.0, 10_000)
    drawn = thinned((line, line, line), most=120)
    assert (drawn[0], drawn[-1]) == (0, 9_999)
    assert drawn.size <= 122


def test_a_long_line_keeps_the_extremes_of_its_band() -> None:
    low, high = np.zeros(1000), np.ones(1000)
    low[333], high[777] = -5.0, 9.0
    low[:10] = high[:10] = np.nan
    assert {333, 777} <= set(thinned((low, low, high), most=20).tolist())


def test_a_line_that_is_not_known_is_thinned_all_the_same() -> None:
    line = np.full(1000, np.nan)
    assert thinned((line, line, line), most=20).size == 20
