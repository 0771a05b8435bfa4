"""Gradient descent in two dimensions: the loss around its path, by the weights of two features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from .design import Setting, parts
from .losses import LOSSES, Loss, minimise
from .scaling import fit
from .tables import load

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

STEPS: Final = 25
"""Steps of the path."""
CELLS: Final = 21
"""Cells along each axis of the map."""
_RATIOS: Final = (4.0, 12.0)
"""How far apart the two features' deviations are: enough for a ravine, not too much for a picture of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Ravine:
    """Plain gradient descent from weights of zero, at the best step size for the curvatures at the start."""

    condition: float
    """Greatest by least curvature at the start."""
    path: Floats
    """The weights of both features, before the first step and after each: [steps + 1, 2]."""
    excess: Floats
    """The loss above its least on the path, [steps + 1], as a share of that at the start."""
    optimum: Floats
    """[2]"""
    axes: tuple[Floats, Floats]
    """The middles of the map's cells by either weight; equally long axes, so that the map does not flatter."""
    map: Floats
    """The same share at the cells, [first weight, second weight]."""


def choose_features(setting: Setting) -> tuple[int, int]:
    """Two columns of deviations 4 to 12 times apart, the larger first, that say much about the target, each its own."""
    train = parts(setting).train
    scaling = fit("standard", train.X, centre=True)
    standard = scaling.apply(train.X)[:, :-1]
    relevance = np.abs(standard.T @ train.y) / len(train.y)
    shared = (standard.T @ standard / len(train.y)) ** 2
    ratio = scaling.spread[:, None] / scaling.spread
    fits = (ratio >= _RATIOS[0]) & (ratio <= _RATIOS[1])
    score = np.where(fits, relevance[:, None] * relevance * (1 - shared), 0.0)
    first, second = np.unravel_index(np.argmax(score), score.shape)
    return int(first), int(second)


def names_of(setting: Setting, features: tuple[int, int]) -> tuple[str, str]:
    """What the two columns are called."""
    names = load(setting.data, setting.condition_number).classes.feature_names
    return names[features[0]], names[features[1]]


def descend(setting: Setting, features: tuple[int, int], scaler: str) -> Ravine:
    """The loss and the path of a model of these two features, centred and scaled, with its intercept at the optimum."""
    train = parts(setting).train
    pair = train.X[:, features]
    scaling = fit(scaler, pair, centre=True)
    rows = scaling.apply(pair)
    penalty = setting.penalty * np.append((pair.std(axis=0) / scaling.spread) ** 2, 0.0)
    best = minimise(LOSSES[setting.model], rows, train.y, penalty)
    bowl = _Bowl(LOSSES[setting.model], rows[:, :2], train.y, penalty[:2], float(best.weights[2]))
    least, greatest = np.linalg.eigvalsh(bowl.hessian)
    path = [np.zeros(2)]
    for _ in range(STEPS):
        path.append(path[-1] - 2 / (least + greatest) * bowl.gradient_at(path[-1]))
    walked = np.array(path)
    axes = _window(np.array([*path, best.weights[:2]]))
    cells = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)
    losses, heights = bowl.losses_at(walked) - best.loss, bowl.losses_at(cells) - best.loss
    return Ravine(
        condition=float(greatest / least),
        path=walked,
        excess=losses / losses[0],
        optimum=best.weights[:2],
        axes=axes,
        map=(heights / losses[0]).reshape(CELLS, CELLS),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Bowl:
    """A penalised loss by two weights."""

    loss: Loss
    rows: Floats
    """[n, 2]"""
    y: Floats
    penalty: Floats
    """[2]"""
    intercept: float

    @property
    def hessian(self) -> Floats:
        """At weights of zero."""
        curvature = self.loss.curvature(np.full(len(self.y), self.intercept), self.y)
        return np.asarray(self.rows.T @ (curvature[:, None] * self.rows) / len(self.y) + np.diag(self.penalty))

    def losses_at(self, weights: Floats) -> Floats:
        """At pairs of weights [k, 2]."""
        z = weights @ self.rows.T + self.intercept
        return np.asarray(self.loss.value(z, self.y).mean(axis=1) + 0.5 * weights**2 @ self.penalty)

    def gradient_at(self, weights: Floats) -> Floats:
        """At one pair."""
        slope = self.loss.slope(self.rows @ weights + self.intercept, self.y)
        return np.asarray(self.rows.T @ slope / len(slope) + self.penalty * weights)


def _window(points: Floats) -> tuple[Floats, Floats]:
    """The middles of a square of cells around points [k, 2]."""
    low, high = points.min(axis=0), points.max(axis=0)
    half = 0.65 * float((high - low).max())
    first, second = ((low + high) / 2).tolist()
    return np.linspace(first - half, first + half, CELLS), np.linspace(second - half, second + half, CELLS)
