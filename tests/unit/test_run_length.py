"""Run lengths: expected ones, their distribution, and the targets that random search gives."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from example_store import write_example_run
from stored_rows import change_rows

from results.analysis.run_length import (
    Target,
    TaskRunLengths,
    expected_run_length,
    run_lengths,
    shares_reached,
    tenth,
)
from results.analysis.speed_up import expected_estimate, speed_ups
from results.store import Store, open_store

NAN, INF = float("nan"), float("inf")


def runs_of(
    *steps: list[float], strategies: tuple[str, ...] = ("random", "tpe"), task: str = "t", budget: int = 10
) -> TaskRunLengths:
    """One target, of the whole budget; a study [strategies, seeds] that took eleven steps did not reach it."""
    table = np.array(steps)[:, :, None]
    reached = table <= budget
    ended = np.where(table > budget, float(budget), table)
    return TaskRunLengths(task, strategies, (Target(0.0, budget),), budget, ended, reached)


def store_of(folder: Path, losses: dict[str, list[list[float]]], **changes: Any) -> Store:
    """Losses by strategy, seed and trial; infinite for a failure."""
    seeds = len(losses["random"])
    made = {"strategies": tuple(losses), "tasks": ("branin",), "seeds": seeds, "failures": 0.0}
    run = write_example_run(folder / "run", **(made | {"trials": len(losses["random"][0])} | changes))

    def measured(row: dict[str, Any]) -> dict[str, Any]:
        loss = losses[row["strategy"]][row["seed"]][row["trial"]]
        return {"losses": [loss]} if np.isfinite(loss) else {"losses": None, "status": "error", "value": None}

    return open_store(change_rows(run, trial=measured))


def test_the_expected_run_length_is_what_all_spent_over_the_successes() -> None:
    steps = np.array([[4.0, 10.0, 6.0], [10.0, 10.0, 10.0], [NAN, 3.0, NAN], [NAN, NAN, NAN]])
    reached = np.array([[True, False, True], [False] * 3, [False, True, False], [False] * 3])
    assert expected_run_length(steps, reached).tolist()[:3] == [10.0, INF, 3.0]
    assert np.isnan(expected_run_length(steps, reached)[3])


def test_the_expected_run_length_of_luck_alone_is_one_over_its_chance() -> None:
    lengths = np.random.default_rng(0).geometric(0.05, size=20_000).astype(float)
    reached = lengths <= 15
    assert expected_run_length(np.minimum(lengths, 15), reached) == pytest.approx(20.0, rel=0.03)


def test_targets_are_what_takes_random_search_so_long(tmp_path: Path) -> None:
    descending = [[*map(float, range(20, 10, -1))], [*map(float, range(10, 0, -1))]]
    (run,) = run_lengths(store_of(tmp_path, {"random": descending, "tpe": descending}, best_known=False))
    assert run.budget == 10
    assert run.targets == (Target(10.0, 2), Target(4.0, 5), Target(2.0, 10), Target(1.0, 20))


def test_losses_that_tie_make_one_target_with_the_trials_it_really_takes(tmp_path: Path) -> None:
    plateau = [[9.0, 1.0, 9.0, 1.0, 9.0, 1.0, 9.0, 9.0, 9.0, 1.0]] * 2
    (run,) = run_lengths(store_of(tmp_path, {"random": plateau, "tpe": plateau}, best_known=False))
    assert run.targets == (Target(9.0, 1.0), Target(1.0, 2.5))
    assert (run.place(2), run.place(run.budget)) == (0, 1)


def test_on_a_plateau_random_search_is_about_as_fast_as_itself(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    losses = rng.choice([0.9, 1.0], size=(40, 20)).tolist()
    runs = run_lengths(store_of(tmp_path, {"random": losses, "tpe": losses}, best_known=False))
    (random,) = speed_ups(runs, ("random",), resamples=50)
    assert random.share.value == pytest.approx(1.0, abs=0.15)


def test_where_the_best_value_is_declared_a_last_target_is_near_it(tmp_path: Path) -> None:
    losses = [[4.0, 3.0, 2.0, 1.0, 5.0]]
    (run,) = run_lengths(store_of(tmp_path, {"random": losses, "tpe": losses}))
    assert run.targets[-1].trials is None
    assert run.targets[-1].loss == pytest.approx(0.03)


def test_a_run_length_counts_the_trial_that_reached_the_target(tmp_path: Path) -> None:
    random, tpe = [[9.0, 8.0, 7.0, 6.0], [5.0, 4.0, 3.0, 2.0]], [[9.0, 3.0, 3.0, 1.0], [9.0, INF, 9.0, 9.0]]
    (run,) = run_lengths(store_of(tmp_path, {"random": random, "tpe": tpe}, best_known=False))
    place = run.place(4)
    assert place is not None
    assert run.targets[place].loss == 3.0
    assert run.steps[:, :, place].tolist() == [[4.0, 3.0], [2.0, 4.0]]
    assert run.reached[:, :, place].tolist() == [[False, True], [True, False]]
    assert run.expected[:, place].tolist() == [7.0, 6.0]


def test_a_study_that_ended_early_spent_only_what_it_ran(tmp_path: Path) -> None:
    losses = {"random": [[9.0, 8.0, 7.0, 1.0]], "tpe": [[9.0, 9.0]]}
    (run,) = run_lengths(store_of(tmp_path, losses, short={"tpe": 2}, best_known=False))
    assert run.steps[1, 0, -1] == 2.0
    assert not run.reached[1, 0, -1]


def test_a_strategy_that_did_not_run_has_no_run_lengths(tmp_path: Path) -> None:
    losses = {"random": [[9.0, 8.0]], "tpe": [[9.0, 8.0]]}
    (run,) = run_lengths(store_of(tmp_path, losses, skipped=[("tpe", "branin")], best_known=False))
    assert np.isnan(run.expected[1]).all()
    assert (run.ran("random"), run.ran("tpe")) == (True, False)


def test_trials_of_less_work_are_counted_by_work(tmp_path: Path) -> None:
    run = write_example_run(tmp_path / "run", strategies=("random", "tpe"), tasks=("branin",), trials=8, failures=0.0)
    change_rows(run, trial=lambda row: {"work": 0.25 if row["strategy"] == "tpe" else 1.0})
    (lengths,) = run_lengths(open_store(run))
    assert lengths.is_by_work
    assert np.nanmax(lengths.steps[1]) <= 2.0 < np.nanmax(lengths.steps[0])


def test_with_several_objectives_the_studies_of_random_search_give_the_targets(tmp_path: Path) -> None:
    run = write_example_run(
        tmp_path / "run", strategies=("random", "tpe"), objectives=("score", "size"), seeds=6, failures=0.0
    )
    lengths = run_lengths(open_store(run))[0]
    random = lengths.expected[0]
    asked = np.array([target.trials for target in lengths.targets], dtype=np.float64)
    assert (random <= asked).all()
    assert (np.diff([target.loss for target in lengths.targets]) <= 0).all()


def test_tasks_without_random_search_are_left_out(tmp_path: Path) -> None:
    run = write_example_run(tmp_path / "run", strategies=("random", "tpe"), skipped=[("random", "digits")])
    assert [one.task for one in run_lengths(open_store(run))] == ["branin"]


def test_where_random_search_found_nothing_there_is_no_target(tmp_path: Path) -> None:
    store = store_of(tmp_path, {"random": [[INF, INF]], "tpe": [[1.0, 1.0]]})
    assert run_lengths(store) == ()


@pytest.mark.parametrize(("budget", "expected"), [(1, 2), (25, 2), (100, 10)])
def test_a_tenth_of_the_budget_is_two_trials_at_least(budget: int, expected: int) -> None:
    assert tenth(budget) == expected


def test_the_distribution_counts_targets_and_seeds_alike_and_then_tasks() -> None:
    quick = runs_of([11.0, 11.0], [1.0, 3.0])
    slow = replace(runs_of([11.0, 11.0], [4.0, 11.0]), task="u")
    assert shares_reached([quick, slow], "tpe", np.array([1.0, 3.0, 4.0, 99.0])).tolist() == [0.25, 0.5, 0.75, 0.75]


def test_seeds_that_did_not_run_are_no_failures() -> None:
    run = runs_of([11.0, 11.0], [2.0, NAN])
    run.reached[1, 1] = False
    assert shares_reached([run], "tpe", np.array([2.0])).tolist() == [1.0]


def test_a_strategy_that_ran_nowhere_has_no_distribution() -> None:
    assert np.isnan(shares_reached([runs_of([1.0], [2.0])], "gp", np.array([1.0]))).all()


def test_the_speed_up_is_the_median_over_tasks_of_the_share_of_the_budget() -> None:
    tasks = [runs_of([10.0] * 3, [steps] * 3, task=str(steps)) for steps in (1.0, 2.0, 9.0)]
    tpe, random = speed_ups(tasks, ("random", "tpe"))
    assert (tpe.strategy, tpe.tasks, tpe.studies) == ("tpe", 3, 9)
    assert tpe.share.value == pytest.approx(0.2)
    assert (random.share.value, random.share.low, random.share.high) == (1.0, 1.0, 1.0)


def test_tasks_on_which_no_study_got_there_count_as_longer_than_all_others() -> None:
    tasks = [runs_of([10.0] * 2, [steps] * 2, task=f"t{steps:g}") for steps in (1.0, 11.0, 11.0)]
    (tpe,) = speed_ups(tasks, ("tpe",))
    assert tpe.share.value == INF
    assert (tpe.without, tpe.unreached, tpe.studies) == (("t11", "t11"), 4, 6)


def test_where_seeds_may_all_miss_the_target_the_interval_has_no_end() -> None:
    (tpe,) = speed_ups([runs_of([10.0] * 4, [2.0, 11.0, 11.0, 11.0])], ("tpe",))
    assert tpe.share.value == pytest.approx(3.2)
    assert np.isfinite(tpe.share.low)
    assert tpe.share.high == INF


def test_one_seed_gives_no_interval() -> None:
    found = expected_estimate(runs_of([10.0], [2.0]), "tpe", 0)
    assert found.value == 2.0
    assert np.isnan([found.low, found.high]).all()


def test_a_strategy_that_did_not_run_has_no_estimate() -> None:
    assert np.isnan(expected_estimate(runs_of([10.0], [2.0]), "gp", 0).value)
    assert speed_ups([runs_of([10.0], [2.0])], ("gp",)) == ()


def test_intervals_hold_the_true_expectation_about_as_often_as_they_say() -> None:
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(100):
        steps = rng.geometric(0.1, size=10).astype(float)
        table = np.where(steps > 30, 31.0, steps)
        found = expected_estimate(runs_of(table.tolist(), strategies=("tpe",), budget=30), "tpe", 0, resamples=300)
        held += found.low <= 10.0 <= found.high
    assert 88 <= held <= 100
