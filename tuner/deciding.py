"""Adding seeds in rounds until pairs of strategies are decided, and looking at them without fooling oneself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from .suite import Suite

if TYPE_CHECKING:
    from results.analysis.decisions import PairDecision
    from results.store import Store

_GROWTH = 1.5
_MOST_TIMES = 4


@dataclass(frozen=True, slots=True)
class Look:
    """What was found after a round of seeds."""

    seeds: int
    """How many each task has by then."""
    most_seeds: int
    level: float
    """The part of the 5% that this look may spend."""
    margin: float
    pairs: tuple[PairDecision, ...]
    """The state of every pair that is to be decided: once decided or equivalent, it stays so."""

    @property
    def open_pairs(self) -> int:
        """Pairs that more seeds have yet to decide."""
        return sum(pair.state == "open" for pair in self.pairs)

    def to_json(self) -> dict[str, object]:
        """As `run.json` keeps it."""
        pairs = [{"a": pair.a, "b": pair.b, "state": pair.state, "winner": pair.winner} for pair in self.pairs]
        told = {"seeds": self.seeds, "most_seeds": self.most_seeds, "level": self.level, "margin": self.margin}
        return {**told, "pairs": pairs}


def rounds_of(suite: Suite) -> tuple[tuple[int, ...], ...]:
    """The seed indices that each round adds: one round, unless the suite stops once its pairs are decided.

    Each round makes the seeds half as many again, up to the most.
    """
    sizes = [len(suite.seeds)]
    while suite.stop is not None and sizes[-1] < most_seeds(suite):
        sizes.append(min(math.ceil(sizes[-1] * _GROWTH), most_seeds(suite)))
    later = [tuple(range(before, now)) for before, now in pairwise(sizes)]
    return (suite.seeds, *later)


def most_seeds(suite: Suite) -> int:
    """The most seeds that a task may get."""
    return suite.rules.max_seeds or _MOST_TIMES * len(suite.seeds)


def look_at(store: Store, suite: Suite, before: Sequence[Look]) -> Look:
    """The state of the pairs after a round, all of whose studies are in the store.

    A pair that an earlier look decided is not asked again. What each look may spend of the 5% depends on the seeds
    alone, so that the looks together call equals different in at most one of twenty runs.
    """
    from results.analysis.decisions import decisions, level_of_look
    from results.analysis.scores import task_scores

    most = most_seeds(suite)
    seeds = store.studies["seed"].nunique()
    level = level_of_look(seeds / most, before[-1].seeds / most if before else 0.0)
    known = before[-1].pairs if before else ()
    settled = {(pair.a, pair.b): pair for pair in known if pair.state != "open"}
    pairs = [pair for pair in suite.rules.pairs or combinations(suite.strategy_labels, 2) if _have_met(store, pair)]
    found = decisions(task_scores(store), pairs, level, suite.rules.margin, foretell=False)
    return Look(seeds, most, level, suite.rules.margin, tuple(settled.get((pair.a, pair.b), pair) for pair in found))


def _have_met(store: Store, pair: tuple[str, str]) -> bool:
    """Whether both take part in some task: seeds could never decide between strategies of which one is skipped."""
    able = store.studies[store.studies["status"] != "skipped"]
    a, b = (set(able.loc[able["strategy"] == name, "task"]) for name in pair)
    return bool(a & b)
