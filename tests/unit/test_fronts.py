"""Fronts and hypervolumes of losses, checked against published values."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from benchmarks.synthetic import ZDT1, ZDT2
from benchmarks.synthetic.two_objectives import TwoObjectives
from results.analysis.fronts import (
    hypervolume,
    hypervolume_over_trials,
    non_dominated,
    reference_point,
    single_volumes,
)

REFERENCE = Path(__file__).parents[3] / "shared" / "reference" / "hypervolume"
STAIRS = np.array([[3.0, 1.0], [1.0, 3.0], [2.0, 2.0], [3.0, 3.0], [0.0, 5.0], [1.0, 1.0]])
"""With a reference of (4, 4): a first point, one to its left, one between them, one that all dominate, one outside."""


@pytest.mark.parametrize(
    ("points", "reference", "volume"),
    [
        ([[0.5], [0.3], [0.2]], [1], 0.8),
        ([[0.3, 0.5]], [1, 1], 0.35),
        ([[0.3, 0.5], [0.6, 0.2], [0.8, 0.7], [0.3, 0.8], [0.9, 0.2]], [1, 1], 0.47),
        ([[0.5, 0.5, 0.5]], [1, 1, 1], 0.125),
        ([[1, 0, 1], [0, 1, 0]], [2, 2, 2], 5.0),
        ([[5, 5], [4, 6], [2, 7], [7, 4]], [10, 10], 38.0),
    ],
    ids=["kurobako 1", "kurobako 2", "kurobako 2, dominated", "kurobako 3", "moocore 3", "moocore 2"],
)
def test_hypervolumes_are_those_that_kurobako_and_moocore_publish(
    points: list[list[float]], reference: list[float], volume: float
) -> None:
    losses, ends = np.array(points, dtype=np.float64), np.array(reference, dtype=np.float64)
    assert hypervolume(losses, ends) == pytest.approx(volume)
    assert hypervolume_over_trials(losses, ends)[-1] == pytest.approx(volume)


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference values are not there")
def test_hypervolumes_of_a_published_data_set_are_as_published() -> None:
    published = json.loads((REFERENCE / "expected.json").read_text(encoding="utf-8"))
    cases = next(cases for name, cases in published.items() if "test_moocore" in name)[:2]
    sets = re.split(r"\n\s*\n", (REFERENCE / "moocore_input1.dat").read_text(encoding="utf-8").strip())
    for points, case in zip(sets, cases, strict=False):
        losses = np.array([line.split() for line in points.splitlines()], dtype=np.float64)
        assert hypervolume_over_trials(losses, np.array(case["ref"], dtype=np.float64))[-1] == pytest.approx(case["hv"])


def test_a_new_corner_adds_what_it_cuts_off_the_stairs() -> None:
    assert hypervolume_over_trials(STAIRS, np.array([4.0, 4.0])).tolist() == [3.0, 5.0, 6.0, 6.0, 6.0, 9.0]


def test_a_point_beyond_the_reference_adds_nothing() -> None:
    beyond = np.array([[0.0, 4.0], [4.0, 0.0], [5.0, 5.0]])
    assert hypervolume_over_trials(beyond, np.array([4.0, 4.0])).tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("objectives", [1, 2, 3, 4])
def test_hypervolume_over_trials_is_that_of_the_trials_so_far(objectives: int) -> None:
    losses = np.random.default_rng(objectives).integers(0, 6, size=(60, objectives)).astype(np.float64)
    reference = np.full(objectives, 5.0)
    expected = [hypervolume(losses[: count + 1], reference) for count in range(len(losses))]
    np.testing.assert_allclose(hypervolume_over_trials(losses, reference), expected)


@pytest.mark.parametrize("function", [ZDT1(), ZDT2()], ids=["zdt1", "zdt2"])
def test_a_dense_front_has_the_hypervolume_of_the_closed_form(function: TwoObjectives) -> None:
    first = np.linspace(0.0, 1.0, 20_001)
    front = np.column_stack([first, [function.front(value) for value in first]])
    volume = hypervolume(front, np.array(function.reference_point))
    assert volume == pytest.approx(function.front_hypervolume, abs=1e-4)
    assert volume < function.front_hypervolume


def test_without_a_point_there_is_no_volume_and_no_front() -> None:
    nothing = np.empty((0, 2))
    assert hypervolume(nothing, np.ones(2)) == 0.0
    assert hypervolume_over_trials(nothing, np.ones(2)).shape == (0,)
    assert non_dominated(nothing).shape == (0,)


def test_of_equal_points_the_first_is_on_the_front() -> None:
    assert non_dominated(np.array([[1.0, 2.0], [2.0, 1.0], [1.0, 2.0], [2.0, 2.0]])).tolist() == [1, 1, 0, 0]


def test_a_single_point_has_the_volume_of_its_box() -> None:
    assert single_volumes(STAIRS, np.array([4.0, 4.0])).tolist() == [3.0, 3.0, 4.0, 1.0, 0.0, 9.0]


def test_the_reference_point_lies_a_tenth_of_the_range_beyond_the_worst_of_all_fronts() -> None:
    fronts = [np.array([[0.0, 20.0], [5.0, 10.0]]), np.array([[10.0, 0.0]])]
    assert reference_point(fronts).tolist() == [11.0, 22.0]


def test_where_all_fronts_agree_the_reference_point_is_one_unit_away() -> None:
    assert reference_point([np.array([[2.0, 3.0]]), np.array([[2.0, 5.0]])]).tolist() == [3.0, 5.2]
