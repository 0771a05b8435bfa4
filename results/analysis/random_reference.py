"""Random search as a yardstick: its trials, pooled over all its seeds, tell what any number of them would find.

The N trials of random search on a task are draws of the same luck. So the best of n distinct ones of them, chosen at
random, is known exactly: it is the i-th best of all (from 0) with the probability

    w_i = n / (N - i) * product over j < i of (N - n - j) / (N - j)

A failed trial is a draw that finds nothing: it counts among the N, and stands behind all that succeeded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import NothingToCompare
from ..remembering import once_a_store
from ..store import Store
from .hypervolume import tasks_with_several_objectives
from .scores import TaskScores, rescaled


@dataclass(frozen=True, slots=True)
class RandomReference:
    """What random search found on one task, trial by trial.

    The pool is empty, and all that rests on it NaN, where the best single trial is not all that a study has found
    (several objectives), where the suite gave the first trials, which then were not drawn, and where the trials' own
    values are not known, but only the best so far.
    """

    task: str
    strategies: frozenset[str]
    """The labels under which it ran."""
    budget: int
    """Trials at the highest fidelity of a study, at least 1: the median over its studies, rounded down."""
    losses: NDArray[np.float64]
    """Those of its successful trials at the highest fidelity, of all studies [m], ascending."""
    failures: int
    """Its trials at the highest fidelity that failed."""

    def __post_init__(self) -> None:
        self.losses.setflags(write=False)

    @property
    def draws(self) -> int:
        """How many trials are pooled, N: of more than so many nothing can be told."""
        return self.losses.size + self.failures

    def expected_scores(self, counts: Sequence[int], zero: float, one: float) -> NDArray[np.float64]:
        """The expected normalised score after these numbers of trials [k], cut off at -1 as all scores are.

        Where all of them fail, the score is 0, as it is for a study that found nothing. NaN beyond the pool.
        """
        scores = np.concatenate([rescaled(self.losses, zero, one), np.zeros(self.failures)])
        return self._by_count(counts, lambda weights: weights @ scores)

    def expected_losses(self, counts: Sequence[int]) -> NDArray[np.float64]:
        """The expected lowest loss of these numbers of trials [k], if any of them succeeds; NaN beyond the pool."""
        succeeds = self.losses.size
        if not succeeds:
            return np.full(len(counts), np.nan)
        return self._by_count(counts, lambda w: w[:, :succeeds] @ self.losses / w[:, :succeeds].sum(axis=1))

    def target(self, trials: int) -> float | None:
        """The lowest loss that it takes random search this number of trials, or fewer, to reach.

        Of the N pooled trials K are at or below a loss, so it is expected to take N / K trials: the loss is the
        K-th lowest, for the smallest K with N / K <= trials. A run-length-based target (Hansen et al. 2021, COCO: a
        platform for comparing continuous optimizers in a black-box setting). None where no loss is reached that
        often, and beyond the pool.
        """
        if not 1 <= trials <= self.draws:
            return None
        place = -(-self.draws // trials) - 1
        return float(self.losses[place]) if place < self.losses.size else None

    def trials_to(self, loss: float) -> float:
        """The trials that random search is expected to take to reach this loss: N / K; infinite where none did.

        For a target these are fewer than it was asked for where more than one trial found the very same loss.
        """
        reached = int(np.searchsorted(self.losses, loss, side="right"))
        return self.draws / reached if reached else float("inf")

    def _by_count(
        self, counts: Sequence[int], reckon: Callable[[NDArray[np.float64]], NDArray[np.float64]]
    ) -> NDArray[np.float64]:
        known = np.array([1 <= count <= self.draws for count in counts], dtype=np.bool_)
        found = np.full(len(counts), np.nan)
        if known.any():
            found[known] = reckon(best_of_weights(self.draws, np.array(counts)[known].tolist()))
        return found


@dataclass(frozen=True, slots=True)
class RandomMultiple:
    """What random search is expected to reach with a multiple of its budget."""

    factor: int
    scores: Mapping[str, float]
    """By task, the expected normalised score; NaN where the pool holds fewer trials."""

    @property
    def mean(self) -> float:
        """The mean over the tasks; NaN where one of them is not known, since the others would be another comparison."""
        return float(np.mean(list(self.scores.values()))) if self.scores else float("nan")


@once_a_store
def random_references(store: Store, reference: str = "random") -> tuple[RandomReference, ...]:
    """One for each task on which random search has a trial at the highest fidelity, in the order of the plan."""
    found = (_reference_of(store, task, reference) for task in store.tasks)
    return tuple(one for one in found if one is not None)


def random_multiples(
    references: Sequence[RandomReference], scores: Sequence[TaskScores], factors: Sequence[int] = (2, 4)
) -> tuple[RandomMultiple, ...]:
    """The rows "random x2", "random x4", ...: over the tasks whose random trials are pooled."""
    unit = {task.task: (task.zero, task.one) for task in scores}
    pooled = [one for one in references if one.draws]
    reached = {one.task: one.expected_scores([f * one.budget for f in factors], *unit[one.task]) for one in pooled}
    return tuple(
        RandomMultiple(factor, {task: float(known[place]) for task, known in reached.items()})
        for place, factor in enumerate(factors)
    )


def best_of_weights(total: int, counts: Sequence[int]) -> NDArray[np.float64]:
    """The probabilities [k, total] that the i-th best of all is the best of this number of them, drawn at random.

    By order statistics, exact: C(total - 1 - i, n - 1) / C(total, n) for n of them. Raises NothingToCompare where a
    count is not in [1, total].
    """
    drawn, place = np.array(counts, dtype=np.float64)[:, None], np.arange(total)
    for count in counts:
        if not 1 <= count <= total:
            raise NothingToCompare(f"cannot draw {count} of {total} losses: their number is in [1, {total}]")
    missed = np.maximum(total - drawn - place[:-1], 0.0) / (total - place[:-1])
    still = np.cumprod(np.hstack([np.ones_like(drawn), missed]), axis=1)
    weights: NDArray[np.float64] = still * drawn / (total - place)
    return weights


def _reference_of(store: Store, task: str, reference: str) -> RandomReference | None:
    studies = store.studies[store.studies["task"] == task]
    mine = studies[(studies["strategy_name"] == reference) | (studies["strategy"] == reference)]
    outcomes = store.outcomes
    rows = np.flatnonzero(outcomes["position"].isin(mine.index) & outcomes["full"])
    if not rows.size:
        return None
    drawn = outcomes["loss"].to_numpy()[rows] if _is_pooled(store, task, mine) else np.empty(0)
    losses = np.sort(drawn[~np.isnan(drawn)])
    _, trials = np.unique(outcomes["position"].to_numpy()[rows], return_counts=True)
    budget = int(np.median(trials))
    return RandomReference(task, frozenset(mine["strategy"]), budget, losses, drawn.size - losses.size)


def _is_pooled(store: Store, task: str, studies: pd.DataFrame) -> bool:
    is_drawn = not studies["starting_points"].fillna(0).any() and not store.are_accumulated(studies.index).any()
    return is_drawn and task not in tasks_with_several_objectives(store)
