"""A table as gradient descent meets it: scaled rows, the penalty in their coordinates, and how steep it can be."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .losses import LOSSES, Optimum, minimise
from .scaling import Scaling, fit
from .tables import Parts, Rows, load, parts_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Setting:
    """What is fitted to which data, whatever the configuration."""

    model: str
    data: str
    penalty: float
    condition_number: float
    data_seed: int


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """A training problem in the coordinates of a scaler; an optimum is the same in all of them."""

    scaling: Scaling
    train: Rows
    """Scaled, with the column of ones: [n, d + 1]."""
    validation: Rows
    held_out: Rows
    penalty: Floats
    """[d + 1]: half of it times the squared weights is added to the mean loss; the intercept's is 0."""
    steepness: float
    """A bound on the greatest curvature: descent without momentum and with a step below 2 / steepness goes down."""


@functools.lru_cache(maxsize=64)
def parts(setting: Setting) -> Parts:
    """The parts of the setting's table."""
    return parts_of(load(setting.data, setting.condition_number), setting.model, setting.data_seed)


@functools.lru_cache(maxsize=256)
def design(setting: Setting, scaler: str, *, centre: bool) -> Design:
    """The setting in the coordinates of a scaler that is fitted on the training rows.

    The penalty is on the weights of standardised features, whichever the coordinates.
    """
    chosen = parts(setting)
    scaling = fit(scaler, chosen.train.X, centre=centre)
    deviation = fit("standard", chosen.train.X, centre=True).spread
    train = _scaled(scaling, chosen.train)
    return Design(
        scaling=scaling,
        train=train,
        validation=_scaled(scaling, chosen.validation),
        held_out=_scaled(scaling, chosen.held_out),
        penalty=setting.penalty * np.append((deviation / scaling.spread) ** 2, 0.0),
        steepness=(LOSSES[setting.model].steepest + setting.penalty) * float((train.X**2).sum(axis=1).mean()),
    )


@functools.lru_cache(maxsize=64)
def optimum(setting: Setting) -> Optimum:
    """The optimum in standardised, centred coordinates; its loss is the optimum's in all coordinates."""
    standard = design(setting, "standard", centre=True)
    return minimise(LOSSES[setting.model], *standard.train, standard.penalty)


def _scaled(scaling: Scaling, rows: Rows) -> Rows:
    return Rows(scaling.apply(rows.X), rows.y)
