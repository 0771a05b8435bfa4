"""Who would win by the clock, if a full evaluation took so and so long."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from example_store import write_example_run
from numpy.typing import ArrayLike, NDArray
from stored_rows import change_rows

from results.analysis.assumed_cost import EqualTime, StudyCourse, end_times, equal_times, study_courses
from results.analysis.bootstrap import final_scores
from results.store import open_store

LOSSES = {"random": [4.0, 3.0, 2.0, 2.0], "gp": [4.0, 1.0, 0.0, 0.0]}
"""By strategy, for each of four trials: 0 is the best known."""
OWN = {"random": (0.0, 0.0), "gp": (8.0, 2.0)}
"""Seconds to ask and to tell: `gp` thinks for ten seconds a trial."""


def written(folder: Path, **changes: Any) -> Path:
    made = {"strategies": ("random", "gp"), "tasks": ("branin",), "seeds": 2, "trials": 4, "failures": 0.0}
    return change_rows(write_example_run(folder / "run", **(made | changes)), trial=_measured)


def _measured(row: dict[str, Any]) -> dict[str, Any]:
    ask, tell = OWN[row["strategy"]]
    return {"losses": [LOSSES[row["strategy"]][row["trial"]]], "ask_seconds": ask, "tell_seconds": tell}


def finals(reached: EqualTime) -> dict[str, list[float]]:
    return {name: np.concatenate(scores).tolist() for name, scores in final_scores(reached.scores).items()}


def course(own: ArrayLike, relative: ArrayLike, known: ArrayLike, told: ArrayLike | None = None) -> StudyCourse:
    """Trials of which each knew so many results; told in this order, by default that of the trials."""
    think, costs = np.array(own, dtype=np.float64), np.array(relative, dtype=np.float64)
    order = np.arange(think.size) if told is None else np.array(told)
    return StudyCourse(0, np.arange(think.size), think, costs, order, np.array(known), goes_on=True)


def test_one_at_a_time_the_seconds_of_trials_and_strategy_add_up() -> None:
    sequential = course([1, 2, 3], [1, 0.5, 1], [0, 1, 2])
    assert end_times(sequential, 10.0).tolist() == [11.0, 18.0, 31.0]


def test_a_round_of_two_waits_for_the_longer_trial_of_the_round_before() -> None:
    rounds = course([1, 1, 1, 1], [1, 2, 1, 1], [0, 0, 2, 2])
    assert end_times(rounds, 10.0).tolist() == [11.0, 22.0, 33.0, 34.0]


def test_rounds_of_any_size_are_waited_for() -> None:
    rounds = course([0, 0, 0, 0], [1, 1, 1, 1], [0, 1, 1, 3])
    assert end_times(rounds, 10.0).tolist() == [10.0, 20.0, 20.0, 30.0]


def test_on_the_simulated_clock_a_trial_waits_for_those_that_its_strategy_knew_of() -> None:
    two_workers = course([0, 0, 0, 0], [1, 3, 1, 1], [0, 0, 1, 2], [0, 2, 1, 3])
    assert end_times(two_workers, 10.0).tolist() == [10.0, 30.0, 20.0, 30.0]


def test_a_strategy_thinks_about_one_trial_after_the_other_while_others_go_on() -> None:
    two_workers = course([5, 5, 5, 5], [1, 3, 1, 1], [0, 0, 1, 2], [0, 2, 1, 3])
    assert end_times(two_workers, 10.0).tolist() == [15.0, 40.0, 30.0, 45.0]


def test_without_own_time_a_simulated_study_keeps_its_own_clock() -> None:
    rng = np.random.default_rng(0)
    began, ended = _asynchronous(rng.exponential(size=200), workers=7)
    known = (ended[:, None] <= began[None, :]).sum(axis=0)
    scaled = course(np.zeros(200), ended - began, known, np.argsort(ended))
    np.testing.assert_allclose(end_times(scaled, 60.0), 60.0 * ended)


def test_a_better_strategy_that_thinks_for_long_loses_at_1_second_and_wins_at_1_hour(tmp_path: Path) -> None:
    store = open_store(written(tmp_path))
    second, hour = equal_times(store, (1.0, 3600.0))
    assert (second.seconds, hour.seconds) == ((4.0,), (14400.0,))
    assert (second.trials, hour.trials) == ({"random": 4.0, "gp": 0.0}, {"random": 4.0, "gp": 3.0})
    assert finals(second)["random"] == [pytest.approx(0.2)] * 2
    assert np.isnan(finals(second)["gp"]).all()
    assert finals(hour) == {"random": [pytest.approx(0.2)] * 2, "gp": [1.0, 1.0]}


def test_a_trial_at_low_fidelity_takes_its_share_and_is_no_result(tmp_path: Path) -> None:
    run = change_rows(written(tmp_path), study=lambda row: {"fidelity_high": 9.0})
    change_rows(run, trial=lambda row: {"fidelity": 3.0, "work": 1 / 3} if row["trial"] == 2 else {"fidelity": 9.0})
    (reached,) = equal_times(open_store(run), [3600.0])
    assert reached.seconds[0] == pytest.approx(3600 * (3 + 1 / 3))
    assert reached.trials["gp"] == 3.0
    assert finals(reached)["gp"] == [pytest.approx(2 / 3)] * 2


def test_a_study_that_ended_of_its_own_accord_does_not_hold_the_others_back(tmp_path: Path) -> None:
    store = open_store(written(tmp_path, short={"random": 1}))
    (reached,) = equal_times(store, [3600.0])
    assert reached.seconds == (4 * 3610.0,)
    assert reached.trials == {"random": 1.0, "gp": 4.0}


@pytest.mark.parametrize(
    ("change", "goes_on"),
    [
        ({}, True),
        ({"budget_trials": 5}, False),
        ({"budget_trials": 5, "budget_work": 4.0}, True),
        ({"budget_trials": 5, "budget_seconds": 2.0}, True),
        ({"budget_trials": 5, "status": "stopped"}, True),
        ({"status": "failed"}, False),
    ],
    ids=["trials spent", "own accord", "work spent", "seconds spent", "interrupted", "broke its contract"],
)
def test_a_study_would_have_gone_on_if_its_budget_or_an_interruption_ended_it(
    tmp_path: Path, change: dict[str, object], *, goes_on: bool
) -> None:
    run = change_rows(written(tmp_path), study=lambda row: change)
    assert [course.goes_on for course in study_courses(open_store(run))] == [goes_on] * 4


def test_costs_on_the_simulated_clock_keep_their_proportions(tmp_path: Path) -> None:
    run = change_rows(written(tmp_path), study=lambda row: {"clock": "simulated", "parallelism": 2})
    spans = {0: (0.0, 1.0), 1: (0.0, 4.0), 2: (1.0, 2.0), 3: (2.0, 4.0)}
    names = ("simulated_started", "simulated_finished", "known_results")
    change_rows(
        run, trial=lambda row: dict(zip(names, (*spans[row["trial"]], (0, 0, 1, 2)[row["trial"]]), strict=True))
    )
    first, *_ = study_courses(open_store(run))
    assert first.relative.tolist() == [0.5, 2.0, 0.5, 1.0]
    assert end_times(first, 60.0).tolist() == [30.0, 120.0, 60.0, 120.0]


def test_the_stored_number_of_known_results_decides(tmp_path: Path) -> None:
    run = change_rows(written(tmp_path), trial=lambda row: {"known_results": (0, 1, 1, 3)[row["trial"]]})
    first, *_ = study_courses(open_store(run))
    assert end_times(first, 60.0).tolist() == [60.0, 120.0, 120.0, 180.0]


def test_where_nothing_is_stored_trials_go_in_rounds_of_the_parallelism(tmp_path: Path) -> None:
    run = change_rows(written(tmp_path), study=lambda row: {"parallelism": 3})
    first, *_ = study_courses(open_store(run))
    assert end_times(first, 60.0).tolist() == [60.0, 60.0, 60.0, 120.0]


def test_several_objectives_are_compared_by_what_they_dominate_by_then(tmp_path: Path) -> None:
    run = write_example_run(
        tmp_path / "run", objectives=("a", "b"), tasks=("branin",), strategies=("random", "gp"), failures=0.0
    )
    slow = change_rows(run, trial=lambda row: {"ask_seconds": 100.0 if row["strategy"] == "gp" else 0.0})
    second, hour = equal_times(open_store(slow), (1.0, 3600.0))
    assert second.trials["gp"] == 0.0
    assert np.isnan(finals(second)["gp"]).all()
    assert min(finals(hour)["gp"]) > 0.0


def _asynchronous(lasting: NDArray[np.float64], workers: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """When trials begin and end, each as soon as a worker is free."""
    free = np.zeros(workers)
    began, ended = np.empty_like(lasting), np.empty_like(lasting)
    for trial, seconds in enumerate(lasting):
        worker = int(free.argmin())
        began[trial] = free[worker]
        free[worker] = ended[trial] = began[trial] + seconds
    return began, ended
