"""Adding seeds in rounds until pairs of strategies are decided, and looking at them without fooling oneself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from results.run_info import LookInfo, PairState

from .suite import Suite

if TYPE_CHECKING:
    from results.store import Store

_GROWTH = 1.5
_MOST_TIMES = 4
_WORTH_A_ROUND = 1.25
"""The last round makes the seeds by this more, at least: a shorter one joins the round before."""


def rounds_of(suite: Suite) -> tuple[tuple[int, ...], ...]:
    """The seed indices that each round adds: one round, unless the suite stops once its pairs are decided.

    Each round makes the seeds half as many again, up to the most; the last one may make more of them.
    """
    sizes, most = [len(suite.seeds)], most_seeds(suite)
    while suite.stop is not None and sizes[-1] < most:
        following = math.ceil(sizes[-1] * _GROWTH)
        sizes.append(following if following * _WORTH_A_ROUND < most else most)
    later = [tuple(range(before, now)) for before, now in pairwise(sizes)]
    return (suite.seeds, *later)


def most_seeds(suite: Suite) -> int:
    """The most seeds that a task may get."""
    return suite.rules.max_seeds or _MOST_TIMES * len(suite.seeds)


def look_at(store: Store, suite: Suite, before: Sequence[LookInfo]) -> LookInfo:
    """The state of the pairs after a round, all of whose studies are in the store.

    A pair that an earlier look decided is not asked again. What each look may spend of the 5% depends on the seeds
    alone, so that the looks together call equals different in at most one of twenty runs, where differences are as
    likely as their negatives, and about so elsewhere.
    """
    from results.analysis.decisions import decisions, level_of_look
    from results.analysis.scores import task_scores

    most, seeds = most_seeds(suite), store.studies["seed"].nunique()
    level = level_of_look(seeds / most, before[-1].seeds / most if before else 0.0)
    settled = {(pair.a, pair.b): pair for pair in (before[-1].pairs if before else ()) if pair.state != "open"}
    pairs = [pair for pair in suite.rules.pairs or combinations(suite.strategy_labels, 2) if _have_met(store, pair)]
    waiting = [pair for pair in pairs if pair not in settled]
    found = decisions(task_scores(store), waiting, level, suite.rules.margin, foretell=False)
    states = settled | {(pair.a, pair.b): PairState(pair.a, pair.b, pair.state, pair.winner) for pair in found}
    return LookInfo(seeds, most, level, suite.rules.margin, tuple(states[pair] for pair in pairs))


def _have_met(store: Store, pair: tuple[str, str]) -> bool:
    """Whether both take part in some task: seeds could never decide between strategies of which one is skipped."""
    able = store.studies[store.studies["status"] != "skipped"]
    a, b = (set(able.loc[able["strategy"] == name, "task"]) for name in pair)
    return bool(a & b)
