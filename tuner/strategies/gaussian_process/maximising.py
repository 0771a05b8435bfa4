"""Where the expected improvement is largest: the best candidates, polished, and one choice changed at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from .candidates import one_away
from .encoding import Encoding, FloatArray
from .expected_improvement import log_improvement
from .posterior import Posterior

_STARTS = 8
_STEPS = 15
_LAST_STEPS = 30
_ROUNDS = 3


@dataclass(frozen=True)
class Acquisition:
    """The log of the improvement below `best` that a posterior expects, as a function on the unit cube."""

    encoding: Encoding
    posterior: Posterior
    best: float

    def values(self, units: FloatArray) -> FloatArray:
        """Its values [n] at snapped points [n, d]."""
        means, deviations = self.posterior.at(self.encoding.features(units, self.encoding.present(units)))
        return log_improvement(means, deviations, self.best)[0]

    def slopes(self, units: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Its values [n] at points [n, d] and its gradients [n, d]; 0 for parameters absent or not relaxed."""
        encoding = self.encoding
        present = encoding.present(units)
        means, deviations, mean_slopes, deviation_slopes = self.posterior.slopes_at(encoding.features(units, present))
        values, by_mean, by_deviation = log_improvement(means, deviations, self.best)
        by_feature = by_mean[:, None] * mean_slopes + by_deviation[:, None] * deviation_slopes
        return values, by_feature[:, encoding.first_column] * (present & encoding.is_relaxed)


def maximise(acquisition: Acquisition, candidates: FloatArray) -> FloatArray:
    """Points [k, d] on the unit cube, the best first: the candidates [n, d] and what became of the best of them."""
    values = acquisition.values(candidates)
    order = np.argsort(-values, kind="stable")
    ranked = candidates[order]
    polished, found = polish(acquisition, ranked[_starts(ranked, acquisition.encoding)], _STEPS)
    top = int(np.argmax(found))
    final, value = _change_choices(acquisition, polished[[top]], found[[top]])
    points = np.concatenate([final, polished, ranked])
    return points[np.argsort(-np.concatenate([value, found, values[order]]), kind="stable")]


def polish(acquisition: Acquisition, points: FloatArray, steps: int) -> tuple[FloatArray, FloatArray]:
    """Points [k, d] after some steps of L-BFGS, all at once, on their relaxed coordinates; and their values [k]."""
    before = acquisition.values(points)
    free = acquisition.encoding.is_relaxed
    if not free.any():
        return points, before
    shape = (len(points), int(free.sum()))

    def target(vector: FloatArray) -> tuple[float, FloatArray]:
        moved = points.copy()
        moved[:, free] = vector.reshape(shape)
        values, slopes = acquisition.slopes(moved)
        return -float(values.sum()), -slopes[:, free].ravel()

    bounds = [(0.0, 1.0)] * (shape[0] * shape[1])
    start = points[:, free].ravel()
    found = minimize(
        target, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": steps, "maxfun": 4 * steps}
    )
    moved = points.copy()
    moved[:, free] = found.x.reshape(shape)
    moved = acquisition.encoding.snap(moved)
    after = acquisition.values(moved)
    return np.where((after > before)[:, None], moved, points), np.maximum(after, before)


def _starts(ranked: FloatArray, encoding: Encoding) -> list[int]:
    """The first candidates [n, d], and as many of those that are the first with their integers and choices."""
    starts = list(range(min(_STARTS // 2, len(ranked))))
    _, firsts = np.unique(ranked[:, ~encoding.is_relaxed], axis=0, return_index=True)
    others = [index for index in sorted(firsts.tolist()) if index not in starts]
    others += [index for index in range(len(starts), len(ranked)) if index not in others]
    return starts + others[: _STARTS - len(starts)]


def _change_choices(acquisition: Acquisition, point: FloatArray, value: FloatArray) -> tuple[FloatArray, FloatArray]:
    """A better point [1, d] by the best change of one choice or integer and a polish, as long as that helps."""
    for _ in range(_ROUNDS):
        before = value[0]
        moved = one_away(acquisition.encoding, point[0])
        if len(moved):
            values = acquisition.values(moved)
            top = int(np.argmax(values))
            if values[top] > value[0]:
                point, value = moved[[top]], values[[top]]
        point, value = polish(acquisition, point, _LAST_STEPS)
        if not (len(moved) and value[0] > before):
            break
    return point, value
