"""Normalised scores."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from example_store import write_example_run

from results.analysis.curves import TaskCurves
from results.analysis.scores import normalised_scores, task_scores
from results.store import open_store

NAN = float("nan")


def curves_of(*losses: list[list[float]], strategies: tuple[str, ...] = ("random", "tpe")) -> TaskCurves:
    table = np.array(losses)
    return TaskCurves("t", "score", "minimize", strategies, tuple(range(table.shape[1])), table)


def test_a_typical_first_random_trial_scores_zero_and_the_best_known_one() -> None:
    curves = curves_of([[5.0, 4.0], [3.0, 3.0], [4.0, 2.0]], [[4.0, 0.0], [4.0, 0.0], [2.0, 1.0]])
    scores = normalised_scores(curves, best_known=0.0)
    assert (scores.zero, scores.one, scores.reference) == (4.0, 0.0, "random")
    assert scores.scores[1].tolist() == [[0.0, 1.0], [0.0, 1.0], [0.5, 0.75]]


def test_without_a_best_known_the_best_seen_scores_one() -> None:
    scores = normalised_scores(curves_of([[4.0, 3.0]], [[4.0, 2.0]]))
    assert (scores.zero, scores.one) == (4.0, 2.0)
    assert scores.final.tolist() == [[0.5], [1.0]]


def test_all_single_trials_of_the_reference_define_zero_where_they_are_given() -> None:
    scores = normalised_scores(curves_of([[4.0, 3.0]], [[4.0, 2.0]]), singles=np.array([4.0, 6.0, 7.0]))
    assert scores.zero == 6.0


def test_a_strategy_may_beat_the_best_known() -> None:
    assert normalised_scores(curves_of([[4.0]], [[-4.0]]), best_known=0.0).final[1, 0] == 2.0


def test_scores_are_cut_off_at_minus_one() -> None:
    assert normalised_scores(curves_of([[4.0]], [[400.0]]), best_known=0.0).final[1, 0] == -1.0


def test_nothing_found_yet_scores_zero() -> None:
    assert normalised_scores(curves_of([[4.0, 4.0]], [[NAN, 2.0]])).scores[1, 0].tolist() == [0.0, 1.0]


def test_a_study_that_did_not_run_has_no_score() -> None:
    table = np.array([[[4.0, 3.0]], [[NAN, NAN]]])
    curves = TaskCurves("t", "score", "minimize", ("random", "tpe"), (0,), table, np.array([[True], [False]]))
    assert np.isnan(normalised_scores(curves).scores[1]).all()


def test_without_the_reference_the_first_trials_of_all_define_zero() -> None:
    scores = normalised_scores(curves_of([[5.0, 1.0]], [[3.0, 1.0]], strategies=("gp", "tpe")))
    assert scores.zero == 4.0
    assert scores.reference == "all strategies"


def test_a_declared_best_that_is_worse_than_the_start_is_not_believed() -> None:
    scores = normalised_scores(curves_of([[4.0, 3.0]], [[4.0, 2.0]]), best_known=9.0)
    assert scores.one == 2.0


def test_a_task_on_which_all_losses_are_equal_scores_zero() -> None:
    assert normalised_scores(curves_of([[4.0, 4.0]], [[4.0, 4.0]])).scores.tolist() == [[[0.0, 0.0]], [[0.0, 0.0]]]


def test_a_task_without_any_success_scores_zero() -> None:
    scores = normalised_scores(curves_of([[NAN, NAN]], [[NAN, NAN]]))
    assert not scores.scores.any()
    assert np.isnan(scores.zero)


def test_scores_of_a_store_use_the_declared_best_and_every_random_trial(tmp_path: Path) -> None:
    store = open_store(write_example_run(tmp_path / "a", failures=0.2))
    minimized, maximized = task_scores(store)
    singles = store.trials_of("digits").query("strategy == 'random'")["value"].dropna()
    assert minimized.one == 0.0
    assert maximized.one == -1.0
    assert maximized.zero == pytest.approx(-float(np.median(singles)))


def test_random_is_found_when_two_runs_tell_it_apart(tmp_path: Path) -> None:
    first = write_example_run(tmp_path / "a", name="a")
    second = write_example_run(tmp_path / "b", name="b", options='{"x":1}')
    assert {scores.reference for scores in task_scores(open_store(first, second))} == {"random"}
