"""The score of Ax's benchmarks: 0 is the best of five Sobol points, 100 the optimum.

    100 * (baseline - loss) / (baseline - optimum)

Not cut off at either end, as in Ax (`ax.benchmark.benchmark.compute_score_trace`). The baseline is the expected best
of five quasi-random points (`compute_baseline_value_from_sobol`, which takes the mean over 50 repetitions; here it is
the mean over seeds).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..store import Store
from .curves import TaskCurves, incumbent_curves
from .random_reference import RandomReference, random_references
from .scores import task_scores

_POINTS = 5


@dataclass(frozen=True, slots=True)
class AxScores:
    """The final Ax scores of all studies of one task."""

    task: str
    strategies: tuple[str, ...]
    scores: NDArray[np.float64]
    """[strategies, seeds]: higher is better, 100 the optimum; NaN for a study that found nothing or did not run, and
    throughout where the baseline is not known or no worse than the optimum."""
    baseline: float
    """The loss that scores 0; NaN where no strategy gives one."""
    optimum: float
    """The loss that scores 100: the best known, as for the normalised scores."""
    baseline_of: str
    """Whose five points give the baseline: `sobol`, or `random` where Sobol points took no part; "" for nobody's."""


def ax_scores(store: Store) -> tuple[AxScores, ...]:
    """Those of every task, in the order of the plan.

    The baseline is the mean over seeds of the best of the strategy `sobol`'s first five trials (or full evaluations'
    worth of work). Where it took no part, it is the exact expectation of the best of five of random search's pooled
    trials, or the mean over its seeds where they are not pooled.
    """
    by_task = {one.task: one for one in random_references(store)}
    sobol = store.studies.loc[store.studies["strategy_name"] == "sobol", ["task", "strategy"]]
    labels = {task: frozenset(named["strategy"]) for task, named in sobol.groupby("task")}
    return tuple(
        _scored(curves, scores.one, labels.get(curves.task, frozenset()), by_task.get(curves.task))
        for curves, scores in zip(incumbent_curves(store), task_scores(store), strict=True)
    )


def ax_score(losses: NDArray[np.float64], baseline: float, optimum: float) -> NDArray[np.float64]:
    """Losses [...] as Ax scores; NaN where the baseline is no worse than the optimum."""
    span = baseline - optimum
    scores: NDArray[np.float64] = 100.0 * (baseline - losses) / (span if span > 0 else np.nan)
    return scores


def _scored(curves: TaskCurves, optimum: float, sobol: frozenset[str], random: RandomReference | None) -> AxScores:
    baselines = {"sobol": _mean_after_five(curves, sobol), "random": _random_baseline(curves, random)}
    known = {name: loss for name, loss in baselines.items() if np.isfinite(loss)}
    name, baseline = next(iter(known.items()), ("", float("nan")))
    scores = ax_score(curves.losses[:, :, -1], baseline, optimum)
    return AxScores(curves.task, curves.strategies, scores, baseline, optimum, name)


def _random_baseline(curves: TaskCurves, random: RandomReference | None) -> float:
    if random is None:
        return float("nan")
    if random.draws:
        return float(random.expected_losses([_POINTS])[0])
    return _mean_after_five(curves, random.strategies)


def _mean_after_five(curves: TaskCurves, labels: frozenset[str]) -> float:
    """The mean incumbent after five trials of the studies of these strategies that have one by then; NaN without."""
    if curves.length < _POINTS:
        return float("nan")
    reached = curves.losses[[name in labels for name in curves.strategies], :, _POINTS - 1]
    found = reached[np.isfinite(reached)]
    return float(found.mean()) if found.size else float("nan")
