"""The Bayesian signed-rank test, checked against baycomp and by reckoning."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from results.analysis.bayesian_signed_rank import Posterior, bayesian_signed_rank

NAMES = ("C4.5", "C4.5+m", "C4.5+cf", "C4.5+m+cf")
# fmt: off
AREAS_IN_THOUSANDTHS = np.array([
    [763, 768, 771, 798], [599, 591, 590, 569], [954, 971, 968, 967], [628, 661, 654, 657], [882, 888, 886, 898],
    [936, 931, 916, 931], [661, 668, 609, 685], [583, 583, 563, 625], [775, 838, 866, 875], [1000, 1000, 1000, 1000],
    [940, 962, 965, 962], [619, 666, 614, 669], [972, 981, 975, 975], [957, 978, 946, 970.0],
])
"""Demsar 2006 (JMLR 7:1-30), table 6."""
OF_BAYCOMP = {
    (0, 1): (0.0000, 0.3287, 0.6713), (0, 2): (0.0884, 0.7443, 0.1673), (0, 3): (0.0003, 0.0347, 0.9649),
    (1, 2): (0.4639, 0.5293, 0.0068), (1, 3): (0.0022, 0.7593, 0.2385), (2, 3): (0.0008, 0.2185, 0.7808),
}
"""baycomp 1.0.3, SignedRankTest.probs(first, second, rope=10, nsamples=1_000_000, random_state=1): on the thousandths,
where no sum of two differences misses the boundary by rounding."""
# fmt: on


def one(difference: list[float], margin: float = 0.01) -> Posterior:
    values = np.column_stack([difference, np.zeros(len(difference))])
    (posterior,) = bayesian_signed_rank(values, ("a", "b"), margin)
    return posterior


def probabilities(posterior: Posterior) -> tuple[float, float, float]:
    return posterior.a_better, posterior.equivalent, posterior.b_better


def test_the_probabilities_are_those_of_baycomp_on_a_published_table() -> None:
    pairs = bayesian_signed_rank(AREAS_IN_THOUSANDTHS / 1000, NAMES, 0.01)
    for (i, j), pair in zip(OF_BAYCOMP, pairs, strict=True):
        assert (pair.a, pair.b, pair.blocks) == (NAMES[i], NAMES[j], 14)
        assert probabilities(pair) == pytest.approx(OF_BAYCOMP[i, j], abs=0.005)


@pytest.mark.parametrize("blocks", [2, 7, 25])
def test_the_probabilities_are_those_of_baycomp_on_random_differences(blocks: int) -> None:
    baycomp = pytest.importorskip("baycomp")
    values = np.random.default_rng(blocks).normal([0.02, 0.0, 0.01], 0.05, size=(blocks, 3))
    for (i, j), pair in zip(combinations(range(3), 2), bayesian_signed_rank(values, "abc"), strict=True):
        theirs = baycomp.SignedRankTest.probs(values[:, i], values[:, j], 0.01, nsamples=50_000, random_state=1)
        assert probabilities(pair) == pytest.approx(theirs, abs=0.012)


def test_one_block_gives_the_probability_of_its_weight() -> None:
    """The block's share is 1 - w**2 with w, the prior's weight, of Beta(1/2, 1): at least 1/2 with sqrt(sqrt(1/2))."""
    assert probabilities(one([0.5])) == pytest.approx((0.5**0.25, 1 - 0.5**0.25, 0.0), abs=0.005)


def test_the_probabilities_add_up_to_one() -> None:
    assert sum(probabilities(one([0.3, -0.2, 0.005, 0.02, 0.02]))) == pytest.approx(1.0)


@pytest.mark.parametrize("draw", range(3))
def test_turning_a_pair_round_turns_its_probabilities_round(draw: int) -> None:
    values = np.random.default_rng(draw).normal(size=(9, 2)).round(1)
    there, back = (bayesian_signed_rank(values[:, order], "ab")[0] for order in ([0, 1], [1, 0]))
    assert probabilities(there) == pytest.approx(probabilities(back)[::-1], abs=1e-12)


def test_differences_below_the_margin_are_evidence_of_equivalence() -> None:
    assert one([0.004, -0.006, 0.003, 0.001, 0.002, -0.001]).equivalent == 1.0


def test_a_gain_in_every_block_is_nearly_certain() -> None:
    assert one([0.2, 0.3, 0.1, 0.4, 0.2, 0.3]).a_better > 0.999


def test_a_difference_on_the_boundary_is_split_whatever_its_rounding() -> None:
    on_it, rounded = one([0.3 - 0.29] * 8), one([0.01] * 8)
    assert on_it == rounded
    assert on_it.a_better > 0


def test_a_wider_margin_makes_equivalence_more_probable() -> None:
    difference = [0.02, 0.05, -0.01, 0.03, 0.04, 0.0, 0.02]
    found = [one(difference, margin).equivalent for margin in (0.0, 0.01, 0.03, 0.1)]
    assert found == sorted(found)
    assert found[0] == pytest.approx(0.0, abs=0.001)
    assert found[-1] == 1.0


def test_blocks_in_which_one_took_no_part_are_left_out() -> None:
    values = np.array([[0.3, 0.0], [np.nan, 0.1], [0.2, 0.0], [0.4, np.nan]])
    (pair,) = bayesian_signed_rank(values, ("a", "b"))
    assert pair.blocks == 2
    assert probabilities(pair) == probabilities(one([0.3, 0.2]))


def test_without_a_common_block_nothing_is_known() -> None:
    values: NDArray[np.float64] = np.array([[0.3, np.nan], [np.nan, 0.1]])
    (pair,) = bayesian_signed_rank(values, ("a", "b"))
    assert pair.blocks == 0
    assert np.isnan(probabilities(pair)).all()


def test_the_same_values_give_the_same_probabilities() -> None:
    values = np.random.default_rng(4).normal(size=(8, 3))
    assert bayesian_signed_rank(values, "abc") == bayesian_signed_rank(values, "abc")


@pytest.mark.parametrize("blocks", [3, 12, 40])
def test_other_draws_move_no_probability_by_more_than_a_hundredth(blocks: int) -> None:
    values = np.random.default_rng(blocks).normal([0.015, 0.0], 0.05, size=(blocks, 2))
    found = [probabilities(bayesian_signed_rank(values, "ab", seed=seed)[0]) for seed in range(6)]
    assert np.ptp(found, axis=0).max() < 0.01
