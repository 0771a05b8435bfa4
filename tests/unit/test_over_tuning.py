"""Over-tuning and noise, on studies made by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from example_store import write_example_run
from stored_rows import change_rows

from results.analysis.over_tuning import (
    IncumbentCourse,
    incumbent_courses,
    mean_ranks_with_and_without_noise,
    noise_free_losses,
    over_tuning,
    over_tuning_by,
)
from results.store import Store, open_store


def store_of(folder: Path, validation: Sequence[float], judged: Sequence[float], **changes: Any) -> Store:
    """One study of one task, to be minimised, with these validation and held-out values; `row` has the last word."""
    row = changes.pop("row", lambda row: {})
    made = {"tasks": ("one",), "strategies": ("random",), "seeds": 1, "trials": len(validation), "failures": 0.0}
    run = change_rows(
        write_example_run(folder / "run", **(made | changes)),
        trial=lambda stored: (
            {
                "value": validation[stored["trial"]],
                "losses": [validation[stored["trial"]]],
                "held_out": {"score": judged[stored["trial"]]},
            }
            | row(stored)
        ),
    )
    return open_store(run)


def course_of(folder: Path, validation: Sequence[float], judged: Sequence[float], **changes: Any) -> IncumbentCourse:
    (course,) = incumbent_courses(store_of(folder, validation, judged, **changes))
    return course


def test_relative_over_tuning_is_the_part_of_the_progress_that_was_given_away(tmp_path: Path) -> None:
    course = course_of(tmp_path, [5.0, 4.0, 3.0, 2.0], [10.0, 6.0, 4.0, 7.0])

    assert course.over_tuning == pytest.approx(3.0)
    assert course.relative == pytest.approx(3.0 / 6.0)
    assert not course.is_worse_than_first


def test_an_incumbent_worse_than_the_first_has_given_away_more_than_all(tmp_path: Path) -> None:
    course = course_of(tmp_path, [5.0, 4.0, 3.0], [10.0, 8.0, 13.0])

    assert course.relative == pytest.approx(5.0 / 2.0)
    assert course.is_worse_than_first


def test_without_progress_there_is_no_relative_over_tuning(tmp_path: Path) -> None:
    course = course_of(tmp_path, [5.0, 4.0], [10.0, 11.0])

    assert course.over_tuning == pytest.approx(1.0)
    assert np.isnan(course.relative)


def test_a_study_that_ends_with_its_best_incumbent_gave_nothing_away(tmp_path: Path) -> None:
    course = course_of(tmp_path, [5.0, 4.0, 3.0], [10.0, 11.0, 6.0])

    assert (course.over_tuning, course.relative) == (0.0, 0.0)


def test_only_trials_that_improve_on_validation_count(tmp_path: Path) -> None:
    course = course_of(tmp_path, [5.0, 6.0, 5.0, 4.0], [10.0, 1.0, 2.0, 9.0])

    assert course.trials.tolist() == [0, 3]
    assert course.over_tuning == 0.0


def test_a_trial_below_the_highest_fidelity_is_no_incumbent(tmp_path: Path) -> None:
    def low(row: dict[str, Any]) -> dict[str, Any]:
        return {"fidelity": 1.0 if row["trial"] == 1 else None}

    run = store_of(tmp_path, [5.0, 1.0, 4.0], [10.0, 0.0, 9.0], row=low).paths[0]
    change_rows(run, study=lambda _: {"fidelity_name": "epochs", "fidelity_high": 9.0})

    (course,) = incumbent_courses(open_store(run))
    assert course.trials.tolist() == [0, 2]


def test_a_held_out_value_to_be_maximised_is_better_when_it_is_higher(tmp_path: Path) -> None:
    store = store_of(tmp_path, [0.5, 0.6], [0.7, 0.4], row=lambda row: {"losses": [-row["value"] - row["trial"]]})
    change_rows(store.paths[0], study=lambda _: {"goals": ["maximize"]})

    (course,) = incumbent_courses(open_store(store.paths[0]))
    assert course.judged.tolist() == [-0.7, -0.4]
    assert course.over_tuning == pytest.approx(0.3)


def test_a_task_whose_held_out_values_repeat_validation_is_left_out(tmp_path: Path) -> None:
    assert incumbent_courses(store_of(tmp_path, [5.0, 4.0], [5.0, 4.0])) == ()


def test_a_study_without_a_success_has_no_course(tmp_path: Path) -> None:
    assert incumbent_courses(open_store(write_example_run(tmp_path, failures=1.0))) == ()


def test_shares_are_of_studies_and_the_median_is_over_the_over_tuned() -> None:
    courses = [made(judged) for judged in ([3.0, 1.0], [3.0, 1.0, 2.0], [3.0, 1.0, 5.0], [3.0, 4.0])]
    found = over_tuning(courses)

    assert (found.studies, found.share, found.worse_than_first) == (4, 0.75, 0.5)
    assert found.relative == pytest.approx(np.median([0.5, 2.0]))


def test_studies_are_told_apart_by_strategy_or_by_task() -> None:
    courses = [made([3.0, 4.0], strategy="gp"), made([3.0, 2.0], strategy="tpe")]

    assert {name: one.share for name, one in over_tuning_by(courses, "strategy").items()} == {"gp": 1.0, "tpe": 0.0}
    assert over_tuning_by(courses, "task")["one"].share == 0.5


def test_the_noise_free_value_judges_where_nothing_is_held_out(tmp_path: Path) -> None:
    true = [10.0, 12.0]
    course = course_of(
        tmp_path,
        [5.0, 4.0],
        [0.0, 0.0],
        row=lambda row: {"held_out": {}, "extras": {"noise_free score": true[row["trial"]]}},
    )

    assert course.judge == "noise-free score"
    assert course.judged.tolist() == true


def test_final_choices_are_ranked_by_what_was_seen_and_by_what_is_true(tmp_path: Path) -> None:
    seen: Mapping[str, float] = {"lucky": 1.0, "good": 2.0}
    true: Mapping[str, float] = {"lucky": 3.0, "good": 2.5}
    store = store_of(
        tmp_path,
        [0.0],
        [0.0],
        strategies=("lucky", "good"),
        seeds=2,
        row=lambda row: {
            "losses": [seen[row["strategy"]]],
            "extras": {"noise_free score": true[row["strategy"]]},
        },
    )
    ranks = mean_ranks_with_and_without_noise(noise_free_losses(store))

    assert ranks["noisy"].to_dict() == {"lucky": 1.0, "good": 2.0}
    assert ranks["true"].to_dict() == {"lucky": 2.0, "good": 1.0}


def test_a_store_without_noise_has_no_noise_free_losses(tmp_path: Path) -> None:
    assert noise_free_losses(open_store(write_example_run(tmp_path))).empty


def made(judged: Sequence[float], strategy: str = "random") -> IncumbentCourse:
    falling = -np.arange(len(judged), dtype=np.float64)
    return IncumbentCourse("one", strategy, 0, "score", np.arange(len(judged)), falling, np.array(judged))
