"""Tests of tests: published worked examples, other implementations, and edge cases.

The worked example is J. Demsar, Statistical Comparisons of Classifiers over Multiple Data Sets, JMLR 7:1-30 (2006):
the AUC of four variants of C4.5 on 14 data sets (table 6 there), its ranks, tests and tables of critical values.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import friedmanchisquare, wilcoxon

from results.analysis.scores import TaskScores
from results.analysis.significance import (
    as_one_family,
    block_names,
    cliques,
    friedman,
    friedman_from_mean_ranks,
    holm,
    nemenyi_critical_difference,
    pairwise_wilcoxon,
    seed_blocks,
    task_blocks,
)
from results.errors import NothingToCompare

NAMES = ("C4.5", "C4.5+m", "C4.5+cf", "C4.5+m+cf")
PRINTED_RANKS = (3.143, 2.0, 2.893, 1.964)
# fmt: off
RANKS = np.array([
    [4, 3, 2, 1], [1, 2, 3, 4], [4, 1, 2, 3], [4, 1, 3, 2], [4, 2, 3, 1], [1, 2.5, 4, 2.5], [3, 2, 4, 1],
    [2.5, 2.5, 4, 1], [4, 3, 2, 1], [2.5, 2.5, 2.5, 2.5], [4, 2.5, 1, 2.5], [3, 2, 4, 1], [4, 1, 2, 3], [3, 1, 4, 2],
])
AREAS_IN_THOUSANDTHS = np.array([
    [763, 768, 771, 798], [599, 591, 590, 569], [954, 971, 968, 967], [628, 661, 654, 657], [882, 888, 886, 898],
    [936, 931, 916, 931], [661, 668, 609, 685], [583, 583, 563, 625], [775, 838, 866, 875], [1000, 1000, 1000, 1000],
    [940, 962, 965, 962], [619, 666, 614, 669], [972, 981, 975, 975], [957, 978, 946, 970.0],
])
# fmt: on
NEMENYI_05 = (1.960, 2.343, 2.569, 2.728, 2.850, 2.949, 3.031, 3.102, 3.164)
NEMENYI_10 = (1.645, 2.052, 2.291, 2.459, 2.589, 2.693, 2.780, 2.855, 2.920)


def test_friedman_and_iman_davenport_reproduce_demsar() -> None:
    test = friedman_from_mean_ranks(PRINTED_RANKS, blocks=14)
    assert round(test.statistic, 2) == 9.28
    assert round(test.iman_davenport, 2) == 3.69
    assert test.iman_davenport_p == pytest.approx(0.0198, abs=1e-4)
    assert (test.blocks, test.strategies) == (14, 4)


def test_published_ranks_have_the_published_means() -> None:
    np.testing.assert_allclose(RANKS.mean(axis=0), PRINTED_RANKS, atol=5e-4)


@pytest.mark.parametrize("values", [RANKS, AREAS_IN_THOUSANDTHS])
def test_friedman_with_ties_agrees_with_scipy(values: NDArray[np.float64]) -> None:
    reference = friedmanchisquare(*values.T)
    test = friedman(values)
    assert test.statistic == pytest.approx(reference.statistic)
    assert test.p_value == pytest.approx(reference.pvalue)


def test_friedman_of_the_printed_areas_is_corrected_for_their_ties() -> None:
    assert friedman(AREAS_IN_THOUSANDTHS).statistic == pytest.approx(10.952381, abs=1e-6)


def test_friedman_is_the_same_whichever_way_is_better() -> None:
    assert friedman(AREAS_IN_THOUSANDTHS).p_value == pytest.approx(friedman(-AREAS_IN_THOUSANDTHS).p_value)


def test_friedman_without_any_difference_finds_none() -> None:
    test = friedman(np.ones((5, 3)))
    assert (test.statistic, test.p_value, test.iman_davenport_p) == (0.0, 1.0, 1.0)


def test_friedman_of_perfect_agreement_has_an_infinite_ratio() -> None:
    test = friedman(np.tile([1.0, 2.0, 3.0], (7, 1)))
    assert test.statistic == pytest.approx(14.0)
    assert np.isinf(test.iman_davenport)
    assert test.iman_davenport_p == 0.0


@pytest.mark.parametrize("shape", [(1, 3), (5, 1)])
def test_friedman_of_too_little_is_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(NothingToCompare, match="at least 2 strategies and 2 blocks"):
        friedman(np.ones(shape))


@pytest.mark.parametrize(("alpha", "published"), [(0.05, 1.25), (0.10, 1.12)])
def test_critical_difference_reproduces_demsar(alpha: float, published: float) -> None:
    assert round(nemenyi_critical_difference(4, 14, alpha), 2) == published


@pytest.mark.parametrize(("alpha", "table"), [(0.05, NEMENYI_05), (0.10, NEMENYI_10)])
def test_critical_values_agree_with_the_table_of_demsar(alpha: float, table: tuple[float, ...]) -> None:
    for k, q in enumerate(table, start=2):
        assert nemenyi_critical_difference(k, 1, alpha) == pytest.approx(q * np.sqrt(k * (k + 1) / 6), rel=1e-3)


def test_critical_difference_is_the_gap_whose_nemenyi_p_value_is_alpha() -> None:
    posthocs = pytest.importorskip("scikit_posthocs")
    p_values = posthocs.posthoc_nemenyi_friedman(RANKS).to_numpy()
    means = RANKS.mean(axis=0)
    for i, j in ((0, 1), (0, 2), (1, 2), (2, 3)):
        gap = abs(means[i] - means[j])
        assert nemenyi_critical_difference(4, 14, alpha=p_values[i, j]) == pytest.approx(gap, rel=1e-3)


def test_wilcoxon_of_demsar_splits_the_zeros() -> None:
    """R+ is 93 and R- is 12: section 3.1.3, C4.5 against C4.5+m."""
    pair = pairwise_wilcoxon(AREAS_IN_THOUSANDTHS[:, :2], NAMES[:2])[0]
    assert (pair.wins, pair.ties, pair.losses) == (2, 2, 10)
    assert pair.effect == pytest.approx((12 - 93) / (12 + 93))
    assert pair.p_value < 0.05


def test_wilcoxon_with_ties_counts_all_signs_with_the_ties_in_the_ranking() -> None:
    difference = np.array([0.0, 0.0, 1.0, -2.0, 3.0, 4.0, -5.0, 6.0, 7.0])
    ranks = np.array([3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0])
    sums = np.array([np.dot(signs, ranks) for signs in product((-1.0, 1.0), repeat=7)])
    observed = np.dot(np.sign(difference[2:]), ranks)
    pair = pairwise_wilcoxon(np.column_stack([difference, np.zeros(9)]), ("a", "b"))[0]
    assert pair.p_value == pytest.approx(float((np.abs(sums) >= observed).mean()))


def test_wilcoxon_agrees_with_scipy_where_nothing_ties() -> None:
    values = np.random.default_rng(3).normal(size=(12, 2)) + np.array([0.0, 0.7])
    pair = pairwise_wilcoxon(values, ("a", "b"))[0]
    assert pair.p_value == pytest.approx(wilcoxon(values[:, 0], values[:, 1], method="exact").pvalue)
    assert pair.median_difference == pytest.approx(np.median(values[:, 0] - values[:, 1]))


def test_wilcoxon_of_strategies_that_never_differ_is_one() -> None:
    pair = pairwise_wilcoxon(np.ones((8, 2)), ("a", "b"))[0]
    assert (pair.p_value, pair.p_holm, pair.effect, pair.ties) == (1.0, 1.0, 0.0, 8)


def test_wilcoxon_leaves_out_blocks_in_which_one_took_no_part() -> None:
    values = np.array([[1.0, 0.0], [2.0, np.nan], [3.0, 1.0], [np.nan, 9.0]])
    pair = pairwise_wilcoxon(values, ("a", "b"))[0]
    assert (pair.blocks, pair.wins, pair.effect) == (2, 2, 1.0)


def test_wilcoxon_without_a_common_block_says_nothing() -> None:
    pair = pairwise_wilcoxon(np.array([[1.0, np.nan], [np.nan, 1.0]]), ("a", "b"))[0]
    assert (pair.blocks, pair.p_value) == (0, 1.0)
    assert np.isnan(pair.median_difference)


def test_five_unanimous_blocks_are_no_evidence_and_six_are() -> None:
    steps = np.arange(1.0, 7.0)[:, None]
    values = np.hstack([steps, np.zeros((6, 1))])
    assert pairwise_wilcoxon(values[:5], ("a", "b"))[0].p_value == pytest.approx(0.0625)
    assert pairwise_wilcoxon(values, ("a", "b"))[0].p_value == pytest.approx(0.03125)


def test_every_pair_is_compared_once_and_adjusted_for_all() -> None:
    values = np.random.default_rng(0).normal(size=(20, 4)) + np.array([0.0, 0.5, 1.0, 1.5])
    pairs = pairwise_wilcoxon(values, NAMES)
    assert len({frozenset((pair.a, pair.b)) for pair in pairs}) == len(pairs) == 6
    np.testing.assert_allclose([pair.p_holm for pair in pairs], holm([pair.p_value for pair in pairs]))
    assert as_one_family(pairs) == pairs


def test_holm_reproduces_the_rejections_of_demsar() -> None:
    """p-values 0.016, 0.019 and 0.607 against 0.05 / 3, 0.05 / 2 and 0.05: the first two are rejected."""
    assert holm([0.607, 0.016, 0.019]) == pytest.approx([0.607, 0.048, 0.048])


def test_holm_agrees_with_statsmodels() -> None:
    multitest = pytest.importorskip("statsmodels.stats.multitest")
    p_values = np.random.default_rng(1).random(15) ** 3
    np.testing.assert_allclose(holm(p_values), multitest.multipletests(p_values, method="holm")[1])


def test_holm_of_nothing_is_nothing() -> None:
    assert holm([]).size == 0


def test_groups_by_critical_difference_reproduce_demsar() -> None:
    """At 10% C4.5 differs from C4.5+m and from C4.5+m+cf, and nothing else does: section 3.2.2."""
    groups = cliques(PRINTED_RANKS, NAMES, nemenyi_critical_difference(4, 14, 0.10))
    assert groups == (("C4.5+m+cf", "C4.5+m", "C4.5+cf"), ("C4.5+cf", "C4.5"))


def test_groups_by_pairs_may_skip_one_between() -> None:
    assert cliques([1.0, 2.0, 3.0], "abc", [("b", "a"), ("b", "c")]) == (("a", "c"),)


def test_all_are_one_group_where_nothing_differs_and_none_where_all_do() -> None:
    assert cliques([3.0, 1.0, 2.0], "abc", ()) == (("b", "c", "a"),)
    assert cliques([3.0, 1.0, 2.0], "abc", 0.5) == ()


def test_a_task_is_one_block_of_medians_over_seeds() -> None:
    first = _scores("first", ("x", "y"), [[0.1, 0.2, 0.9], [0.4, 0.5, np.nan]])
    second = _scores("second", ("z", "x"), [[0.7], [0.3]])
    assert block_names([first, second]) == ("x", "y", "z")
    np.testing.assert_allclose(task_blocks([first, second]), [[0.2, 0.45, np.nan], [0.3, np.nan, 0.7]])


def test_a_seed_is_one_block_of_a_task() -> None:
    scores = _scores("first", ("x", "y"), [[0.1, 0.2, 0.9], [0.4, 0.5, 0.6]])
    assert seed_blocks(scores).tolist() == [[0.1, 0.4], [0.2, 0.5], [0.9, 0.6]]


def _scores(task: str, strategies: tuple[str, ...], final: list[list[float]]) -> TaskScores:
    table = np.array(final)[:, :, None]
    earlier = np.zeros_like(table)
    seeds = tuple(range(table.shape[1]))
    return TaskScores(task, strategies, seeds, np.concatenate([earlier, table], axis=2), 1.0, 0.0)
