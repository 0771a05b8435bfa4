"""One pair of strategies: who is better, by how much, how sure that is on these tasks and on others, at what cost.

Compared are the tasks on which both ran. The differences are those of final scores with the same seed
(`results.analysis.paired`); whether they are decided is what `results.analysis.decisions` says.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..errors import NothingToCompare, UnknownLabel
from ..store import Store
from .aggregates import aggregates
from .bayesian_signed_rank import Posterior, bayesian_signed_rank
from .bootstrap import final_scores
from .costs import costs
from .curves import incumbent_curves
from .decisions import PairDecision, decisions, decisions_of, level_of, margin_of
from .effects import probability_of_improvement
from .estimate import Estimate
from .scores import TaskScores, task_scores
from .significance import LEAST_BLOCKS, Pair, block_names, pairwise_wilcoxon, task_blocks
from .task_differences import TaskDifference, task_differences


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two, on the tasks that are compared."""

    strategy: str
    score: Estimate
    """Interquartile mean of its final scores, as in the leaderboard."""
    trials: int
    failures: int
    own_seconds_per_trial: float
    """What it took to propose a trial and to learn of it."""
    evaluation_seconds_per_trial: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a store says of a pair of strategies, a against b."""

    a: Side
    b: Side
    decision: PairDecision
    """On these tasks, over other seeds."""
    family: int
    """For how many pairs its p-values are adjusted."""
    is_planned: bool
    """Whether only this pair was to be compared, before anyone saw a result."""
    level: float
    margin: float
    improvement: Estimate
    """The probability that a study of a ends above one of b on the same task."""
    tasks: tuple[TaskDifference, ...]
    alone: tuple[str, ...]
    """Tasks on which only one of them ran, or neither: they are left out."""
    unfinished: tuple[str, ...]
    """Runs that are not finished: all of this may change."""
    over_tasks: Pair | None
    """Wilcoxon's test over tasks, adjusted likewise; None with fewer than `LEAST_BLOCKS` tasks, which can prove nothing
    about others. So is the posterior."""
    posterior: Posterior | None


def compare(store: Store, a: str, b: str, *, planned: bool = False) -> Comparison:
    """Strategy a against b, by their labels.

    `planned` says that only this pair was to be compared, before anyone saw a result: then its p-values are not
    adjusted for the other pairs of the store. Raises UnknownLabel, and NothingToCompare where no task has results of
    both.
    """
    _check_labels(store, a, b)
    everything = task_scores(store)
    able = final_scores(everything)
    shared = [
        place
        for place in range(len(everything))
        if all(name in able and np.isfinite(able[name][place]).any() for name in (a, b))
    ]
    scores = [everything[place] for place in shared]
    if not scores:
        raise NothingToCompare(f"{a} and {b} have no task on which both found anything, so nothing compares them")
    curves = [one for one in incumbent_curves(store) if one.task in {task.task for task in scores}]
    decision, family = _decision(store, scores, a, b, planned=planned)
    return Comparison(
        a=_side(store, scores, a),
        b=_side(store, scores, b),
        decision=decision,
        family=family,
        is_planned=planned,
        level=level_of(store),
        margin=margin_of(store),
        improvement=probability_of_improvement(scores, a, b),
        tasks=task_differences(scores, curves, a, b),
        alone=tuple(one.task for place, one in enumerate(everything) if place not in shared),
        unfinished=tuple(run.name for run in store.runs if run.state != "finished"),
        over_tasks=_over_tasks(scores if planned else everything, a, b, planned=planned),
        posterior=_posterior(scores, a, b),
    )


def _check_labels(store: Store, a: str, b: str) -> None:
    for name in (a, b):
        if name not in store.strategies:
            near = difflib.get_close_matches(name.casefold(), store.strategies, n=1, cutoff=0.5)
            hint = f"; did you mean {near[0]!r}?" if near else ";"
            known = ", ".join(store.strategies) or "none"
            raise UnknownLabel(f"no strategy called {name!r} here{hint} known: {known}")
    if a == b:
        raise NothingToCompare(f"{a!r} is compared with another strategy, not with itself")


def _decision(store: Store, scores: Sequence[TaskScores], a: str, b: str, *, planned: bool) -> tuple[PairDecision, int]:
    """The state of the pair as a against b, and how many pairs were tested with it."""
    if planned:
        return decisions(scores, [(a, b)], level_of(store), margin_of(store))[0], 1
    found = decisions_of(store)
    pair = next(one for one in found if {one.a, one.b} == {a, b})
    return (pair if pair.a == a else _turned(pair)), len(found)


def _turned(pair: PairDecision) -> PairDecision:
    """The same, seen from the other one."""
    return replace(pair, a=pair.b, b=pair.a, difference=-pair.difference, low=-pair.high, high=-pair.low)


def _side(store: Store, scores: Sequence[TaskScores], name: str) -> Side:
    tasks = {one.task for one in scores}
    mine = [row for row in costs(store) if row.strategy == name and row.task in tasks]
    trials = sum(row.trials for row in mine)
    studies = store.studies
    counted = studies[(studies["strategy"] == name) & studies["task"].isin(tasks)]
    return Side(
        strategy=name,
        score=next(one.iqm for one in aggregates(scores) if one.strategy == name),
        trials=trials,
        failures=int(counted["failures"].sum()),
        own_seconds_per_trial=sum(row.ask_seconds + row.tell_seconds for row in mine) / trials,
        evaluation_seconds_per_trial=sum(row.evaluation_seconds for row in mine) / trials,
    )


def _over_tasks(scores: Sequence[TaskScores], a: str, b: str, *, planned: bool) -> Pair | None:
    blocks, names = task_blocks(scores), block_names(scores)
    pair = [names.index(a), names.index(b)]
    if planned:
        blocks, names = blocks[:, pair], (a, b)
    if _complete(blocks, names, a, b) < LEAST_BLOCKS:
        return None
    found = next(one for one in pairwise_wilcoxon(blocks, names) if {one.a, one.b} == {a, b})
    return found if found.a == a else _turned_test(found)


def _turned_test(pair: Pair) -> Pair:
    return replace(
        pair,
        a=pair.b,
        b=pair.a,
        wins=pair.losses,
        losses=pair.wins,
        effect=-pair.effect,
        median_difference=-pair.median_difference,
    )


def _posterior(scores: Sequence[TaskScores], a: str, b: str) -> Posterior | None:
    blocks, names = task_blocks(scores), block_names(scores)
    if _complete(blocks, names, a, b) < LEAST_BLOCKS:
        return None
    return bayesian_signed_rank(blocks[:, [names.index(a), names.index(b)]], (a, b))[0]


def _complete(blocks: NDArray[np.float64], names: Sequence[str], a: str, b: str) -> int:
    """In how many blocks both took part."""
    return int(np.isfinite(blocks[:, [names.index(a), names.index(b)]]).all(axis=1).sum())
