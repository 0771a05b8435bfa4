"""The data sets of Bayesmark that scikit-learn still ships, split as Bayesmark splits them."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import numpy as np

from tuner.seeds import derive_seed

if TYPE_CHECKING:
    from numpy.typing import NDArray

Kind: TypeAlias = Literal["classes", "numbers"]
"""What is to be predicted."""

KINDS: Final[Mapping[str, Kind]] = {
    "breast": "classes",
    "digits": "classes",
    "iris": "classes",
    "wine": "classes",
    "diabetes": "numbers",
}
"""What each data set asks for. Bayesmark's sixth, boston, has left scikit-learn."""

FOLDS: Final = 5
"""Folds of the cross-validation; Bayesmark's CV_SPLITS."""

_LOADERS: Final = {name: f"load_{name}" for name in KINDS} | {"breast": "load_breast_cancer"}


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A data set, as published: neither scaled nor shuffled."""

    X: NDArray[np.float64]
    """Features [n, d]."""
    y: NDArray[np.float64]
    """Target of each row [n]: a number, or the number of a class."""
    class_names: tuple[str, ...]
    """Empty where numbers are to be predicted."""


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """Training rows with their validation folds, and held-out rows."""

    features: NDArray[np.float64]
    target: NDArray[np.float64]
    fold: NDArray[np.int64]
    """The validation fold of each training row [n], in 0 .. FOLDS - 1."""
    held_out_features: NDArray[np.float64]
    held_out_target: NDArray[np.float64]
    class_names: tuple[str, ...]


@functools.cache
def load(name: str) -> Table:
    """The data set of this name, one of `KINDS`."""
    from sklearn import datasets

    bunch = getattr(datasets, _LOADERS[name])()
    names = tuple(map(str, bunch.target_names)) if KINDS[name] == "classes" else ()
    return Table(np.array(bunch.data, dtype=np.float64), np.array(bunch.target, dtype=np.float64), names)


@functools.lru_cache(maxsize=64)
def part(name: str, seed: int) -> Parts:
    """A fifth of the rows held out, the others in five folds; seed 0 gives the very rows and folds of Bayesmark.

    The held-out rows are drawn without regard to classes. The folds are stratified, each class cut into consecutive
    blocks of the shuffled rows, as scikit-learn 0.20 did it.
    """
    data = load(name)
    order = np.random.RandomState(seed).permutation(len(data.y))
    size = -(-len(order) // 5)
    held_out, train = order[:size], order[size:]
    y = data.y[train]
    groups = y if data.class_names else np.zeros(len(y))
    return Parts(data.X[train], y, _blocks(groups), data.X[held_out], data.y[held_out], data.class_names)


@functools.lru_cache(maxsize=1024)
def folds_again(name: str, seed: int, repeat: int) -> NDArray[np.int64]:
    """The validation fold of each training row of `part(name, seed)`, cut once more; `repeat` 0 is its own `fold`."""
    parts = part(name, seed)
    if repeat == 0:
        return parts.fold
    order = np.random.default_rng(derive_seed(seed, "folds", repeat)).permutation(len(parts.target))
    fold = np.empty(len(order), dtype=np.int64)
    fold[order] = _blocks(parts.target[order] if parts.class_names else np.zeros(len(order)))
    return fold


def _blocks(groups: NDArray[np.float64]) -> NDArray[np.int64]:
    fold = np.empty(len(groups), dtype=np.int64)
    for group in np.unique(groups):
        rows = np.flatnonzero(groups == group)
        for number, block in enumerate(np.array_split(rows, FOLDS)):
            fold[block] = number
    return fold
