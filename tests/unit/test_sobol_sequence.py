from __future__ import annotations

import warnings

import numpy as np
import pytest

from tuner import Budget, Float, Objective, Problem, SearchSpace
from tuner.errors import UnsupportedProblem
from tuner.strategies.sobol_sequence import SobolSequence
from tuner.testing.problems import continuous, mixed


def _units(seed: int, count: int) -> np.ndarray:
    problem = continuous().problem
    proposals = SobolSequence(problem, seed=seed, budget=Budget(trials=10)).ask(count)
    return np.array([problem.space.to_unit(proposal.configuration) for proposal in proposals])


@pytest.mark.parametrize("seed", [0, 7])
def test_each_dyadic_interval_holds_the_same_number_of_points(seed: int) -> None:
    units = _units(seed, 128)
    for column in units.T:
        assert np.bincount((column * 16).astype(int), minlength=16).tolist() == [8] * 16


def test_pairs_of_parameters_are_covered_evenly() -> None:
    cells = (_units(3, 64)[:, :2] * 4).astype(int)
    assert np.bincount(cells[:, 0] * 4 + cells[:, 1], minlength=16).tolist() == [4] * 16


def test_batches_continue_the_sequence() -> None:
    problem = mixed().problem
    whole = list(SobolSequence(problem, seed=1, budget=Budget(trials=10)).ask(150))
    strategy = SobolSequence(problem, seed=1, budget=Budget(trials=10))
    assert [proposal for count in (1, 1, 1, 60, 80, 7) for proposal in strategy.ask(count)] == whole


def test_no_size_of_an_ask_makes_scipy_warn() -> None:
    strategy = SobolSequence(mixed().problem, seed=1, budget=Budget(trials=10))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert sum(len(strategy.ask(count)) for count in (3, 70, 1)) == 74


def test_more_dimensions_than_there_are_direction_numbers_are_refused() -> None:
    space = SearchSpace({f"x{index}": Float(0, 1) for index in range(21_202)})
    with pytest.raises(UnsupportedProblem, match="at most 21201 parameters, not 21202"):
        SobolSequence(Problem(space, (Objective("loss"),)), seed=0, budget=Budget(trials=1))
