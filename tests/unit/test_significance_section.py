"""What the report says of differences: tests after Friedman's, and how probable each answer is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from example_store import write_example_run
from numpy.typing import NDArray

from results.analysis.bayesian_signed_rank import bayesian_signed_rank
from results.analysis.conover import conover_p_values, holm_of_matrix
from results.items import Chart, Item, Table, Text
from results.render import render
from results.report import Report, Section
from results.sections import significance
from results.sections.mean_rank_tests import mean_rank_tests
from results.sections.posteriors import posteriors
from results.store import open_store

NAMES = ("random", "tpe", "gp")
TASKS = tuple(f"task {number}" for number in range(7))
BETTER = np.random.default_rng(0).normal(loc=(0.0, 0.1, 0.2), scale=0.02, size=(9, 3))
ALIKE = np.random.default_rng(0).normal(scale=0.02, size=(9, 3))


def section_of(folder: Path, **changes: object) -> Section:
    return significance.section(
        open_store(write_example_run(folder / "run", **({"tasks": TASKS, "spread": 4.0} | changes)))
    )


def told(items: tuple[Item, ...]) -> str:
    return " ".join(item.text for item in items if isinstance(item, Text))


def tables(items: tuple[Item, ...]) -> list[Table]:
    return [item for item in items if isinstance(item, Table)]


def test_every_pair_has_three_probabilities() -> None:
    (table,) = tables(posteriors(NAMES, BETTER, "tasks"))
    assert [row[:2] for row in table.rows] == [("random", "tpe"), ("random", "gp"), ("tpe", "gp")]
    assert [sum(map(float, row[2:])) for row in table.rows] == pytest.approx([1.0] * 3)  # type: ignore[arg-type]  # numbers
    assert table.rows[1][4] == bayesian_signed_rank(BETTER, NAMES)[1].b_better > 0.99


def test_the_probabilities_come_with_what_they_assume() -> None:
    text = told(posteriors(NAMES, BETTER, "tasks"))
    assert "0.01" in text
    assert "fair sample of those that you care for" in text
    assert "half a task" in text


def test_over_seeds_nothing_is_said_of_a_sample_of_tasks() -> None:
    assert "task" not in told(posteriors(NAMES, BETTER, "seeds"))


def test_fewer_than_six_blocks_have_no_probabilities_and_the_reason() -> None:
    items = posteriors(NAMES, BETTER[:5], "tasks")
    assert not tables(items)
    assert "need 6 tasks, and here are 5" in told(items)


def test_strategies_that_rank_alike_on_every_task_are_said_to_differ(tmp_path: Path) -> None:
    text = told(section_of(tmp_path, spread=9.0).items)
    assert "Over 7 tasks, the 3 strategies differ: Friedman's chi-squared is" in text


def test_with_fewer_than_six_tasks_strategies_are_not_said_to_differ(tmp_path: Path) -> None:
    text = told(section_of(tmp_path, tasks=TASKS[:3], spread=9.0).items)
    assert "Friedman's test does not tell: it needs 6 tasks, and here are 3. Its chi-squared is" in text
    assert "differ" not in text.partition("Its chi")[0]
    assert "inf" not in text


def test_pairs_by_mean_ranks_have_the_p_values_of_conover() -> None:
    (table,) = mean_rank_tests(NAMES, BETTER, "tasks")
    expected = holm_of_matrix(conover_p_values(-BETTER))
    assert [row[-1] for row in table.rows] == [expected[0, 1], expected[0, 2], expected[1, 2]]


def test_the_rank_of_the_better_strategy_is_the_lower_one() -> None:
    (table,) = mean_rank_tests(NAMES, BETTER, "tasks")
    assert table.rows[1][:4] == ("random", "gp", 3.0, 1.0)


@pytest.mark.parametrize("blocks", [ALIKE, BETTER[:5], BETTER[:, :2]], ids=["alike", "few blocks", "two strategies"])
def test_without_a_case_for_conover_there_is_no_such_table(blocks: NDArray[np.float64]) -> None:
    assert mean_rank_tests(NAMES[: blocks.shape[1]], blocks, "tasks") == ()


def test_the_section_leads_from_pairs_over_ranks_to_probabilities(tmp_path: Path) -> None:
    items = [item for item in section_of(tmp_path).items if isinstance(item, Table | Chart)]
    assert [item.caption.partition(":")[0].split(" over")[0] for item in items] == [
        "Pairs of strategies",
        "Mean ranks",
        "After Friedman's test, pairs by their mean ranks",
        "Bayesian signed-rank test",
    ]


@pytest.mark.parametrize("form", ["html", "md", "latex"])
def test_it_is_rendered_in_every_form(tmp_path: Path, form: str) -> None:
    assert "Conover" in render(Report("title", (section_of(tmp_path),)), form)
