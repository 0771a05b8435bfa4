"""Attainment surfaces: what shares of studies reach in two objectives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from example_store import write_example_run

from results.analysis.attainment import SHARES, attainment_surface, attainments
from results.analysis.hypervolume import joint_results
from results.store import Store, open_store

SETS = [np.array([[0.0, 2.0], [2.0, 0.0]]), np.array([[1.0, 1.0]]), np.array([[0.0, 2.0]])]


def store_of(folder: Path, **changes: object) -> Store:
    return open_store(write_example_run(folder / "run", **({"objectives": ("score", "size")} | changes)))


def test_the_median_surface_is_what_half_of_the_sets_reach() -> None:
    assert attainment_surface(SETS, 0.5, 3).tolist() == [[0.0, 2.0], [2.0, 1.0]]


def test_the_surfaces_of_one_and_of_all_sets_are_the_best_and_the_worst() -> None:
    assert attainment_surface(SETS, 0.25, 3).tolist() == [[0.0, 2.0], [1.0, 1.0], [2.0, 0.0]]
    assert attainment_surface(SETS, 1.0, 3).tolist() == [[1.0, 2.0]]


@pytest.mark.parametrize("share", SHARES)
def test_the_surfaces_of_one_study_are_its_front_in_order(share: float) -> None:
    points = [np.array([[3.0, 0.0], [0.0, 2.0], [3.0, 2.0]])]
    assert attainment_surface(points, share, 1).tolist() == [[0.0, 2.0], [3.0, 0.0]]


def test_a_study_that_found_nothing_counts_as_reaching_nothing() -> None:
    assert attainment_surface(SETS, 0.5, 4).tolist() == attainment_surface(SETS, 0.5, 3).tolist()
    assert attainment_surface(SETS, 0.5, 5).tolist() == attainment_surface(SETS, 1.0, 3).tolist()
    assert attainment_surface(SETS, 0.5, 7).shape == (0, 2)


@pytest.mark.parametrize("studies", [1, 2, 3, 4, 7, 10, 11, 30])
@pytest.mark.parametrize("share", SHARES)
def test_a_point_lies_beyond_a_surface_where_the_share_of_studies_reaches_it(studies: int, share: float) -> None:
    rng = np.random.default_rng(studies)
    fronts = [rng.integers(0, 9, size=(4, 2)).astype(np.float64) for _ in range(studies)]
    surface = attainment_surface(fronts, share, studies)
    for point in np.argwhere(np.ones((10, 10))):
        reached = sum(bool((front <= point).all(axis=1).any()) for front in fronts)
        assert bool((surface <= point).all(axis=1).any()) == (reached >= share * studies)


def test_each_strategy_has_a_surface_for_each_share(tmp_path: Path) -> None:
    store = store_of(tmp_path, skipped=[("gp", "digits")], seeds=5)
    results = joint_results(store, "digits")
    assert results is not None
    found = attainments(results, store)
    assert [(one.strategy, one.studies, one.found) for one in found] == [("random", 5, 5), ("tpe", 5, 5)]
    assert all(len(one.surfaces) == len(SHARES) for one in found)
    assert all((np.diff(surface[:, 0]) > 0).all() for one in found for surface in one.surfaces)


def test_a_strategy_whose_trials_all_failed_reaches_nothing(tmp_path: Path) -> None:
    store = store_of(tmp_path, failures=0.9, trials=3, seeds=8)
    results = joint_results(store, "branin")
    assert results is not None
    found = attainments(results, store)
    assert all(one.studies == 8 and one.found < 8 for one in found)
    assert any(not len(one.surfaces[-1]) for one in found)
