"""Sure enough? Each pair of strategies: decided, practically equivalent, or open and how many more seeds would do."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal, TypeAlias

from ..remembering import once_a_store
from ..run_info import LookInfo, PairState
from ..store import Store
from .paired import PairedDifferences, equivalence_p, paired_differences, sign_flip_p
from .scores import TaskScores, task_scores
from .seeds_needed import seeds_needed
from .significance import block_names, holm

LEVEL = 0.05
"""How often a family of tests may call equals different; and how often one may call others equivalent that are not."""
MARGIN = 0.01
"""A mean difference of scores below this is of no practical use: a hundredth of the way from a typical random trial to
the best known value."""

State: TypeAlias = Literal["decided", "equivalent", "open"]


@dataclass(frozen=True, slots=True)
class PairDecision:
    """What the seeds say of two strategies on the tasks of a store; nothing of other tasks."""

    a: str
    b: str
    state: State
    """decided: the mean difference is not 0; equivalent: it is smaller than the margin, whatever its sign; open:
    neither is shown. A difference that is real and smaller than the margin is equivalent."""
    difference: float
    """Mean over tasks of the mean over seeds of a's final score - b's; NaN where nothing can be compared."""
    low: float
    high: float
    """Ends of its 95% interval by Student's t, over the choice of seeds."""
    p_holm: float
    """Two-sided p-value of no difference (signs flipped within tasks), adjusted for all pairs asked (Holm 1979)."""
    p_equivalent: float
    """P-value of a difference of at least the margin (two one-sided tests), adjusted likewise."""
    tasks: int
    seeds: int
    """The fewest that any of these tasks has."""
    seeds_needed: int | None
    """For an open pair, the number of seeds of every task that would likely end it; None where that is beyond
    `MOST_SEEDS`, or cannot be foretold. For others those that it has."""

    @property
    def winner(self) -> str | None:
        """The better one of a decided pair."""
        if self.state != "decided":
            return None
        return self.a if self.difference > 0 else self.b


def decisions(
    scores: Sequence[TaskScores],
    pairs: Iterable[tuple[str, str]] | None = None,
    level: float = LEVEL,
    margin: float = MARGIN,
    *,
    foretell: bool = True,
) -> tuple[PairDecision, ...]:
    """The state of these pairs of strategies, or of all; as one family of tests at `level`.

    The level holds for one look at the data. Whoever looks again after more seeds passes the share of the level that
    this look may spend (`level_of_look`). Without `foretell` no seeds are reckoned for open pairs.
    """
    asked = tuple(combinations(block_names(scores), 2) if pairs is None else pairs)
    differences = [paired_differences(scores, a, b) for a, b in asked]
    p_holm = holm([sign_flip_p(pair) for pair in differences])
    p_equivalent = holm([equivalence_p(pair, margin) for pair in differences])
    states = [_state(*p, level) for p in zip(p_holm, p_equivalent, strict=True)]
    open_pairs = states.count("open")
    return tuple(
        _decision(pair, state, *p, _needed(pair, state, level / max(open_pairs, 1), margin) if foretell else None)
        for pair, state, p in zip(differences, states, zip(p_holm, p_equivalent, strict=True), strict=True)
    )


@once_a_store
def decisions_of(store: Store) -> tuple[PairDecision, ...]:
    """The state of every pair of strategies of a store.

    A run that added seeds until it was sure has looked more than once. What it settled on its way stays so, and its
    other pairs are tested at the part of the level that its last look could spend, with the seeds of that look.
    """
    look, scores = last_look(store), task_scores(store)
    if look is None:
        return decisions(scores)
    found = decisions([_up_to(task, look.seeds) for task in scores], level=look.level, margin=look.margin)
    settled = {frozenset((pair.a, pair.b)): pair for pair in look.pairs if pair.state != "open"}
    return tuple(_as_settled(pair, settled.get(frozenset((pair.a, pair.b)))) for pair in found)


def last_look(store: Store) -> LookInfo | None:
    """The last look of a run that added seeds until it was sure; None for others, and where runs are joined."""
    looks = store.runs[0].looks if len(store.runs) == 1 else ()
    return looks[-1] if looks else None


def level_of(store: Store) -> float:
    """The level of a store's tests over seeds: of a run that looked more than once, what its last look could spend."""
    look = last_look(store)
    return LEVEL if look is None else look.level


def margin_of(store: Store) -> float:
    """The difference below which two strategies of a store are equivalent."""
    look = last_look(store)
    return MARGIN if look is None else look.margin


def level_of_look(done: float, before: float = 0.0, level: float = LEVEL) -> float:
    """What a look at share `done` of the most seeds may spend of the level, if the last one was at share `before`.

    The spending function is level * log(1 + (e - 1) * done), which spends evenly, as Pocock's bounds do (Lan and
    DeMets, Biometrika 1983). Each look is tested at its share by itself, so their errors add up to no more than the
    level however the looks depend on one another.
    """
    spent, spent_before = (level * math.log1p((math.e - 1) * min(share, 1.0)) for share in (done, before))
    return spent - spent_before


def _up_to(task: TaskScores, seeds: int) -> TaskScores:
    """The scores of the first seeds: a run that was stopped may hold some of a round that nobody has looked at."""
    kept = [place for place, seed in enumerate(task.seeds) if seed < seeds]
    shown = tuple(task.seeds[place] for place in kept)
    return replace(task, seeds=shown, scores=task.scores[:, kept], found=task.found[:, kept])


def _as_settled(pair: PairDecision, before: PairState | None) -> PairDecision:
    """The pair in the state that an earlier look gave it; open where the other one leads by now."""
    if before is None:
        return pair
    settled = replace(pair, state=before.state, seeds_needed=pair.seeds)
    return settled if settled.winner == before.winner else replace(pair, state="open", seeds_needed=None)


def _state(p_holm: float, p_equivalent: float, level: float) -> State:
    if p_equivalent < level:
        return "equivalent"
    return "decided" if p_holm < level else "open"


def _needed(pair: PairedDifferences, state: State, level: float, margin: float) -> int | None:
    if state != "open":
        return pair.seeds
    needed = seeds_needed(pair, level, margin)
    return None if needed is None else max(needed, pair.seeds + 1)


def _decision(
    pair: PairedDifferences, state: State, p_holm: float, p_equivalent: float, needed: int | None
) -> PairDecision:
    low, high = pair.interval()
    return PairDecision(
        a=pair.a,
        b=pair.b,
        state=state,
        difference=pair.mean,
        low=low,
        high=high,
        p_holm=float(p_holm),
        p_equivalent=float(p_equivalent),
        tasks=len(pair.differences),
        seeds=pair.seeds,
        seeds_needed=needed,
    )
