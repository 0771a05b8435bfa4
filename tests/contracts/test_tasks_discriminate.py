"""A task is worth a benchmark where configurations differ by more than luck, and the default is not the best."""

from __future__ import annotations

import numpy as np
import pytest

from bench.discrimination import CASES, spread_of


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_configurations_differ_by_more_than_seeds(case: str) -> None:
    name, options = CASES[case]
    spread = spread_of(name, options)
    least, median, most = np.quantile(spread.seconds, (0, 0.5, 1))
    print(f"\n{case}: between / within = {spread.between:.3g} / {spread.within:.3g} = {spread.ratio:.2f}")
    print(f"gain on the default {spread.gain:.3g} +- {spread.gain_error:.2g}, failures {spread.failures}")
    print(f"seconds of one core: {least:.3f} to {most:.2f}, median {median:.3f}")
    assert len(spread.losses) >= 10
    assert spread.ratio > 1
    assert spread.gain > 2 * spread.gain_error
    assert median >= 0.05
    assert most <= 5
