"""Tasks with several objectives, compared by their share of the hypervolume that is known to be possible."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from example_store import write_example_run
from stored_rows import change_rows

from results.analysis.curves import incumbent_curves
from results.analysis.held_out import held_out
from results.analysis.hypervolume import JointResults, joint_results, tasks_with_several_objectives
from results.analysis.leaderboard import leaderboard
from results.analysis.scores import task_scores
from results.analysis.volumes import volume_rows
from results.store import Store, open_store

LOSSES = {
    ("random", 0): [[3.0, 1.0], [1.0, 3.0], [4.0, 4.0]],
    ("random", 1): [[3.0, 1.0], [3.0, 1.0], [9.0, 9.0]],
    ("gp", 0): [[2.0, 2.0], [1.0, 1.0], [5.0, 5.0]],
    ("gp", 1): [[5.0, 0.0], [0.0, 5.0], [1.0, 1.0]],
}
"""By strategy and seed. The fronts reach from 0 to 5 in both objectives, so the reference point is (5.5, 5.5)."""
ALL_TOGETHER = 1 * 0.5 + 4 * 4.5 + 0.5 * 5.5
"""The volume of (0, 5), (1, 1) and (5, 0): three strips from left to right."""


def written(folder: Path, losses: dict[tuple[str, int], list[list[float]]] = LOSSES, **changes: Any) -> Path:
    names = tuple(dict.fromkeys(strategy for strategy, _ in losses))
    made = {"strategies": names, "tasks": ("both",), "seeds": 2, "trials": 3, "failures": 0.0}
    run = write_example_run(folder / "run", objectives=("f1", "f2"), **(made | changes))
    return change_rows(run, trial=lambda row: {"losses": losses[row["strategy"], row["seed"]][row["trial"]]})


def stored(folder: Path, **changes: Any) -> Store:
    return open_store(written(folder, **changes))


def joint(store: Store, task: str = "both") -> JointResults:
    found = joint_results(store, task)
    assert found is not None
    return found


def test_the_box_ends_a_tenth_beyond_the_fronts_of_all_studies(tmp_path: Path) -> None:
    found = joint(stored(tmp_path))
    assert found.best.tolist() == [0.0, 0.0]
    assert found.reference.tolist() == [5.5, 5.5]


def test_a_trial_that_its_own_study_beats_does_not_move_the_box(tmp_path: Path) -> None:
    worse = LOSSES | {("random", 1): [[3.0, 1.0], [3.0, 1.0], [1e9, 1e9]]}
    assert joint(stored(tmp_path, losses=worse)).reference.tolist() == [5.5, 5.5]


def test_shares_are_of_what_all_trials_dominate_together(tmp_path: Path) -> None:
    found = joint(stored(tmp_path))
    shares = found.shares_over_trials.reshape(4, 3) * ALL_TOGETHER
    np.testing.assert_allclose(shares[0], [2.5 * 4.5, 2.5 * 4.5 + 2 * 2.5, 2.5 * 4.5 + 2 * 2.5])
    np.testing.assert_allclose(shares[2], [3.5 * 3.5, 4.5 * 4.5, 4.5 * 4.5])
    assert found.shares_over_trials[-1] == pytest.approx(1.0)
    assert found.share(found.losses) == pytest.approx(1.0)


def test_units_of_the_objectives_do_not_matter(tmp_path: Path) -> None:
    other = {key: [[1000 * a - 7, b / 1000] for a, b in rows] for key, rows in LOSSES.items()}
    plain, rescaled = stored(tmp_path / "a"), stored(tmp_path / "b", losses=other)
    np.testing.assert_allclose(joint(rescaled).shares_over_trials, joint(plain).shares_over_trials)


def test_the_curve_of_a_task_with_several_objectives_is_its_hypervolume(tmp_path: Path) -> None:
    store = stored(tmp_path)
    (curve,) = incumbent_curves(store)
    assert (curve.objective, curve.goal, curve.is_hypervolume) == ("hypervolume", "maximize", True)
    np.testing.assert_allclose(curve.values.reshape(4, 3), joint(store).shares_over_trials.reshape(4, 3))


def test_a_failure_and_a_cheap_trial_leave_the_hypervolume_as_it_was(tmp_path: Path) -> None:
    run = written(tmp_path)
    change_rows(run, study=lambda row: {"fidelity_high": 9.0})
    change_rows(run, trial=lambda row: {"fidelity": 3.0} if row["trial"] == 1 else {})
    change_rows(run, trial=lambda row: {"losses": None, "status": "error"} if row["trial"] == 0 else {})
    (curve,) = incumbent_curves(open_store(run))
    assert np.isnan(curve.losses[:, :, :2]).all()
    assert (curve.values[:, :, 2] > 0).any()


def test_where_every_trial_failed_there_is_no_front(tmp_path: Path) -> None:
    store = open_store(write_example_run(tmp_path / "run", objectives=("a", "b"), failures=1.0))
    assert joint_results(store, "branin") is None
    assert np.isnan(incumbent_curves(store)[0].losses).all()


def test_strategies_are_ranked_by_hypervolume_and_not_by_the_first_objective(tmp_path: Path) -> None:
    first = {
        ("random", 0): [[0.0, 5.0], [0.0, 5.0], [0.0, 5.0]],
        ("random", 1): [[0.0, 5.0], [5.0, 0.0], [0.0, 5.0]],
        ("gp", 0): [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]],
        ("gp", 1): [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]],
    }
    rows = leaderboard(stored(tmp_path, losses=first))
    assert [row.strategy for row in rows] == ["gp", "random"]
    assert [row.wins for row in rows] == [1, 0]


def test_a_score_is_0_for_a_typical_random_trial_and_1_for_all_trials_together(tmp_path: Path) -> None:
    store = stored(tmp_path)
    (scores,) = task_scores(store)
    singles = [2.5 * 4.5, 4.5 * 2.5, 1.5 * 1.5, 2.5 * 4.5, 2.5 * 4.5, 0.0]
    assert -scores.zero == pytest.approx(np.median(singles) / ALL_TOGETHER)
    assert scores.one == -1.0
    assert scores.final[1, 1] == pytest.approx(1.0)


def test_maximized_objectives_are_shown_as_measured(tmp_path: Path) -> None:
    store = open_store(write_example_run(tmp_path / "run", objectives=("a", "b"), failures=0.0))
    found = joint(store, "digits")
    assert found.goals == ("maximize", "maximize")
    assert found.values(found.best).tolist() == pytest.approx((-found.losses.min(axis=0)).tolist())


def test_the_front_of_a_study_holds_its_own_trials_that_none_dominates(tmp_path: Path) -> None:
    found = joint(stored(tmp_path))
    assert found.front_of(0).tolist() == [[3.0, 1.0], [1.0, 3.0]]
    assert found.front_of(1).tolist() == [[3.0, 1.0]]


def test_only_tasks_with_several_objectives_are_named(tmp_path: Path) -> None:
    assert tasks_with_several_objectives(stored(tmp_path / "a")) == ("both",)
    assert tasks_with_several_objectives(open_store(write_example_run(tmp_path / "b"))) == ()


def test_no_single_trial_is_the_best_of_several_objectives(tmp_path: Path) -> None:
    assert held_out(stored(tmp_path)) == ()


def test_rows_tell_the_median_over_seeds_and_the_sizes_of_fronts(tmp_path: Path) -> None:
    store = stored(tmp_path)
    random, gp = volume_rows(store)
    ends = joint(store).shares_over_trials.reshape(2, 2, 3)[:, :, -1]
    assert (random.strategy, gp.strategy) == ("random", "gp")
    np.testing.assert_allclose([random.volume, gp.volume], np.median(ends, axis=1))
    assert random.low <= random.volume <= random.high
    assert (random.front, gp.front) == (1.5, 2.0)


def test_strategies_are_tested_against_random_as_one_family(tmp_path: Path) -> None:
    run = write_example_run(tmp_path / "run", objectives=("a", "b"), seeds=6)
    rows = volume_rows(open_store(run))
    pairs = [row.against for row in rows if row.against is not None]
    assert [row.strategy for row in rows if row.against is None] == ["random", "random"]
    assert [(pair.a, pair.b) for pair in pairs] == [("tpe", "random"), ("gp", "random")] * 2
    assert min(pair.p_holm for pair in pairs) == pytest.approx(min(1.0, 4 * min(pair.p_value for pair in pairs)))


def test_without_random_there_is_nothing_to_test_against(tmp_path: Path) -> None:
    run = write_example_run(tmp_path / "run", objectives=("a", "b"), strategies=("tpe", "gp"))
    assert [row.against for row in volume_rows(open_store(run))] == [None] * 4


def test_one_seed_has_no_interval(tmp_path: Path) -> None:
    rows = volume_rows(open_store(write_example_run(tmp_path / "run", objectives=("a", "b"), seeds=1)))
    assert np.isnan([(row.low, row.high) for row in rows]).all()
