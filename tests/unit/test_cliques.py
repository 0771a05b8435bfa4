"""Groups that Wilcoxon's test with Holm's adjustment cannot tell apart, on an example that others have published.

H. Ismail Fawaz's code for critical-difference diagrams (github.com/hfawaz/cd-diagram, to "Deep learning for time series
classification: a review", 2019) comes with the accuracies of five classifiers on 15 data sets, and the diagram of them.
"""

from __future__ import annotations

import numpy as np
import pytest

from results.analysis.cliques import cliques
from results.analysis.ranks import rank_matrix
from results.analysis.significance import friedman, pairwise_wilcoxon

NAMES = ("clf1", "clf2", "clf3", "clf4", "clf5")
# fmt: off
ACCURACIES = np.array([
    [690, 523, 820, 484, 455], [18, 407, 803, 414, 839], [303, 663, 840, 794, 823], [200, 500, 700, 667, 700],
    [500, 750, 850, 850, 900], [500, 900, 900, 800, 1000], [233, 767, 900, 800, 900], [333, 916, 998, 861, 994],
    [533, 550, 873, 812, 824], [901, 267, 864, 849, 838], [536, 929, 1000, 1000, 1000], [592, 596, 772, 576, 820],
    [664, 621, 841, 590, 795], [585, 659, 838, 597, 767], [638, 613, 859, 631, 803],
]) / 1000
"""example.csv, rounded to thousandths, which changes no rank."""
# fmt: on
GROUPS = (("clf3", "clf5"), ("clf4", "clf2", "clf1"))
"""The thick bars of its cd-diagram.png."""
RANKS = (4.2, 3.7667, 1.5333, 3.5, 2.0)
"""Where that diagram has the five classifiers on its axis."""


def test_wilcoxon_with_holm_finds_the_groups_of_a_published_diagram() -> None:
    pairs = pairwise_wilcoxon(ACCURACIES, NAMES)
    apart = [(pair.a, pair.b) for pair in pairs if pair.p_holm <= 0.05]
    assert friedman(-ACCURACIES).p_value < 0.05
    assert cliques(rank_matrix(-ACCURACIES).mean(axis=0), NAMES, apart) == GROUPS


def test_the_mean_ranks_are_those_of_the_diagram() -> None:
    assert rank_matrix(-ACCURACIES).mean(axis=0) == pytest.approx(RANKS, abs=1e-4)


def test_the_groups_are_those_that_independent_code_finds() -> None:
    networkx, multitest = pytest.importorskip("networkx"), pytest.importorskip("statsmodels.stats.multitest")
    pairs = pairwise_wilcoxon(ACCURACIES, NAMES)
    is_apart = multitest.multipletests([pair.p_value for pair in pairs], method="holm")[0]
    alike = networkx.Graph([(pair.a, pair.b) for pair, apart in zip(pairs, is_apart, strict=True) if not apart])
    found = cliques([*RANKS], NAMES, [(pair.a, pair.b) for pair in pairs if pair.p_holm <= 0.05])
    assert {frozenset(group) for group in found} == set(map(frozenset, networkx.find_cliques(alike)))
