"""One pair of strategies, compared."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from example_store import write_example_run
from scipy.stats import ttest_1samp, wilcoxon

from results.analysis.bootstrap import final_scores
from results.analysis.comparison import Comparison, compare
from results.analysis.decisions import decisions_of
from results.analysis.leaderboard import leaderboard
from results.analysis.paired import paired_differences, sign_flip_p
from results.analysis.scores import task_scores
from results.analysis.significance import holm, pairwise_wilcoxon, task_blocks
from results.errors import NothingToCompare, UnknownLabel
from results.items import Points
from results.sections.comparison import comparison_section
from results.store import Store, open_store

MANY = tuple(f"t{number}" for number in range(7))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return open_store(write_example_run(tmp_path_factory.mktemp("runs") / "three", seeds=8, spread=2.0))


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return open_store(write_example_run(tmp_path_factory.mktemp("runs") / "many", seeds=3, tasks=MANY))


def said(found: Comparison) -> str:
    points = comparison_section(found).items[0]
    assert isinstance(points, Points)
    return "\n".join(points.texts)


def test_the_difference_of_a_task_is_that_of_the_paired_t_test(store: Store) -> None:
    finals = final_scores(task_scores(store))
    expected = ttest_1samp(finals["tpe"][0] - finals["random"][0], 0.0)
    low, high = expected.confidence_interval(0.95)
    found = compare(store, "tpe", "random").tasks[0]

    assert found.difference.value == pytest.approx(np.mean(finals["tpe"][0] - finals["random"][0]))
    assert (found.difference.low, found.difference.high) == pytest.approx((low, high))
    assert found.seeds == 8


def test_the_decision_is_that_of_the_store_seen_from_either_side(store: Store) -> None:
    (stored,) = [pair for pair in decisions_of(store) if {pair.a, pair.b} == {"random", "tpe"}]
    one, other = compare(store, "random", "tpe"), compare(store, "tpe", "random")

    assert (one.decision.difference, one.decision.low) == (stored.difference, stored.low)
    assert (other.decision.difference, other.decision.low) == (-stored.difference, -stored.high)
    assert one.decision.winner == other.decision.winner == "tpe"
    assert one.decision.p_holm == other.decision.p_holm
    assert one.family == 3


def test_a_planned_pair_is_not_adjusted_for_the_others(store: Store) -> None:
    planned, among = compare(store, "gp", "tpe", planned=True), compare(store, "gp", "tpe")
    assert planned.family == 1
    assert planned.decision.p_holm <= among.decision.p_holm


def test_the_scores_are_those_of_the_leaderboard(store: Store) -> None:
    board = {row.strategy: (row.score, row.low, row.high) for row in leaderboard(store)}
    assert compare(store, "tpe", "gp").a.score.cells == board["tpe"]


def test_on_few_tasks_nothing_is_said_of_others(store: Store) -> None:
    found = compare(store, "tpe", "random")
    assert found.over_tasks is None
    assert found.posterior is None
    assert "Nothing can be said of other tasks" in said(found)


def test_over_tasks_a_planned_pair_has_scipys_p_value(many: Store) -> None:
    blocks = task_blocks(task_scores(many))
    found = compare(many, "gp", "random", planned=True)

    assert found.over_tasks is not None
    assert found.over_tasks.p_holm == wilcoxon(blocks[:, 2] - blocks[:, 0], zero_method="zsplit").pvalue
    assert found.over_tasks.wins + found.over_tasks.losses == len(MANY)


def test_over_tasks_an_unplanned_pair_is_adjusted_for_all_and_turned(many: Store) -> None:
    pairs = pairwise_wilcoxon(task_blocks(task_scores(many)), many.strategies)
    (stored,) = [pair for pair in pairs if {pair.a, pair.b} == {"random", "gp"}]
    found = compare(many, "gp", "random").over_tasks

    assert found is not None
    assert (found.a, found.p_holm, found.effect) == ("gp", stored.p_holm, -stored.effect)
    assert (found.wins, found.losses) == (stored.losses, stored.wins)


def test_the_three_answers_of_the_posterior_add_up_to_one(many: Store) -> None:
    found = compare(many, "gp", "random").posterior
    assert found is not None
    assert found.a_better + found.equivalent + found.b_better == pytest.approx(1.0)
    assert found.a_better > found.b_better


def test_a_task_that_one_of_them_missed_is_left_out_and_named(tmp_path: Path) -> None:
    run = write_example_run(tmp_path / "run", skipped=[("gp", "digits")])
    found = compare(open_store(run), "gp", "random")

    assert [one.task for one in found.tasks] == ["branin"]
    assert found.alone == ("digits",)
    assert found.a.trials == found.b.trials == 48


def test_values_are_medians_as_measured(store: Store) -> None:
    found = compare(store, "gp", "random").tasks
    finals = store.trials.query("task == 'digits' and strategy == 'gp' and status == 'ok'").groupby("seed")["value"]

    assert found[1].goal == "maximize"
    assert found[1].value_a == finals.max().median()


def test_the_p_values_of_tasks_are_adjusted_for_all_of_them(store: Store) -> None:
    scores = task_scores(store)
    expected = holm([sign_flip_p(paired_differences([task], "gp", "random")) for task in scores])
    assert [one.p_holm for one in compare(store, "gp", "random").tasks] == expected.tolist()
    assert expected[1] != sign_flip_p(paired_differences([scores[1]], "gp", "random"))


def test_no_task_is_called_won_without_adjustment(store: Store) -> None:
    for one in compare(store, "gp", "random").tasks:
        assert (one.winner("gp", "random") is None) == (one.p_holm >= 0.05)


def test_with_one_seed_nothing_is_decided(tmp_path: Path) -> None:
    found = compare(open_store(write_example_run(tmp_path / "run", seeds=1)), "gp", "random")

    assert found.decision.state == "open"
    assert math.isnan(found.tasks[0].difference.low)
    assert not math.isnan(found.tasks[0].difference.value)
    assert found.tasks[0].winner("gp", "random") is None
    assert "With one seed nothing tells luck from skill" in said(found)


def test_two_that_are_alike_are_never_told_apart(tmp_path: Path) -> None:
    store = open_store(write_example_run(tmp_path / "run", spread=0.0, seeds=6))
    found = compare(store, "gp", "random")
    assert found.decision.state == "open"
    assert said(found).startswith("Open on these 2 tasks with 6 seeds or more each")


def test_a_clear_difference_is_said_to_be_one(store: Store) -> None:
    assert said(compare(store, "random", "gp")).startswith(
        "gp is better than random on these 2 tasks with 8 seeds or more each: its score is higher by 0."
    )


def test_an_unfinished_run_is_named(tmp_path: Path) -> None:
    store = open_store(write_example_run(tmp_path / "run", state="interrupted"))
    assert compare(store, "gp", "random").unfinished == ("example",)


def test_a_label_that_does_not_exist_is_told_with_the_nearest(store: Store) -> None:
    with pytest.raises(UnknownLabel, match=r"no strategy called 'tpee' here; did you mean 'tpe'\? known: random, tpe"):
        compare(store, "tpee", "random")


def test_a_strategy_is_not_compared_with_itself(store: Store) -> None:
    with pytest.raises(NothingToCompare, match="not with itself"):
        compare(store, "tpe", "tpe")


def test_two_without_a_common_task_are_not_compared(tmp_path: Path) -> None:
    run = write_example_run(tmp_path / "run", skipped=[("gp", "digits"), ("random", "branin")])
    with pytest.raises(NothingToCompare, match="no task on which both found anything"):
        compare(open_store(run), "gp", "random")


def test_two_of_runs_with_other_luck_share_no_seeds_and_stay_open(tmp_path: Path) -> None:
    first = write_example_run(tmp_path / "a", name="a", strategies=("random",))
    second = write_example_run(tmp_path / "b", name="b", strategies=("gp",), seed=1)
    found = compare(open_store(first, second), "gp", "random")

    assert found.tasks[0].seeds == 0
    assert math.isnan(found.tasks[0].difference.value)
    assert "share no seeds" in said(found)
