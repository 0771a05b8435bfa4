"""Conover's and Nemenyi's p-values after Friedman's test, checked against R and scikit-posthocs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from results.analysis.conover import conover_fits, conover_p_values, holm_of_matrix
from results.analysis.nemenyi import nemenyi_p_values
from results.analysis.significance import friedman, holm, nemenyi_critical_difference

REFERENCE = Path(__file__).parents[3] / "shared" / "reference" / "statistics" / "scikit_posthocs_friedman_family.json"
# fmt: off
SCORES = np.array([[4, 3, 4, 4, 5, 6, 3], [1, 2, 3, 5, 6, 7, 7], [1, 2, 6, 4, 1, 5, 1.0]])
CONOVER_OF_THE_FIRST = (0.9147508, 0.151803, 0.2140927, 0.2140927, 0.0181602, 0.5242303)
NEMENYI_OF_THE_FIRST = (0.9999999, 0.8414506, 0.9177741, 0.9177741, 0.2147827, 0.9976902)
"""The tests of scikit-posthocs quote these of R's PMCMRplus: the first column against each of the others."""
RANKS = np.array([
    [4, 3, 2, 1], [1, 2, 3, 4], [4, 1, 2, 3], [4, 1, 3, 2], [4, 2, 3, 1], [1, 2.5, 4, 2.5], [3, 2, 4, 1],
    [2.5, 2.5, 4, 1], [4, 3, 2, 1], [2.5, 2.5, 2.5, 2.5], [4, 2.5, 1, 2.5], [3, 2, 4, 1], [4, 1, 2, 3], [3, 1, 4, 2],
])
"""Demsar 2006 (JMLR 7:1-30), table 6."""
# fmt: on


def test_conover_reproduces_the_p_values_of_r() -> None:
    assert conover_p_values(SCORES)[0, 1:] == pytest.approx(CONOVER_OF_THE_FIRST, abs=1e-6)


def test_nemenyi_reproduces_the_p_values_of_r() -> None:
    assert nemenyi_p_values(SCORES)[0, 1:] == pytest.approx(NEMENYI_OF_THE_FIRST, abs=1e-6)


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference values are not there")
@pytest.mark.parametrize("name", ["conover", "nemenyi"])
def test_every_pair_has_the_p_value_of_r(name: str) -> None:
    published = json.loads(REFERENCE.read_text(encoding="utf-8"))
    pairs = np.tril_indices(7, -1)
    matrix = np.array(published[f"test_posthoc_{name}_friedman:p_lower_triangle"], dtype=np.float64)[pairs]
    p_values = conover_p_values if name == "conover" else nemenyi_p_values
    unadjusted = matrix / 21 if name == "conover" else matrix
    np.testing.assert_allclose(p_values(np.array(published["df_bn"]))[pairs], unadjusted, atol=1e-6)


@pytest.mark.parametrize("values", [SCORES, RANKS, np.random.default_rng(2).integers(0, 4, (9, 5))])
def test_matrices_are_those_of_scikit_posthocs(values: NDArray[np.float64]) -> None:
    posthocs = pytest.importorskip("scikit_posthocs")
    np.testing.assert_allclose(conover_p_values(values), posthocs.posthoc_conover_friedman(values).to_numpy())
    np.testing.assert_allclose(nemenyi_p_values(values), posthocs.posthoc_nemenyi_friedman(values).to_numpy())
    adjusted = posthocs.posthoc_conover_friedman(values, p_adjust="holm").to_numpy()
    np.testing.assert_allclose(holm_of_matrix(conover_p_values(values)), adjusted)


def test_conover_of_two_strategies_is_the_f_test_of_iman_and_davenport() -> None:
    values = np.random.default_rng(0).normal(size=(11, 2))
    assert conover_p_values(values)[0, 1] == pytest.approx(friedman(values).iman_davenport_p)


def test_where_all_blocks_agree_those_of_unlike_ranks_differ() -> None:
    p_values = conover_p_values(np.tile([1.0, 2.0, 2.0], (7, 1)))
    assert p_values.tolist() == [[1.0, 0.0, 0.0], [0.0, 1.0, 1.0], [0.0, 1.0, 1.0]]


@pytest.mark.parametrize("p_values", [conover_p_values, nemenyi_p_values], ids=["conover", "nemenyi"])
def test_where_nothing_differs_every_p_value_is_one(p_values: object) -> None:
    assert callable(p_values)
    assert p_values(np.ones((5, 3))).tolist() == np.ones((3, 3)).tolist()


def test_the_critical_difference_is_where_nemenyi_is_at_the_level() -> None:
    p_values, means = nemenyi_p_values(RANKS), RANKS.mean(axis=0)
    gap = abs(means[0] - means[3])
    assert nemenyi_critical_difference(4, 14, alpha=p_values[0, 3]) == pytest.approx(gap, rel=1e-6)


def test_holm_of_a_matrix_is_that_of_its_pairs() -> None:
    p_values = conover_p_values(RANKS)
    adjusted = holm_of_matrix(p_values)
    above = np.triu_indices(4, 1)
    np.testing.assert_allclose(adjusted[above], holm(p_values[above]))
    np.testing.assert_allclose(adjusted, adjusted.T)
    assert np.diag(adjusted).tolist() == [1.0] * 4


def test_conover_is_less_conservative_than_nemenyi_on_a_published_table() -> None:
    above = np.triu_indices(4, 1)
    conover, nemenyi = holm_of_matrix(conover_p_values(RANKS))[above], nemenyi_p_values(RANKS)[above]
    assert (conover < 0.05).sum() > (nemenyi < 0.05).sum()


def test_conover_fits_where_friedman_rejects() -> None:
    assert conover_fits(friedman(RANKS))
    assert not conover_fits(friedman(np.random.default_rng(1).normal(size=(14, 4))))


@pytest.mark.parametrize("shape", [(5, 3), (8, 2)], ids=["few blocks", "two strategies"])
def test_conover_does_not_fit_few_blocks_or_strategies_even_where_all_agree(shape: tuple[int, int]) -> None:
    assert not conover_fits(friedman(np.tile(np.arange(shape[1], dtype=np.float64), (shape[0], 1))))
