"""Whether the differences are more than luck: tests of ranks and of pairs, and how probable each answer is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ..analysis.ranks import rank_matrix
from ..analysis.scores import TaskScores, task_scores, with_a_success
from ..analysis.significance import (
    LEAST_BLOCKS,
    Friedman,
    Pair,
    cliques,
    friedman,
    nemenyi_critical_difference,
    pairwise_wilcoxon,
    seed_blocks,
    task_blocks,
)
from ..errors import NothingToCompare
from ..items import Chart, Column, Item, Note, Specification, Table, Text
from ..report import Section
from ..store import Store
from ..wording import p_value
from .mean_rank_tests import mean_rank_tests
from .posteriors import posteriors

TITLE = "Is the difference real?"

_FEW_TASKS = 8
"""Below this many blocks, Wilcoxon's test cannot reach small p-values once they are adjusted for many pairs."""

_COLUMNS = (
    Column("A"),
    Column("B"),
    Column("A better", "integer"),
    Column("tied", "integer"),
    Column("B better", "integer"),
    Column("p (Holm)", "probability"),
    Column("Effect", "number", 2),
    Column("p", "probability"),
    Column("Median difference", "number"),
)
"""The most telling first: a narrow terminal leaves out the last."""


def section(store: Store) -> Section:
    """Tests over tasks; over seeds where there is one task only."""
    if not store.outcomes["loss"].notna().any():
        raise NothingToCompare("no trial succeeded, so there is nothing to test")
    names, blocks, unit = _blocks(task_scores(store), store.strategies)
    if len(names) < 2 or len(blocks) < 2:
        raise NothingToCompare(
            f"tests need two strategies with a result everywhere and two {unit}; "
            f"this store has {len(names)} such and {len(blocks)} {unit}"
        )
    pairs = pairwise_wilcoxon(blocks, names)
    items: list[Item] = [*_weaknesses(len(blocks), unit), *_left_out(names, store.strategies, unit)]
    items += _overall(blocks, unit)
    items += [_table(pairs, unit), *_diagram(names, blocks, unit), *mean_rank_tests(names, blocks, unit)]
    items += posteriors(names, blocks, unit)
    return Section("significance", TITLE, tuple(items))


def _blocks(scores: Sequence[TaskScores], strategies: Sequence[str]) -> tuple[list[str], NDArray[np.float64], str]:
    """Strategies with a score in every block, their scores [blocks, strategies], and what a block is."""
    is_one = len(scores) == 1
    blocks = seed_blocks(scores[0]) if is_one else task_blocks(scores)
    able = with_a_success(scores)
    complete: NDArray[np.bool_] = np.all(np.isfinite(blocks), axis=0) & np.array([name in able for name in strategies])
    names = [name for name, is_complete in zip(strategies, complete, strict=True) if is_complete]
    return names, blocks[:, complete], "seeds" if is_one else "tasks"


def _weaknesses(blocks: int, unit: str) -> list[Item]:
    if unit == "seeds":
        return [Note(f"One task only: these tests are over its {blocks} seeds and say nothing of other tasks.")]
    if blocks < _FEW_TASKS:
        return [
            Note(
                f"With {blocks} tasks these tests have little power: a real difference may well not show. "
                "More tasks would help; more seeds make each task's result surer but add no task."
            )
        ]
    return []


def _left_out(names: Sequence[str], strategies: Sequence[str], unit: str) -> list[Item]:
    absent = [name for name in strategies if name not in names]
    return (
        [Note(f"Left out, since they do not have a result on each of the {unit}: {', '.join(absent)}.")]
        if absent
        else []
    )


def _overall(blocks: NDArray[np.float64], unit: str) -> list[Item]:
    if blocks.shape[1] < 3:
        return []
    test = friedman(blocks)
    return [Text(_sentence(test, unit))]


def _sentence(test: Friedman, unit: str) -> str:
    if test.blocks < LEAST_BLOCKS:
        return (
            f"Whether the {test.strategies} strategies as a whole are alike, Friedman's test does not tell: it needs "
            f"{LEAST_BLOCKS} {unit}, and here are {test.blocks}. Its chi-squared is {test.statistic:.2f} "
            f"({p_value(test.p_value)})."
        )
    answer = "differ" if test.iman_davenport_p < 0.05 else "cannot be told apart as a whole"
    second = (test.strategies - 1) * (test.blocks - 1)
    return (
        f"Over {test.blocks} {unit}, the {test.strategies} strategies {answer}: Friedman's chi-squared is "
        f"{test.statistic:.2f} ({p_value(test.p_value)}), and the less conservative statistic of Iman and Davenport is "
        f"F({test.strategies - 1}, {second}) {_value(test.iman_davenport)} ({p_value(test.iman_davenport_p)})."
    )


def _value(statistic: float) -> str:
    return f"= {statistic:.2f}" if math.isfinite(statistic) else "is infinite"


def _table(pairs: Sequence[Pair], unit: str) -> Table:
    rows = tuple(
        (
            pair.a,
            pair.b,
            pair.wins,
            pair.ties,
            pair.losses,
            pair.p_holm,
            pair.effect,
            pair.p_value,
            pair.median_difference,
        )
        for pair in pairs
    )
    caption = (
        f"Pairs of strategies over {unit}: Wilcoxon's signed-rank test on normalised scores, adjusted by Holm. "
        "Effect: 1 where A is better everywhere, \u22121 where B is."
    )
    return Table(caption, _COLUMNS, rows)


def _diagram(names: Sequence[str], blocks: NDArray[np.float64], unit: str) -> list[Item]:
    if len(names) < 3:
        return []
    means = rank_matrix(-blocks).mean(axis=0)
    difference = nemenyi_critical_difference(len(names), len(blocks))
    groups = cliques(means, names, difference)
    ranks = sorted(zip(names, map(float, means), strict=True), key=lambda pair: pair[1])
    joined = "; ".join(", ".join(group) for group in groups) or "none"
    chart = Chart(
        f"Mean ranks over {unit} (1 is best, on the left). Thick bars join strategies that Nemenyi's test at 5% "
        f"cannot tell apart: their mean ranks differ by less than the critical difference, {difference:.2f}.",
        f"Critical-difference diagram. Joined groups: {joined}.",
        partial(_specification, ranks, groups, difference),
        Table("Mean ranks", (Column("Strategy"), Column("Mean rank", "number", 2)), tuple(ranks)),
    )
    return [chart]


def _specification(
    ranks: Sequence[tuple[str, float]], groups: Sequence[Sequence[str]], difference: float
) -> Specification:
    from ..charts.critical_difference import critical_difference

    return critical_difference(ranks, groups, difference)
