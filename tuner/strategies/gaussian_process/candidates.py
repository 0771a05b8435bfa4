"""Points at which an acquisition function is looked at: all over the space, near the best, one choice away."""

from __future__ import annotations

import numpy as np

from ...parameter import Categorical, Parameter
from .encoding import MANY, Encoding, FloatArray

_STEPS = np.array([0.1, 0.03, 0.01, 0.001])
_NEIGHBOURS = (-2, -1, 1, 2)


def scatter(encoding: Encoding, rng: np.random.Generator, count: int) -> FloatArray:
    """`count` points [count, d] all over the space."""
    return encoding.snap(rng.random((count, len(encoding.parameters))))


def surround(encoding: Encoding, rng: np.random.Generator, centres: FloatArray, count: int) -> FloatArray:
    """`count` points [count, d] near the `centres` [k, d]: some numbers moved a little, some choices drawn anew."""
    size = len(encoding.parameters)
    points = centres[np.arange(count) % len(centres)]
    shares = np.array([1.0, min(1.0, 3.0 / size), 1.0 / size])[rng.integers(3, size=count)]
    is_moved = rng.random((count, size)) < shares[:, None]
    is_moved[np.arange(count), rng.integers(size, size=count)] = True
    steps = _STEPS[rng.integers(len(_STEPS), size=count)]
    moved = np.abs(points + steps[:, None] * rng.standard_normal((count, size)))
    moved = 1.0 - np.abs(1.0 - moved)  # mirrored at both ends of the unit interval
    drawn = rng.random((count, size))
    return encoding.snap(np.where(is_moved, np.where(encoding.is_relaxed, moved, drawn), points))


def one_away(encoding: Encoding, point: FloatArray) -> FloatArray:
    """The points [k, d] that differ from a point [d] in one choice, or in one integer by little; k may be 0."""
    rows = []
    for index, parameter in enumerate(encoding.parameters):
        for unit in _other_units(parameter, float(point[index])):
            rows.append(point.copy())
            rows[-1][index] = unit
    return encoding.snap(np.array(rows).reshape(len(rows), len(point)))


def _other_units(parameter: Parameter, unit: float) -> list[float]:
    if not parameter.count < np.inf:
        return []
    here = parameter.from_units(np.array([unit]))[0]
    if isinstance(parameter, Categorical):
        place, count = parameter.choices.index(here), len(parameter.choices)
        is_long = parameter.ordered and count > MANY
        others = [place + step for step in _NEIGHBOURS] if is_long else list(range(count))
        return [(other + 0.5) / count for other in others if 0 <= other < count and other != place]
    value = int(here)
    many = parameter.count > MANY
    numbers = [value + step for step in _NEIGHBOURS] if many else parameter.grid(MANY)
    return [parameter.to_unit(int(n)) for n in numbers if parameter.accepts(n) and n != value]
