"""For each pair of strategies three probabilities: that one is better, that both are as good, that the other is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..analysis.bayesian_signed_rank import bayesian_signed_rank
from ..analysis.decisions import MARGIN
from ..analysis.significance import LEAST_BLOCKS
from ..items import Column, Item, Table, Text

_COLUMNS = (
    Column("A"),
    Column("B"),
    Column("A better", "percent", 1, field="probability_a_better"),
    Column("Equivalent", "percent", 1, field="probability_equivalent"),
    Column("B better", "percent", 1, field="probability_b_better"),
)


def posteriors(names: Sequence[str], blocks: NDArray[np.float64], unit: str) -> tuple[Item, ...]:
    """A table on the scores of complete blocks [blocks, strategies], each a task or a seed, and how to read it.

    With fewer than `LEAST_BLOCKS` there is only the reason why not: the prior is so weak that two unanimous blocks
    give 96%, which nobody should take for evidence.
    """
    if len(blocks) < LEAST_BLOCKS:
        needed = f"Probabilities of who is better need {LEAST_BLOCKS} {unit}, and here are {len(blocks)}"
        return (Text(f"{needed}: a few results that agree would make them look surer than they are."),)
    rows = tuple(
        (pair.a, pair.b, pair.a_better, pair.equivalent, pair.b_better) for pair in bayesian_signed_rank(blocks, names)
    )
    caption = (
        f"Bayesian signed-rank test over {unit}: the probability that A is better by more than {MARGIN:g}, that the "
        "two differ by less, and that B is better."
    )
    return (Text(_reading(unit)), Table(caption, _COLUMNS, rows))


def _reading(unit: str) -> str:
    sample = "tasks are a fair sample of those that you care for" if unit == "tasks" else "seeds are independent"
    return (
        f"How probable is each answer, given these {unit}? Two strategies whose scores differ by less than {MARGIN:g}, "
        "a hundredth of the way from a typical random trial to the best known value, are equivalent in practice. A "
        "high probability of that is evidence, which no p-value gives: it does not matter which one you take. Where "
        f"none of the three is high, more {unit} are needed. The test assumes that the {sample}, and that a gain on "
        "one of them makes up for as large a loss on another; beforehand it takes the two for equal, with the weight "
        f"of half a {unit.removesuffix('s')}. Each pair stands by itself: nothing is adjusted for the number of pairs."
    )
