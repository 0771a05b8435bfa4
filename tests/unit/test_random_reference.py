"""What random search's pooled trials tell of other budgets."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from example_store import write_example_run
from stored_rows import change_rows

from results.analysis.random_reference import (
    RandomReference,
    best_of_weights,
    random_multiples,
    random_references,
)
from results.analysis.scores import task_scores
from results.errors import NothingToCompare
from results.store import Store, open_store

LOSSES = np.array([3.0, -1.0, 4.0, 4.0, 0.5, 9.0, 2.0])


def reference(losses: list[float], *, failures: int = 0, budget: int = 4) -> RandomReference:
    return RandomReference("t", frozenset({"random"}), budget, np.sort(np.array(losses)), failures)


def store_of(folder: Path, **changes: object) -> Store:
    return open_store(write_example_run(folder / "run", **{"strategies": ("random", "tpe"), **changes}))


@pytest.mark.parametrize("k", [1, 2, 3, 5, 7])
def test_best_of_k_is_the_mean_over_all_choices_of_k(k: int) -> None:
    brute = np.mean([min(chosen) for chosen in combinations(LOSSES.tolist(), k)])
    assert reference(LOSSES.tolist()).expected_losses([k])[0] == pytest.approx(brute, abs=1e-12)


def test_the_best_of_several_numbers_of_draws_is_that_of_each() -> None:
    pool = reference(LOSSES.tolist())
    together = pool.expected_losses([1, 4, 7])
    assert together.tolist() == pytest.approx([pool.expected_losses([k])[0] for k in (1, 4, 7)], abs=1e-12)


def test_best_of_k_agrees_with_simulation_for_many_losses() -> None:
    rng = np.random.default_rng(0)
    losses = rng.normal(size=500)
    drawn = np.array([losses[rng.permutation(500)[:20]].min() for _ in range(4000)])
    error = float(drawn.std() / np.sqrt(drawn.size))
    assert reference(losses.tolist()).expected_losses([20])[0] == pytest.approx(float(drawn.mean()), abs=4 * error)


def test_the_chances_of_being_the_best_sum_to_one_for_many_draws() -> None:
    weights = best_of_weights(20_000, [1, 7, 9_999, 20_000])
    np.testing.assert_allclose(weights.sum(axis=1), 1.0, rtol=1e-9)
    assert (weights >= 0.0).all()


@pytest.mark.parametrize("count", [0, 4])
def test_as_many_draws_as_there_are_not_are_refused(count: int) -> None:
    with pytest.raises(NothingToCompare, match=rf"cannot draw {count} of 3 losses: their number is in \[1, 3\]"):
        best_of_weights(3, [count])


def test_expected_scores_with_failures_agree_with_simulation() -> None:
    pool = reference([1.0, 2.0, 5.0, 90.0], failures=3)
    rng = np.random.default_rng(1)
    scores = [(4.0 - loss) / 4.0 for loss in pool.losses] + [0.0, 0.0, 0.0]
    scores[3] = -1.0
    drawn = np.array([scores[rng.permutation(7)[:2].min()] for _ in range(20_000)])
    error = float(drawn.std() / np.sqrt(drawn.size))
    assert pool.expected_scores([2], zero=4.0, one=0.0)[0] == pytest.approx(float(drawn.mean()), abs=4 * error)


def test_a_draw_that_fails_leaves_the_worst_success_the_best() -> None:
    assert reference([90.0], failures=1).expected_scores([2], zero=4.0, one=0.0).tolist() == [-1.0]


def test_an_expected_loss_is_that_of_the_draws_of_which_any_succeeds() -> None:
    assert reference([2.0, 4.0], failures=2).expected_losses([1])[0] == pytest.approx(3.0)


def test_nothing_is_told_beyond_the_pool() -> None:
    pool = reference([1.0, 2.0])
    assert np.isnan(pool.expected_losses([3, 0])).all()
    assert pool.target(3) is None


def test_a_target_is_the_lowest_loss_that_is_reached_as_often_as_that() -> None:
    pool = reference([*map(float, range(100))])
    assert [pool.target(trials) for trials in (1, 2, 10, 30, 100)] == [99.0, 49.0, 9.0, 3.0, 0.0]


def test_failures_make_targets_easier() -> None:
    pool = reference([*map(float, range(50))], failures=50)
    assert [pool.target(trials) for trials in (1, 2, 10, 100)] == [None, 49.0, 9.0, 0.0]


def test_a_loss_that_several_trials_found_takes_fewer_trials_than_asked_for() -> None:
    pool = reference([0.9] * 8 + [1.0] * 10, failures=2)
    assert pool.target(20) == 0.9
    assert [pool.trials_to(loss) for loss in (0.9, 1.0, 0.5)] == [2.5, 20 / 18, np.inf]


def test_it_takes_random_search_that_long_to_reach_its_target() -> None:
    rng = np.random.default_rng(2)
    target = reference(rng.random(2000).tolist()).target(25)
    assert target is not None
    lengths = rng.geometric(target, size=4000)
    assert lengths.mean() == pytest.approx(25.0, rel=0.2)


def test_all_seeds_of_the_strategy_are_pooled(tmp_path: Path) -> None:
    store = store_of(tmp_path, failures=0.2)
    pool = random_references(store)[0]
    trials = store.trials_of("branin").query("strategy == 'random'")
    assert (pool.draws, pool.failures) == (48, int((trials["status"] != "ok").sum()))
    assert pool.losses.tolist() == sorted(trials["value"].dropna())
    assert (pool.budget, pool.strategies) == (12, frozenset({"random"}))


def test_with_several_objectives_nothing_is_pooled(tmp_path: Path) -> None:
    pool = random_references(store_of(tmp_path, objectives=("score", "size")))[0]
    assert (pool.draws, pool.budget) == (0, 12)
    assert np.isnan(pool.expected_scores([1], 1.0, 0.0)).all()


def test_first_trials_that_the_suite_gave_are_no_draws(tmp_path: Path) -> None:
    run = write_example_run(tmp_path / "run", strategies=("random", "tpe"))
    store = open_store(change_rows(run, study=lambda row: {"starting_points": 1}))
    assert [one.draws for one in random_references(store)] == [0, 0]


def test_without_random_search_there_is_no_reference(tmp_path: Path) -> None:
    assert random_references(store_of(tmp_path, strategies=("gp", "tpe"))) == ()


def test_random_search_with_more_trials_scores_more(tmp_path: Path) -> None:
    store = store_of(tmp_path, seeds=5)
    once, twice, four = random_multiples(random_references(store), task_scores(store), (1, 2, 4))
    assert once.mean < twice.mean < four.mean <= 1.0
    assert set(four.scores) == {"branin", "digits"}


def test_a_multiple_beyond_the_pool_has_no_mean(tmp_path: Path) -> None:
    store = store_of(tmp_path, seeds=3)
    twice, four = random_multiples(random_references(store), task_scores(store))
    assert np.isfinite(twice.mean)
    assert np.isnan(four.mean)
