"""Scores made by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from results.analysis.scores import TaskScores


def scores_of(*tasks: ArrayLike, names: Sequence[str] = ()) -> tuple[TaskScores, ...]:
    """One task for each array of final scores [strategies, seeds]; NaN stands for a study that did not run."""
    return tuple(_task(f"task{place}", np.asarray(final, dtype=np.float64), names) for place, final in enumerate(tasks))


def _task(name: str, final: np.ndarray, names: Sequence[str]) -> TaskScores:
    strategies = tuple(names) or tuple(f"s{number}" for number in range(len(final)))
    return TaskScores(name, strategies, tuple(range(final.shape[1])), final[:, :, None], 1.0, 0.0)
