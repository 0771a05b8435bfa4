"""Several objectives: fronts, and the volume that they dominate, as pure functions of losses."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MARGIN = 0.1
"""By what share of its range the reference point lies beyond the worst loss, so that the ends of a front count."""


def non_dominated(losses: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of the points [n, k] no other one dominates; of equal points only the first."""
    if not len(losses):
        return np.zeros(0, dtype=np.bool_)
    from moocore import is_nondominated

    found: NDArray[np.bool_] = is_nondominated(losses)
    return found


def reference_point(fronts: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Where hypervolumes end [k]: in each objective the worst loss on any of the fronts [n, k], and a margin.

    The margin is `MARGIN` of the range from the best loss on any front to the worst, or 1 where they are equal. So
    every point of every front counts, and a trial that some other one of its study beats in everything, however bad
    it is, does not move the point.
    """
    points = np.concatenate(list(fronts))
    worst = points.max(axis=0)
    span = worst - points.min(axis=0)
    reference: NDArray[np.float64] = worst + np.where(span > 0, MARGIN * span, 1.0)
    return reference


def hypervolume(losses: NDArray[np.float64], reference: NDArray[np.float64]) -> float:
    """The volume of all that some point [n, k] dominates, as far as the reference point [k]; 0 without a point.

    In the product of the units of the objectives; exact (Guerreiro, Fonseca and Paquete 2021, doi:10.1145/3453474).
    """
    if not len(losses):
        return 0.0
    from moocore import hypervolume as exact

    return float(exact(losses, ref=reference))


def hypervolume_over_trials(losses: NDArray[np.float64], reference: NDArray[np.float64]) -> NDArray[np.float64]:
    """The hypervolume of the first trial, of the first two, and so on [n], of trials in their order [n, k].

    With two objectives in O(n log n); with others it is computed anew only where a trial is not dominated.
    """
    if losses.shape[1] == 2:
        return _two_over_trials(losses, reference)
    volumes, volume = np.zeros(len(losses)), 0.0
    front = np.empty((0, losses.shape[1]))
    for place, point in enumerate(losses):
        if (point < reference).all() and not (front <= point).all(axis=1).any():
            front = np.vstack([front[~(point <= front).all(axis=1)], point])
            volume = hypervolume(front, reference)
        volumes[place] = volume
    return volumes


def single_volumes(losses: NDArray[np.float64], reference: NDArray[np.float64]) -> NDArray[np.float64]:
    """The hypervolume of each point by itself [n]."""
    volumes: NDArray[np.float64] = np.maximum(reference - losses, 0.0).prod(axis=1)
    return volumes


def _two_over_trials(losses: NDArray[np.float64], reference: NDArray[np.float64]) -> NDArray[np.float64]:
    """Keeps the front as stairs, and adds what a new point cuts off them."""
    right, top = reference.tolist()
    xs: list[float] = []
    ys: list[float] = []
    volumes, volume = np.zeros(len(losses)), 0.0
    for place, (x, y) in enumerate(losses.tolist()):
        before = bisect_right(xs, x)
        height = ys[before - 1] if before else top
        if x < right and y < height:
            first = bisect_left(xs, x)
            last = next((step for step in range(first, len(xs)) if ys[step] < y), len(xs))
            corners = [x, *(max(x, corner) for corner in xs[first:last]), xs[last] if last < len(xs) else right]
            heights = [ys[first - 1] if first else top, *ys[first:last]]
            volume += sum((corners[i + 1] - corners[i]) * (height - y) for i, height in enumerate(heights))
            xs[first:last], ys[first:last] = [x], [y]
        volumes[place] = volume
    return volumes
