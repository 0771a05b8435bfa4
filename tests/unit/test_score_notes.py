"""Notes beside the leaderboard: no convention is taken for a measured score, and 0 and 1 are what is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from example_store import write_example_run
from stored_rows import change_rows

from results.items import Chart, Note
from results.render import render
from results.report import Report, build_report
from results.store import open_store


def report_of(folder: Path, *lacking: tuple[str, str, int], **changes: Any) -> Report:
    """Of a run with a fidelity up to 9, in which these strategies, on these tasks with these seeds, got to 3."""
    run = write_example_run(folder / "run", **({"failures": 0.0} | changes))
    change_rows(
        run,
        trial=lambda row: {"fidelity": 3.0 if (row["strategy"], row["task"], row["seed"]) in lacking else 9.0},
        study=lambda row: {"fidelity_name": "epochs", "fidelity_high": 9.0},
    )
    return build_report(open_store(run))


def without(*strategies: str, tasks: tuple[str, ...] = ("branin", "digits")) -> list[tuple[str, str, int]]:
    return [(strategy, task, seed) for strategy in strategies for task in tasks for seed in range(4)]


def notes(report: Report, section: str = "leaderboard") -> list[str]:
    return [item.text for item in report.section(section).items if isinstance(item, Note)]


def test_a_score_that_was_not_measured_is_a_dash_and_no_dot(tmp_path: Path) -> None:
    report = report_of(tmp_path, *without("gp"))
    (chart,) = (item for item in report.section("leaderboard").items if isinstance(item, Chart))
    assert [row[0] for row in chart.data.rows] == ["tpe", "random"]
    assert "| gp | \u2013 | \u2013 | \u2013 | 3.00 | 0 | 2 | 8 |" in render(report, "md")


def test_who_has_no_score_is_named_with_the_reason(tmp_path: Path) -> None:
    assert notes(report_of(tmp_path, *without("tpe", "gp"))) == [
        "No trial succeeded at the highest fidelity, so there is no score and the rank is the last: tpe, gp."
    ]


def test_studies_that_count_as_0_are_named_with_their_number_and_the_rule(tmp_path: Path) -> None:
    (note,) = notes(report_of(tmp_path, ("tpe", "branin", 2), *without("gp", tasks=("digits",))))
    assert "count as 0" in note
    assert note.endswith(": tpe on branin (1 of 4), gp on digits (4 of 4).")


def test_random_search_that_only_failed_is_not_said_to_have_taken_no_part(tmp_path: Path) -> None:
    told = notes(report_of(tmp_path, *without("random")))[-1]
    assert told == (
        "No trial of random search succeeded at the highest fidelity, so 0 is a typical first trial of all "
        "strategies: branin, digits."
    )


def test_where_every_study_found_something_there_is_no_note(tmp_path: Path) -> None:
    assert notes(report_of(tmp_path)) == []


def test_a_strategy_without_a_score_is_named_in_the_verdict_and_compared_nowhere(tmp_path: Path) -> None:
    report = report_of(tmp_path, *without("gp"))
    text = render(report, "md")
    assert "no score, for want of a success at the highest fidelity: gp." in text
    assert "; the next, random, has" in text
    assert {row[1] for row in report.section("significance").tables[0].rows} == {"tpe"}
    (note,) = notes(report, "best-so-far")
    assert note.startswith("Without a line, since in fewer than half of the seeds any trial succeeded at the highest")
    assert note.endswith(": gp on branin; gp on digits.")


def test_where_nobody_reached_the_highest_fidelity_there_is_nothing_to_compare(tmp_path: Path) -> None:
    report = report_of(tmp_path, *without("random", "tpe", "gp"))
    assert "No trial has succeeded at the highest fidelity yet, so there is nothing to compare." in render(report, "md")
    assert "need two strategies" in notes(report, "significance")[0]


def test_equal_times_at_which_nobody_has_a_success_have_no_leader(tmp_path: Path) -> None:
    text = render(report_of(tmp_path, *without("random", "tpe", "gp")), "md")
    assert "At none of these costs would any trial at the highest fidelity have succeeded by then." in text
    assert "1 min: no strategy would have a score." in text


@pytest.mark.parametrize(
    ("strategies", "told"),
    [
        (("random", "gp"), "1 is that of all trials of all strategies in this report: branin, digits."),
        (("gp",), "all of them the one strategy's own, so its score says little of how good it is: branin, digits."),
    ],
)
def test_of_several_objectives_1_is_what_was_found_here(tmp_path: Path, strategies: list[str], told: str) -> None:
    assert told in notes(report_of(tmp_path, objectives=("score", "size"), strategies=strategies))[0]


def test_tasks_without_a_known_best_are_named(tmp_path: Path) -> None:
    assert notes(report_of(tmp_path, best_known=False)) == [
        "No best value is known of these tasks, so 1 is the best of all strategies in this report: branin, digits."
    ]


def test_without_random_search_0_is_said_to_be_something_else(tmp_path: Path) -> None:
    assert notes(report_of(tmp_path, strategies=("tpe", "gp"))) == [
        "Random search took no part, so 0 is a typical first trial of all strategies: branin, digits."
    ]
