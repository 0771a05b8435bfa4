"""Tables whose features differ by orders of magnitude, with a target for each model, and seeded parts of them."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from tuner.seeds import derive_seed

from .. import datasets

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAMES: Final = ("breast_cancer", "wine", "diabetes", "synthetic")
"""The tables that `load` knows."""
MODELS: Final = ("logistic", "linear")
"""What is fitted: the logarithm of the odds of a class, or a number."""

_SYNTHETIC_SEED: Final = 20170404
_SYNTHETIC_ROWS: Final = 480
_SYNTHETIC_FEATURES: Final = 15
_CLASS_NAMES: Final = ("low", "high")


class Rows(NamedTuple):
    """Some rows of a table."""

    X: NDArray[np.float64]
    """Features [n, d], as published."""
    y: NDArray[np.float64]
    """Targets [n]: 0 or 1 for the logistic model; for the linear one a number in units of its training deviation."""


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """The three disjoint parts of a table."""

    train: Rows
    validation: Rows
    held_out: Rows


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Features and both kinds of targets."""

    classes: datasets.Dataset
    """The features, and two classes: the logistic model's targets, and what splits are stratified by."""
    numbers: NDArray[np.float64]
    """The linear model's targets [n], in their own unit."""


@functools.cache
def load(name: str, condition_number: float) -> Table:
    """The table of this name; `condition_number` is that of the synthetic features and means nothing to the others."""
    if name == "synthetic":
        return _synthetic(condition_number)
    if name == "diabetes":
        return _diabetes()
    data = datasets.load(name)
    first = (data.y == 0).astype(np.int64)  # the malignant tumours; the first cultivar
    classes = replace(data, y=first, class_names=("other", data.class_names[0]))
    return Table(classes, first.astype(np.float64))


def parts_of(table: Table, model: str, seed: int) -> Parts:
    """A quarter of each class held out, a quarter of the rest for validation; a function of table, model and seed."""
    data = table.classes
    outer = datasets.split(data, seed)
    rest = replace(data, X=data.X[outer.train], y=data.y[outer.train])
    inner = datasets.split(rest, derive_seed(seed, "validation"))
    train = outer.train[inner.train]
    y = data.y.astype(np.float64) if model == "logistic" else table.numbers
    if model == "linear":
        y = (y - y[train].mean()) / y[train].std()
    chosen = (train, outer.train[inner.held_out], outer.held_out)
    return Parts(*[Rows(data.X[rows], y[rows]) for rows in chosen])


def _diabetes() -> Table:
    from sklearn.datasets import load_diabetes

    bunch = load_diabetes(scaled=False)
    numbers = np.array(bunch.target, dtype=np.float64)
    classes = datasets.Dataset(
        name="diabetes",
        X=np.array(bunch.data, dtype=np.float64),
        y=_high(numbers),
        feature_names=tuple(map(str, bunch.feature_names)),
        class_names=_CLASS_NAMES,
        source="https://www4.stat.ncsu.edu/~boos/var.select/diabetes.html",
        licence="none stated",
    )
    return Table(classes, numbers)


def _synthetic(condition_number: float) -> Table:
    """Independent normal features whose variances fall from the condition number to 1 in equal ratios.

    Each feature's mean is twice its deviation; all matter equally to the target, whose noise has half the deviation
    of its signal.
    """
    rng = np.random.default_rng(_SYNTHETIC_SEED)
    deviations = np.sqrt(np.geomspace(condition_number, 1.0, _SYNTHETIC_FEATURES))
    standard = rng.standard_normal((_SYNTHETIC_ROWS, _SYNTHETIC_FEATURES))
    signs = rng.choice([-1.0, 1.0], _SYNTHETIC_FEATURES)
    signal = standard @ signs / np.sqrt(_SYNTHETIC_FEATURES)
    numbers = signal + 0.5 * rng.standard_normal(_SYNTHETIC_ROWS)
    classes = datasets.Dataset(
        name="synthetic",
        X=(standard + 2.0) * deviations,
        y=_high(numbers),
        feature_names=tuple(f"x{number}" for number in range(1, _SYNTHETIC_FEATURES + 1)),
        class_names=_CLASS_NAMES,
        source="generated from a fixed seed",
        licence="Apache-2.0",
    )
    return Table(classes, numbers)


def _high(numbers: NDArray[np.float64]) -> NDArray[np.int64]:
    """1 where a number is above the median, else 0."""
    return (numbers > np.median(numbers)).astype(np.int64)
