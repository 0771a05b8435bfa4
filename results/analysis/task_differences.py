"""Two strategies task by task: how far one is ahead on each, and where that is more than luck."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .curves import TaskCurves
from .decisions import LEVEL
from .effects import TaskEffect, task_effects
from .estimate import Estimate
from .paired import paired_differences, sign_flip_p
from .scores import TaskScores
from .significance import holm


@dataclass(frozen=True, slots=True)
class TaskDifference:
    """The two on one task."""

    task: str
    objective: str
    goal: str
    """`minimize` or `maximize`."""
    value_a: float
    """Median over seeds of the final value, in the task's own unit, not negated; NaN where most found nothing."""
    value_b: float
    difference: Estimate
    """Mean over seeds of a's final score - b's; its interval is Student's t over seeds, NaN with one seed."""
    p_holm: float
    """Two-sided p-value of no difference (signs flipped), adjusted for these tasks (Holm 1979); NaN with one seed."""
    seeds: int
    """How many both ran with."""
    effect: TaskEffect | None
    """None where no two of their studies can be compared."""

    def winner(self, a: str, b: str, level: float = LEVEL) -> str | None:
        """The better one, where that is more than luck once all these tasks are tested; else None."""
        if not self.p_holm < level:
            return None
        return a if self.difference.value > 0 else b


def task_differences(
    scores: Sequence[TaskScores], curves: Sequence[TaskCurves], a: str, b: str
) -> tuple[TaskDifference, ...]:
    """One for each task, on all of which both ran; `scores` and `curves` are of the same tasks in the same order."""
    effects = {effect.task: effect for effect in task_effects(scores, a, b)}
    alone = [paired_differences([one], a, b) for one in scores]
    tested = [pair for pair in alone if pair.differences]
    adjusted = iter(holm([sign_flip_p(pair) for pair in tested]).tolist())
    found = []
    for one, curve, pair in zip(scores, curves, alone, strict=True):
        found.append(
            TaskDifference(
                task=one.task,
                objective=curve.objective,
                goal=curve.goal,
                value_a=_median(curve, a),
                value_b=_median(curve, b),
                difference=Estimate(pair.mean, *pair.interval()) if pair.differences else _of_one_seed(one, a, b),
                p_holm=next(adjusted) if pair.differences else float("nan"),
                seeds=_differences(one, a, b).size,
                effect=effects.get(one.task),
            )
        )
    return tuple(found)


def _of_one_seed(scores: TaskScores, a: str, b: str) -> Estimate:
    """The difference of the one seed that both ran with; NaN where there is none."""
    known = _differences(scores, a, b)
    return Estimate(float(known.mean()) if known.size else float("nan"), float("nan"), float("nan"))


def _differences(scores: TaskScores, a: str, b: str) -> NDArray[np.float64]:
    """Over the seeds that both ran with [seeds]."""
    of_a, of_b = (scores.final[scores.strategies.index(name)] for name in (a, b))
    difference: NDArray[np.float64] = of_a - of_b
    return difference[~np.isnan(difference)]


def _median(curve: TaskCurves, name: str) -> float:
    """In the task's own unit; a study that found nothing stands behind all others."""
    place = curve.strategies.index(name)
    final = np.where(np.isnan(curve.losses[place, :, -1]), np.inf, curve.losses[place, :, -1])[curve.ran[place]]
    median = float(np.median(final))
    sign = -1.0 if curve.goal == "maximize" else 1.0
    return sign * median if np.isfinite(median) else float("nan")
