"""Pairs of strategies by their mean ranks: Nemenyi's test and Conover's, where Friedman's has found a difference."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from ..analysis.conover import conover_fits, conover_p_values, holm_of_matrix
from ..analysis.nemenyi import nemenyi_p_values
from ..analysis.ranks import rank_matrix
from ..analysis.significance import friedman
from ..items import Column, Table

_COLUMNS = (
    Column("A"),
    Column("B"),
    Column("Rank of A", "number", 2),
    Column("Rank of B", "number", 2),
    Column("p (Nemenyi)", "probability"),
    Column("p (Conover, Holm)", "probability"),
)


def mean_rank_tests(names: Sequence[str], blocks: NDArray[np.float64], unit: str) -> tuple[Table, ...]:
    """A table on the scores of complete blocks [blocks, strategies], each a task or a seed; none without a case."""
    if len(names) < 3 or not conover_fits(friedman(-blocks)):
        return ()
    means = rank_matrix(-blocks).mean(axis=0).tolist()
    nemenyi, conover = nemenyi_p_values(-blocks), holm_of_matrix(conover_p_values(-blocks))
    rows = tuple(
        (names[i], names[j], means[i], means[j], float(nemenyi[i, j]), float(conover[i, j]))
        for i, j in combinations(range(len(names)), 2)
    )
    caption = (
        f"After Friedman's test, pairs by their mean ranks over {unit}: Nemenyi's test, which the diagram shows, and "
        "Conover's, adjusted by Holm, which finds the most and is the least cautious. Both depend on all strategies: "
        "a p-value may change when another one takes part. So the verdict rests on Wilcoxon's test, and not on these."
    )
    return (Table(caption, _COLUMNS, rows),)
