"""The best so far over seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from example_store import write_example_run
from hypothesis import given
from hypothesis import strategies as st
from stored_rows import change_rows

from results.analysis.anytime import TimeCurve, TimeCurves, time_curves
from results.analysis.curves import incumbent_curves
from results.store import Store, open_store

NAN = float("nan")
TIMES = st.lists(st.integers(0, 40).map(float), min_size=1, max_size=8).map(sorted)


def curve(times: list[float], losses: list[float], *, goes_on: bool = True, seed: int = 0) -> TimeCurve:
    return TimeCurve("tpe", seed, np.array(times), np.array(losses), goes_on)


def curves_of(*studies: TimeCurve) -> TimeCurves:
    return TimeCurves("t", "score", "minimize", ("tpe",), (0, 1), studies, counts_own_time=False)


def at(study: TimeCurve, *seconds: float) -> list[float | None]:
    return [None if np.isnan(loss) else float(loss) for loss in study.at(np.array(seconds))]


def store_of(folder: Path, *, study: dict[str, Any] | None = None, **changes: Any) -> Store:
    """Trial number n takes n + 1 seconds, and tpe thinks for ten about each."""
    made = {"strategies": ("random", "tpe"), "tasks": ("branin",), "seeds": 2, "trials": 4, "failures": 0.0}
    run = write_example_run(folder / "run", **(made | changes))
    return open_store(change_rows(run, trial=_timed, study=lambda row: study or {}))


def _timed(row: dict[str, Any]) -> dict[str, Any]:
    own = 5.0 if row["strategy"] == "tpe" else 0.0
    return {"seconds": row["trial"] + 1.0, "ask_seconds": own, "tell_seconds": own}


def test_a_value_holds_from_when_its_trial_ends_until_a_better_one_does() -> None:
    assert at(curve([1.0, 3.0, 6.0], [5.0, 4.0, 2.0]), 1.0, 2.9, 3.0, 5.9, 6.0) == [5.0, 5.0, 4.0, 4.0, 2.0]


def test_nothing_is_known_before_the_first_success() -> None:
    assert at(curve([1.0, 3.0], [NAN, 4.0]), 0.0, 1.0, 2.9, 3.0) == [None, None, None, 4.0]


def test_nothing_is_known_after_the_end_of_a_study_that_would_have_gone_on() -> None:
    assert at(curve([1.0, 3.0], [5.0, 4.0]), 3.0, 3.1) == [4.0, None]


def test_a_study_that_ended_by_itself_keeps_its_last_value() -> None:
    assert at(curve([1.0, 3.0], [5.0, 4.0], goes_on=False), 3.1, 1e9) == [4.0, 4.0]


def test_of_trials_that_end_at_one_instant_the_last_counts() -> None:
    assert at(curve([1.0, 1.0, 1.0], [5.0, 4.0, 3.0]), 0.9, 1.0) == [None, 3.0]


def test_on_a_common_grid_a_strategy_ends_with_the_first_of_its_studies_that_would_have_gone_on() -> None:
    curves = curves_of(curve([1.0, 3.0], [5.0, 4.0]), curve([2.0, 9.0], [6.0, 1.0], seed=1))
    assert curves.limit("tpe") == 3.0
    expected = [[5.0, 5.0, 4.0, NAN, NAN], [NAN, 6.0, 6.0, NAN, NAN]]
    np.testing.assert_array_equal(curves.losses(np.array([1.0, 2.0, 3.0, 4.0, 9.0]))[0], expected)


def test_a_study_that_ended_by_itself_holds_no_other_back() -> None:
    curves = curves_of(curve([1.0], [5.0], goes_on=False), curve([2.0, 9.0], [6.0, 1.0], seed=1))
    np.testing.assert_array_equal(curves.losses(np.array([9.0]))[0], [[5.0], [1.0]])


def test_the_grid_goes_from_the_first_end_to_the_last_in_equal_ratios() -> None:
    grid = curves_of(curve([0.0, 1.0, 4.0], [5.0, 4.0, 3.0]), curve([16.0], [1.0], seed=1)).grid(points=5)
    np.testing.assert_allclose(grid, [1.0, 2.0, 4.0, 8.0, 16.0])


def test_where_no_time_passed_there_is_no_grid() -> None:
    assert curves_of(curve([0.0, 0.0], [5.0, 4.0])).grid().size == 0


def test_seconds_of_evaluation_add_up(tmp_path: Path) -> None:
    (curves,) = time_curves(store_of(tmp_path), own_time=False)
    assert [study.times.tolist() for study in curves.studies] == [[1.0, 3.0, 6.0, 10.0]] * 4


def test_a_strategys_own_time_delays_its_trials(tmp_path: Path) -> None:
    (curves,) = time_curves(store_of(tmp_path), own_time=True)
    ends = {study.strategy: study.times.tolist() for study in curves.studies}
    assert ends == {"random": [1.0, 3.0, 6.0, 10.0], "tpe": [11.0, 23.0, 36.0, 50.0]}


def test_trials_at_once_end_as_assumed_cost_says(tmp_path: Path) -> None:
    (curves,) = time_curves(store_of(tmp_path, study={"parallelism": 2}), own_time=False)
    assert curves.studies[0].times.tolist() == [1.0, 2.0, 5.0, 6.0]


def test_on_the_simulated_clock_trials_end_when_it_says(tmp_path: Path) -> None:
    run = write_example_run(tmp_path / "run", strategies=("random",), tasks=("branin",), seeds=1, trials=4)
    spans = [(0.0, 1.0), (0.0, 3.0), (1.0, 2.0), (2.0, 5.0)]
    known = [0, 0, 1, 2]

    def simulated(row: dict[str, Any]) -> dict[str, Any]:
        began, ended = spans[row["trial"]]
        return {"simulated_started": began, "simulated_finished": ended, "known_results": known[row["trial"]]}

    change_rows(run, study=lambda row: {"clock": "simulated", "parallelism": 2}, trial=simulated)
    (curves,) = time_curves(open_store(run), own_time=False)
    assert curves.studies[0].times.tolist() == [1.0, 2.0, 3.0, 5.0]


def test_at_the_end_of_each_trial_it_is_the_incumbent(tmp_path: Path) -> None:
    store = store_of(tmp_path, failures=0.3, trials=12, objectives=("score",))
    (incumbents,), (curves,) = incumbent_curves(store), time_curves(store, own_time=True)
    for study in curves.studies:
        row, column = incumbents.strategies.index(study.strategy), incumbents.seeds.index(study.seed)
        np.testing.assert_array_equal(study.at(study.times), incumbents.losses[row, column])


def test_with_several_objectives_it_is_the_hypervolume_of_what_has_ended(tmp_path: Path) -> None:
    store = store_of(tmp_path, failures=0.2, trials=12, objectives=("score", "size"))
    (incumbents,), (curves,) = incumbent_curves(store), time_curves(store, own_time=False)
    assert curves.objective == "hypervolume"
    for study in curves.studies:
        row, column = incumbents.strategies.index(study.strategy), incumbents.seeds.index(study.seed)
        np.testing.assert_allclose(study.at(study.times), incumbents.losses[row, column])


def test_a_cheap_fidelity_takes_time_and_is_no_incumbent(tmp_path: Path) -> None:
    run = write_example_run(
        tmp_path / "run", strategies=("random",), tasks=("branin",), seeds=1, trials=3, failures=0.0
    )
    change_rows(
        run,
        study=lambda row: {"fidelity_high": 9.0, "fidelity_name": "epochs"},
        trial=lambda row: {"fidelity": 1.0 if row["trial"] == 0 else 9.0, "seconds": 2.0},
    )
    (curves,) = time_curves(open_store(run), own_time=False)
    assert np.isnan(curves.studies[0].at(np.array([2.0]))[0])
    assert np.isfinite(curves.studies[0].at(np.array([4.0]))[0])


@given(
    times=TIMES,
    seconds=st.lists(st.integers(-50, 500).map(lambda tenth: tenth / 10), min_size=2, max_size=20),
    goes_on=st.booleans(),
)
def test_a_curve_never_rises_and_is_that_of_the_last_end(
    times: list[float], seconds: list[float], *, goes_on: bool
) -> None:
    losses = np.arange(len(times), 0.0, -1.0)
    study = TimeCurve("tpe", 0, np.array(times), losses, goes_on=goes_on)
    asked = np.array(sorted(seconds))
    found = study.at(asked)
    known = found[~np.isnan(found)]
    assert (np.diff(known) <= 0).all()
    assert np.isnan(found[asked < times[0]]).all()
    assert (np.isnan(found[asked > times[-1]]) == goes_on).all()
    inside = (asked >= times[0]) & (asked <= times[-1])
    by_hand = [min(loss for time, loss in zip(times, losses, strict=True) if time <= s) for s in asked[inside]]
    assert found[inside].tolist() == by_hand


@given(TIMES)
def test_a_curve_is_continuous_from_the_right(times: list[float]) -> None:
    study = curve(times, [*map(float, range(len(times), 0, -1))], goes_on=False)
    np.testing.assert_array_equal(study.at(np.array(times)), study.at(np.array(times) + 1e-6))
