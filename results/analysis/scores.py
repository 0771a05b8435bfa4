"""Scores that compare across tasks: 0 is one random trial, 1 is the best known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..remembering import once_a_store
from ..store import Store
from .curves import TaskCurves, incumbent_curves, single_losses
from .hypervolume import joint_results


@dataclass(frozen=True, slots=True)
class TaskScores:
    """The anytime scores of all studies of one task."""

    task: str
    strategies: tuple[str, ...]
    seeds: tuple[int, ...]
    scores: NDArray[np.float64]
    """Normalised incumbents [strategies, seeds, length]: higher is better, 0 until the first success, at least -1;
    NaN for a study that did not run."""
    zero: float
    """The loss that scores 0: the median of single trials of the reference strategy."""
    one: float
    """The loss that scores 1: the best known."""
    reference: str = "random"
    """Whose single trials define 0: a strategy, or "all strategies" where the reference took no part."""
    found: NDArray[np.bool_] = field(default_factory=lambda: np.array(True))
    """Whether some trial of the study succeeded at the highest fidelity [strategies, seeds]; where none did, its 0 is a
    convention and no measurement. By default all have."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "found", np.broadcast_to(self.found, self.scores.shape[:2]))
        self.scores.setflags(write=False)

    @property
    def final(self) -> NDArray[np.float64]:
        """The scores after the last trial [strategies, seeds]."""
        return self.scores[:, :, -1]


def normalised_scores(
    curves: TaskCurves,
    best_known: float | None = None,
    reference: str = "random",
    singles: NDArray[np.float64] | None = None,
) -> TaskScores:
    """The curves rescaled, so that the reference's typical single trial scores 0 and the best known loss 1.

    Zero is the median of `singles` [n]: those of all the reference's trials, which are draws of the same luck.
    Without them it is the median of the first incumbents of the reference's seeds; and of all strategies' seeds,
    where the reference took no part. One is `best_known`, a loss, or the lowest that any strategy saw, where none is
    known or it is no better than zero. Until its first success a study has found nothing better than the start: by
    convention it scores 0, and `found` tells it from one that was measured. Scores are cut off at -1, so that one bad
    study does not drown the others, and not above: a strategy may beat the best known. Where no trial ever beat the
    zero, or none succeeded, no score is above 0.
    """
    of_reference = [_is_called(reference, name) for name in curves.strategies]
    firsts = curves.losses[:, :, 0]
    own = (np.empty(0) if singles is None else singles, firsts[of_reference])
    pool = _first_with_any(*own, firsts, curves.losses)
    zero = float(np.median(pool)) if pool.size else float("nan")
    one = _unit(zero, best_known, curves.losses)
    scores = rescaled(curves.losses, zero, one)
    scores[~curves.ran] = np.nan
    named = reference if _first_with_any(*own).size else "all strategies"
    found = np.isfinite(curves.losses[:, :, -1])
    return TaskScores(curves.task, curves.strategies, curves.seeds, scores, zero, one, named, found)


@once_a_store
def task_scores(store: Store, reference: str = "random") -> tuple[TaskScores, ...]:
    """The scores of every task, in the order of the plan.

    One is the best known value that the task declares; with several objectives it is the hypervolume of all trials
    together. Zero pools all single trials of the strategies that the suite labels, or the registry knows, by the name
    `reference`.
    """
    return tuple(_scores_of(curves, store, reference) for curves in incumbent_curves(store))


def with_a_success(scores: Sequence[TaskScores]) -> frozenset[str]:
    """The strategies of which some study found anything; of the others there is nothing to score."""
    return frozenset(
        name for task in scores for name, found in zip(task.strategies, task.found, strict=True) if found.any()
    )


def rescaled(losses: NDArray[np.float64], zero: float, one: float) -> NDArray[np.float64]:
    """Losses as scores, cut off at -1; 0 for one that is NaN, since nothing better than the start was found."""
    gain = zero - losses
    scores = gain / (zero - one) if one < zero else np.sign(gain)
    cut: NDArray[np.float64] = np.maximum(np.nan_to_num(scores, nan=0.0), -1.0)
    return cut


def _scores_of(curves: TaskCurves, store: Store, reference: str) -> TaskScores:
    studies = store.studies[store.studies["task"] == curves.task]
    is_reference = (studies["strategy_name"] == reference) | (studies["strategy"] == reference)
    mine = studies.index[is_reference]
    if curves.is_hypervolume:
        return normalised_scores(curves, -1.0, reference, _single_shares(store, curves.task, mine))
    declared = dict(studies["best_known"].iloc[0] or {}).get(curves.objective)
    sign = -1.0 if curves.goal == "maximize" else 1.0
    best_known = None if declared is None else sign * declared
    singles = single_losses(store, mine[~store.are_accumulated(mine)])
    return normalised_scores(curves, best_known, reference, singles)


def _single_shares(store: Store, task: str, positions: pd.Index[int]) -> NDArray[np.float64]:
    """Minus what each trial of these studies dominates by itself [n]."""
    found = joint_results(store, task)
    return np.empty(0) if found is None else -found.single_shares[np.isin(found.positions, positions)]


def _is_called(reference: str, label: str) -> bool:
    """Whether the label is the reference's, or its label as told apart from another run's."""
    return label == reference or label.startswith(f"{reference} (")


def _first_with_any(*pools: NDArray[np.float64]) -> NDArray[np.float64]:
    """The losses that are there [n], of the first pool that has any."""
    found = (pool[~np.isnan(pool)] for pool in pools)
    return next((pool for pool in found if pool.size), np.empty(0))


def _unit(zero: float, best_known: float | None, losses: NDArray[np.float64]) -> float:
    if best_known is not None and best_known < zero:
        return best_known
    return min(zero, float(np.fmin.reduce(losses, axis=None, initial=np.nan)))
