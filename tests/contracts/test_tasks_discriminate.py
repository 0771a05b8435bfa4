"""A task is worth a benchmark where configurations differ by more than luck, and the default is not the best."""

from __future__ import annotations

import pytest

from bench.discrimination import CASES, spread_of


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_configurations_differ_by_more_than_seeds(case: str) -> None:
    name, options = CASES[case]
    spread = spread_of(name, options)
    print(f"\n{case}: between / within = {spread.between:.3g} / {spread.within:.3g} = {spread.ratio:.2f}")
    print(f"default {spread.default:.4g}, best of 20 {spread.best:.4g}, failures {spread.failures}")
    assert len(spread.losses) >= 10
    assert spread.ratio > 1
    assert spread.best < spread.default - spread.within
