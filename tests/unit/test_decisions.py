from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from results.analysis.decisions import LEVEL, decisions, level_of_look
from results.analysis.paired import PairedDifferences, equivalence_p, paired_differences, sign_flip_p
from results.analysis.scores import TaskScores
from results.analysis.seeds_needed import MOST_SEEDS, seeds_needed


def suite(
    rng: np.random.Generator, gain: float, *, tasks: int = 5, seeds: int = 8, strategies: int = 2, spread: float = 0.1
) -> tuple[TaskScores, ...]:
    """Simulated scores, in which the first strategy is better than the others by `gain`."""
    return tuple(
        task_of(
            f"task-{number}",
            rng.normal(0.6, spread, (strategies, seeds)) + gain * (np.arange(strategies) == 0)[:, None],
        )
        for number in range(tasks)
    )


def task_of(name: str, finals: np.ndarray) -> TaskScores:
    names = tuple("abcdefgh"[: len(finals)])
    return TaskScores(name, names, tuple(range(finals.shape[1])), finals[:, :, None], 0.0, -1.0)


def pair_of(*differences: Sequence[float]) -> PairedDifferences:
    names = tuple(f"task-{number}" for number in range(len(differences)))
    return PairedDifferences("a", "b", names, tuple(np.array(d, dtype=np.float64) for d in differences))


def test_the_sign_flips_of_three_equal_signs_are_counted_exactly() -> None:
    assert sign_flip_p(pair_of([0.3, 0.2, 0.4])) == 2 / 8  # none flipped, and all


def test_two_that_never_differ_have_p_one() -> None:
    assert sign_flip_p(pair_of([0.0, 0.0], [0.0, 0.0])) == 1.0


def test_unanimous_equal_differences_are_as_telling_as_their_number_allows() -> None:
    assert sign_flip_p(pair_of([0.1] * 10)) == 2 / 2**10


def test_on_one_task_with_many_seeds_the_flips_agree_with_students_t() -> None:
    differences = np.random.default_rng(3).normal(0.04, 0.1, 60)
    expected = ttest_1samp(differences, 0.0).pvalue
    assert sign_flip_p(pair_of(list(differences))) == pytest.approx(expected, rel=0.15)


def test_one_task_gives_the_interval_of_the_t_test() -> None:
    differences = np.random.default_rng(4).normal(0.1, 0.2, 12)
    expected = ttest_1samp(differences, 0.0).confidence_interval(0.95)
    low, high = pair_of(list(differences)).interval()
    assert (low, high) == pytest.approx((expected.low, expected.high))


def test_tasks_count_alike_however_many_seeds_they_have() -> None:
    assert pair_of([1.0, 1.0, 1.0, 1.0], [0.0, 0.0]).mean == 0.5


def test_a_seed_that_one_of_the_two_lacks_is_left_out() -> None:
    scores = task_of("t", np.array([[0.5, np.nan, 0.7, 0.6], [0.4, 0.4, 0.4, 0.4]]))
    assert paired_differences([scores], "a", "b").differences[0] == pytest.approx([0.1, 0.3, 0.2])


def test_a_task_with_one_seed_in_common_is_left_out() -> None:
    alone = task_of("alone", np.array([[0.5, np.nan], [0.4, 0.4]]))
    both = task_of("both", np.array([[0.5, 0.6], [0.4, 0.4]]))
    assert paired_differences([alone, both], "a", "b").tasks == ("both",)


def test_with_one_seed_everywhere_a_pair_stays_open_without_a_forecast() -> None:
    (found,) = decisions([task_of("t", np.array([[0.9], [0.1]]))])
    assert (found.state, found.seeds_needed, found.tasks) == ("open", None, 0)


def test_equals_are_called_decided_in_at_most_five_of_a_hundred_suites() -> None:
    rng = np.random.default_rng(11)
    false = [
        any(d.state == "decided" for d in decisions(suite(rng, 0.0, strategies=3, seeds=5), foretell=False))
        for _ in range(200)
    ]
    assert np.mean(false) <= LEVEL + 2 * math.sqrt(LEVEL * (1 - LEVEL) / 200)


def test_strategies_that_are_better_on_different_tasks_are_not_told_apart_by_luck_of_one_task() -> None:
    """The mean over tasks is 0, though it is not on any of them: a test that pools seeds would be wrong here."""
    rng = np.random.default_rng(12)
    false = 0
    for _ in range(200):
        better, worse = suite(rng, 0.2, tasks=1, seeds=6), suite(rng, -0.2, tasks=1, seeds=6)
        (found,) = decisions([*better, *worse], foretell=False)
        false += found.state == "decided"
    assert false / 200 <= LEVEL + 2 * math.sqrt(LEVEL * (1 - LEVEL) / 200)


def test_a_clear_difference_is_decided_for_the_better_one() -> None:
    (found,) = decisions(suite(np.random.default_rng(1), -0.3, seeds=5))
    assert (found.state, found.winner, found.seeds_needed) == ("decided", "b", 5)
    assert found.low < -0.3 < found.high


def test_a_difference_that_is_proved_small_is_equivalent_and_has_no_winner() -> None:
    (found,) = decisions(suite(np.random.default_rng(1), 0.002, seeds=40, spread=0.004))
    assert (found.state, found.winner) == ("equivalent", None)


def test_differences_at_the_margin_are_called_equivalent_in_at_most_five_of_a_hundred_suites() -> None:
    rng = np.random.default_rng(5)
    margin, count = 0.05, 400
    found = [
        equivalence_p(paired_differences(suite(rng, margin, tasks=3, seeds=6, spread=0.03), "a", "b"), margin) < LEVEL
        for _ in range(count)
    ]
    assert np.mean(found) <= LEVEL + 2 * math.sqrt(LEVEL * (1 - LEVEL) / count)


def test_the_seeds_foretold_find_a_small_difference() -> None:
    """Within a factor of 1.5: two thirds of them decide fewer than 8 in 10 suites, half as many again decide more."""
    rng, gain = np.random.default_rng(7), 0.05
    pilots = [seeds_needed(paired_differences(suite(rng, gain, seeds=12), "a", "b"), LEVEL, 0.0) for _ in range(40)]
    foretold = float(np.median([MOST_SEEDS if needed is None else needed for needed in pilots]))
    found = {
        factor: np.mean(
            [
                decisions(suite(rng, gain, seeds=round(factor * foretold)), foretell=False)[0].state == "decided"
                for _ in range(80)
            ]
        )
        for factor in (1 / 1.5, 1.5)
    }
    assert found[1 / 1.5] < 0.8 < found[1.5]


def test_an_open_pair_is_told_more_seeds_than_it_has() -> None:
    rng = np.random.default_rng(2)
    found = [decisions(suite(rng, 0.02, seeds=6))[0] for _ in range(10)]
    waiting = [d for d in found if d.state == "open"]
    assert waiting
    assert all(d.seeds_needed is None or d.seeds_needed > d.seeds for d in waiting)


def test_the_looks_together_spend_the_level() -> None:
    shares = [0.2, 0.4, 0.7, 1.0]
    spent = [level_of_look(now, before) for before, now in zip([0.0, *shares], shares, strict=False)]
    assert sum(spent) == pytest.approx(LEVEL)
    assert all(part > 0 for part in spent)


def test_looking_again_and_again_decides_equals_in_at_most_five_of_a_hundred_suites() -> None:
    rng, most, count = np.random.default_rng(13), 12, 400
    false = 0
    for _ in range(count):
        whole, before = suite(rng, 0.0, tasks=1, seeds=most), 0
        for seeds in (4, 6, 8, 10, 12):
            look = [task_of(task.task, task.final[:, :seeds]) for task in whole]
            level = level_of_look(seeds / most, before / most)
            if decisions(look, level=level, foretell=False)[0].state == "decided":
                false += 1
                break
            before = seeds
    assert false / count <= LEVEL + 2 * math.sqrt(LEVEL * (1 - LEVEL) / count)


def test_the_same_scores_give_the_same_decisions() -> None:
    scores = suite(np.random.default_rng(9), 0.03)
    assert decisions(scores) == decisions(scores)


@pytest.mark.parametrize(("seeds", "state"), [(2, "open"), (20, "open"), (80, "equivalent")])
def test_ties_throughout_are_equivalent_only_after_many_seeds(seeds: int, state: str) -> None:
    """A few ties are seen as well where one seed in five makes a difference of a third of the scale."""
    scores = [task_of(f"t{number}", np.full((2, seeds), 0.5)) for number in range(4)]
    assert decisions(scores)[0].state == state


def test_a_difference_that_only_some_seeds_show_is_rarely_called_equivalent() -> None:
    rng, count = np.random.default_rng(21), 300
    false = sum(
        equivalence_p(pair_of(list(np.where(rng.random(4) < 0.2, 0.3, 0.0))), 0.01) < LEVEL for _ in range(count)
    )
    assert false / count <= LEVEL


def test_many_pairs_that_are_wholly_apart_are_all_decided() -> None:
    """Random flips alone could not show p-values so small that 36 pairs at a late look would pass."""
    rng = np.random.default_rng(22)
    finals = np.arange(9)[:, None] / 10 + rng.normal(0.0, 0.01, (9, 20))
    names = tuple("abcdefghi")
    scores = [TaskScores("t", names, tuple(range(20)), finals[:, :, None], 0.0, -1.0)]
    assert {pair.state for pair in decisions(scores, level=0.0033)} == {"decided"}


def test_where_flips_are_too_few_the_p_value_is_no_smaller_than_all_of_them_could_give() -> None:
    assert sign_flip_p(pair_of([0.1] * 20)) == 2 / 2**20


def test_no_fewer_seeds_are_foretold_than_flipped_signs_need() -> None:
    assert (seeds_needed(pair_of([0.3, 0.31, 0.29]), LEVEL, 0.01) or 0) >= 6
