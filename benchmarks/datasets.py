"""Data sets that ship inside installed packages, and seeded stratified splits of them."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from tuner.errors import InvalidOption, suggest
from tuner.seeds import derive_seed

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAMES: Final = ("breast_cancer", "digits", "wine")
"""The data sets that `load` knows."""

_SOURCES: Final = {
    "breast_cancer": "https://archive.ics.uci.edu/dataset/17/breast+cancer+wisconsin+diagnostic",
    "digits": "https://archive.ics.uci.edu/dataset/80/optical+recognition+of+handwritten+digits",
    "wine": "https://archive.ics.uci.edu/dataset/109/wine",
}


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Rows for classification; the arrays are read-only."""

    name: str
    X: NDArray[np.float64]
    """Features [n, d], as published: neither scaled nor shuffled."""
    y: NDArray[np.int64]
    """Class of each row [n], in 0 .. number of classes - 1."""
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]
    source: str
    """Where the data was published."""
    licence: str

    def __post_init__(self) -> None:
        self.X.setflags(write=False)
        self.y.setflags(write=False)


class Split(NamedTuple):
    """Indices of rows, sorted, that together are all rows, each once."""

    train: NDArray[np.int64]
    held_out: NDArray[np.int64]


@functools.cache
def load(name: str) -> Dataset:
    """The data set of this name; raises `InvalidOption` for a name that is not in `NAMES`."""
    if name not in NAMES:
        raise InvalidOption(f"no data set called {name!r}{suggest(name, NAMES)}")
    from sklearn import datasets

    bunch = getattr(datasets, f"load_{name}")()
    return Dataset(
        name=name,
        X=np.array(bunch.data, dtype=np.float64),
        y=np.array(bunch.target, dtype=np.int64),
        feature_names=tuple(map(str, bunch.feature_names)),
        class_names=tuple(map(str, bunch.target_names)),
        source=_SOURCES[name],
        licence="CC BY 4.0",
    )


def split(data: Dataset, seed: int, held_out: float = 0.25) -> Split:
    """Hold out this share of each class's rows, at random; a function of the data and `seed` alone.

    Every class keeps at least one row on either side.
    """
    if not 0 < held_out < 1:
        raise InvalidOption(f"held_out is a share between 0 and 1, not {held_out!r}")
    rng = np.random.default_rng(derive_seed(seed, "held-out"))
    is_held_out = np.zeros(len(data.y), dtype=np.bool_)
    for rows in _shuffled_classes(data.y, rng):
        if len(rows) < 2:
            raise InvalidOption(f"a class of {data.name!r} has one row: it cannot be split")
        count = min(max(round(held_out * len(rows)), 1), len(rows) - 1)
        is_held_out[rows[:count]] = True
    return Split(np.flatnonzero(~is_held_out), np.flatnonzero(is_held_out))


def folds(y: NDArray[np.int64], seed: int, count: int) -> NDArray[np.int64]:
    """The validation fold of each row [n], in 0 .. count - 1; a function of the classes `y` and `seed` alone.

    The folds' sizes differ by at most one row, in all and within each class.
    """
    if not 2 <= count <= len(y):
        raise InvalidOption(f"the number of folds is in [2, {len(y)}], not {count!r}")
    rng = np.random.default_rng(derive_seed(seed, "folds"))
    fold = np.empty(len(y), dtype=np.int64)
    fold[np.concatenate(_shuffled_classes(y, rng))] = np.arange(len(y)) % count
    return fold


def _shuffled_classes(y: NDArray[np.int64], rng: np.random.Generator) -> list[NDArray[np.int64]]:
    return [rng.permutation(np.flatnonzero(y == label)) for label in np.unique(y)]
