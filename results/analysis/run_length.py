"""How soon: after how many trials the strategies reach what random search takes a known number of trials to reach.

The expected run length of a strategy, to a target of a task, is over its studies

    ERT = (sum of the trials until the target was reached, or the study ended) / (studies that reached it)

infinite where none did: the trials that it takes if a study that ends without is followed by another one (Hansen et
al. 2021, COCO: a platform for comparing continuous optimizers in a black-box setting). Where some trial of a task cost
another amount of work than a full one, full evaluations' worth of work are counted and not trials.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..store import Store
from .curves import TaskCurves, incumbent_curves
from .random_reference import RandomReference, random_references
from .scores import TaskScores, task_scores

NEAR = 0.99
"""The normalised score of the target near the best known value."""


@dataclass(frozen=True, slots=True)
class Target:
    """A loss to be reached."""

    loss: float
    trials: float | None
    """How many trials random search is expected to take to reach it; None for the one near the best known value."""


@dataclass(frozen=True, slots=True)
class TaskRunLengths:
    """When each study of one task reached each target."""

    task: str
    strategies: tuple[str, ...]
    targets: tuple[Target, ...]
    """The lowest losses that random search reaches within 2 trials, 5, 10, 20, 50, ..., up to four times its budget, as
    far as its trials tell, each loss once; then, where the task declares its best value, what scores 0.99: 99% of the
    way there from a typical random trial."""
    budget: int
    """Trials of a study of random search, in the median."""
    steps: NDArray[np.float64]
    """The trial, from 1, that reached the target, or with which the study ended [strategies, seeds, targets]; NaN
    where it did not run."""
    reached: NDArray[np.bool_]
    """Whether the target was reached [strategies, seeds, targets]."""
    is_by_work: bool = False
    """Whether a step is one full evaluation's worth of work and not a trial."""

    @property
    def expected(self) -> NDArray[np.float64]:
        """The expected run lengths [strategies, targets]; NaN for a strategy that did not run."""
        return expected_run_length(np.moveaxis(self.steps, 1, 2), np.moveaxis(self.reached, 1, 2))

    def ran(self, strategy: str) -> bool:
        """Whether any study of the strategy ran."""
        return strategy in self.strategies and not np.isnan(self.steps[self.strategies.index(strategy)]).all()

    def place(self, trials: int) -> int | None:
        """Which target is the lowest that takes random search so many trials or fewer; None where there is none."""
        within = [place for place, one in enumerate(self.targets) if one.trials is not None and one.trials <= trials]
        return within[-1] if within else None

    def random_trials(self, place: int) -> float:
        """How many trials this target takes random search; NaN for the one near the best known value."""
        trials = self.targets[place].trials
        return float("nan") if trials is None else trials


def run_lengths(store: Store, reference: str = "random") -> tuple[TaskRunLengths, ...]:
    """Those of every task on which random search found enough for a target, in the order of the plan.

    A target is the lowest loss for which random search's own expected run length is at most as given. With one
    objective it is that of its pooled trials (`RandomReference.target`); otherwise that of its studies.
    """
    by_task = {one.task: one for one in random_references(store, reference)}
    pairs = zip(incumbent_curves(store), task_scores(store, reference), strict=True)
    known = ((curves, scores) for curves, scores in pairs if curves.task in by_task)
    found = (_of_task(store, curves, scores, by_task[curves.task]) for curves, scores in known)
    return tuple(one for one in found if any(target.trials for target in one.targets))


def expected_run_length(steps: NDArray[np.float64], reached: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The expected run lengths over studies [..., n]: infinite where none reached the target, NaN where none ran."""
    spent, successes = np.nansum(steps, axis=-1), reached.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        expected: NDArray[np.float64] = spent / successes
    return expected


def shares_reached(runs: Sequence[TaskRunLengths], strategy: str, steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share of targets and seeds that were reached within these trials [m], the mean over tasks; NaN without one.

    An empirical cumulative distribution of run lengths: studies that ended without reaching a target count as not
    reaching it at all.
    """
    shares = []
    for run in runs:
        if run.ran(strategy):
            row = run.strategies.index(strategy)
            needed = np.where(run.reached[row], run.steps[row], np.inf)
            reached = needed[~np.isnan(run.steps[row, :, 0])]
            shares.append((reached.ravel() <= steps[:, None]).mean(axis=1))
    return np.mean(shares, axis=0) if shares else np.full(steps.size, np.nan)


def tenth(budget: int) -> int:
    """A tenth of the budget, rounded, at least 2."""
    return max(2, round(budget / 10))


def _of_task(store: Store, curves: TaskCurves, scores: TaskScores, random: RandomReference) -> TaskRunLengths:
    lengths = _lengths(store, curves)
    targets = _targets(store, curves, scores, random, lengths)
    steps = np.empty((*lengths.shape, len(targets)))
    reached = np.empty(steps.shape, dtype=np.bool_)
    for place, target in enumerate(targets):
        steps[:, :, place], reached[:, :, place] = _first_reached(curves.losses, lengths, target.loss)
    return TaskRunLengths(
        curves.task, curves.strategies, targets, random.budget, steps, reached, is_by_work=curves.is_by_work
    )


def _lengths(store: Store, curves: TaskCurves) -> NDArray[np.float64]:
    """The trials of each study, or the full evaluations' worth of its work [strategies, seeds]; NaN for one not run."""
    studies = store.studies[store.studies["task"] == curves.task]
    work = store.outcomes["work"] if curves.is_by_work else None
    spent = np.bincount(store.outcomes["position"], weights=work, minlength=len(store.studies))[studies.index]
    lengths = np.full(curves.losses.shape[:2], np.nan)
    rows = [curves.strategies.index(name) for name in studies["strategy"]]
    lengths[rows, np.searchsorted(curves.seeds, studies["seed"])] = np.maximum(np.ceil(spent - 1e-9), 1.0)
    return np.where(curves.ran, lengths, np.nan)


def _targets(
    store: Store, curves: TaskCurves, scores: TaskScores, random: RandomReference, lengths: NDArray[np.float64]
) -> tuple[Target, ...]:
    mine = [name in random.strategies for name in curves.strategies]
    losses, ends = curves.losses[mine].reshape(-1, curves.length), lengths[mine].ravel()
    asked = _numbers(random.budget)
    if random.draws:
        by_loss = {loss: random.trials_to(loss) for n in asked if (loss := random.target(n)) is not None}
    else:
        reached = (loss for n in asked if (loss := _target_of_studies(losses, ends, n)) is not None)
        by_loss = {loss: float(expected_run_length(*_first_reached(losses, ends, loss))) for loss in reached}
    found = [Target(loss, trials) for loss, trials in by_loss.items()]
    declared = store.studies.loc[store.studies["task"] == curves.task, "best_known"].iloc[0]
    if not curves.is_hypervolume and curves.objective in dict(declared or {}) and scores.one < scores.zero:
        found.append(Target(scores.zero - NEAR * (scores.zero - scores.one), None))
    return tuple(found)


def _numbers(budget: int) -> list[int]:
    """2, 5, 10, 20, ... up to four times the budget; a tenth and all of it among them."""
    decades = range(math.ceil(math.log10(4 * budget)) + 1)
    numbers = {digit * 10**power for power in decades for digit in (1, 2, 5)}
    return sorted({budget, tenth(budget), *(number for number in numbers if 2 <= number <= 4 * budget)})


def _target_of_studies(losses: NDArray[np.float64], ends: NDArray[np.float64], trials: int) -> float | None:
    """The lowest loss that these studies [n, length], [n] are expected to reach within so many trials, if any."""
    candidates = np.unique(losses[np.isfinite(losses)])[::-1]
    first, last = 0, candidates.size
    while first < last:
        middle = (first + last) // 2
        is_within = expected_run_length(*_first_reached(losses, ends, float(candidates[middle]))) <= trials
        first, last = (middle + 1, last) if is_within else (first, middle)
    return float(candidates[first - 1]) if first else None


def _first_reached(
    losses: NDArray[np.float64], lengths: NDArray[np.float64], target: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """For incumbents [..., length] of studies that took so many steps [...]: the run lengths, and if it was reached."""
    is_there = losses <= target
    reached: NDArray[np.bool_] = np.asarray(is_there.any(axis=-1))
    return np.where(reached, is_there.argmax(axis=-1) + 1.0, lengths), reached
