"""ZDT1 and ZDT2 have the published fronts and hypervolumes."""

from __future__ import annotations

import math

import moocore
import numpy as np
import pytest

from benchmarks.synthetic import ZDT1, ZDT2, TwoObjectives
from tuner.configuration import Configuration
from tuner.errors import InvalidOption
from tuner.trial import Proposal, Trial

BOTH: list[TwoObjectives] = [ZDT1(), ZDT2(dimension=4)]


@pytest.mark.parametrize(
    ("task", "x", "values"),
    [
        (ZDT1(dimension=3), [0.25, 0.0, 0.0], (0.25, 0.5)),
        (ZDT1(dimension=3), [0.25, 0.5, 1.0], (0.25, 7.75 * (1 - math.sqrt(0.25 / 7.75)))),
        (ZDT2(dimension=3), [0.5, 0.0, 0.0], (0.5, 0.75)),
        (ZDT2(dimension=3), [1.0, 1.0, 1.0], (1.0, 10 - 0.1)),
    ],
)
def test_values_agree_with_the_published_formulas(
    task: TwoObjectives, x: list[float], values: tuple[float, float]
) -> None:
    assert task.values(x) == pytest.approx(values)


@pytest.mark.parametrize("task", BOTH)
def test_the_front_is_reached_where_all_but_the_first_parameter_are_zero(task: TwoObjectives) -> None:
    for x1 in (0.0, 0.3, 1.0):
        assert task.values([x1] + [0.0] * (task.dimension - 1)) == pytest.approx((x1, task.front(x1)))


@pytest.mark.parametrize("task", BOTH)
def test_no_point_lies_below_the_front(task: TwoObjectives) -> None:
    for x in np.random.default_rng(0).random((500, task.dimension)).tolist():
        f1, f2 = task.values(x)
        assert f2 >= task.front(f1) - 1e-12


@pytest.mark.parametrize("task", BOTH)
def test_the_hypervolume_of_the_front_is_that_of_many_points_on_it(task: TwoObjectives) -> None:
    points = [(f1, task.front(f1)) for f1 in np.linspace(0.0, 1.0, 20_001).tolist()]

    assert moocore.hypervolume(points, ref=task.reference_point) == pytest.approx(task.front_hypervolume, abs=1e-4)


def test_both_values_are_measured_of_thirty_parameters() -> None:
    configuration = Configuration({f"x{i}": 0.0 for i in range(1, 31)})

    assert ZDT1().evaluate(Trial(0, Proposal(configuration), seed=0)).values == {"f1": 0.0, "f2": 1.0}
    assert set(ZDT1().problem.space.names) == set(configuration)


@pytest.mark.parametrize("dimension", [1, 2.0, True])
def test_impossible_dimensions_are_refused(dimension: int) -> None:
    with pytest.raises(InvalidOption, match="dimension is a whole number of at least 2"):
        ZDT1(dimension=dimension)
