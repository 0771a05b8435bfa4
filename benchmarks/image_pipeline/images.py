"""The images of a study: drawn from digits or faces, damaged, and split, all from the data seed."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from tuner.seeds import derive_seed

from .. import datasets
from .corruption import corrupt

if TYPE_CHECKING:
    from numpy.typing import NDArray

DATA: Final = ("digits", "faces")
"""The sets of images that there are."""

_FOLDS: Final = 4
_FACES: Final = 100
_SIDE: Final = 24


@dataclass(frozen=True, slots=True, eq=False)
class Images:
    """The images of a study; the arrays are read-only."""

    clean: NDArray[np.float64]
    """Before the damage [n, height, width], in [0, 1]."""
    damaged: NDArray[np.float64]
    """What the pipeline gets [n, height, width], in [0, 1]."""
    y: NDArray[np.int64]
    """Class of each image [n]."""
    fold: NDArray[np.int64]
    """In which fold an image validates [n]; -1 where it is held out."""
    class_names: tuple[str, ...]

    def __post_init__(self) -> None:
        for array in (self.clean, self.damaged, self.y, self.fold):
            array.setflags(write=False)

    @property
    def is_held_out(self) -> NDArray[np.bool_]:
        """Which images nothing is chosen by [n]."""
        return self.fold < 0


@functools.lru_cache(maxsize=4)
def images_of(data: str, count: int, corruption: float, seed: int) -> Images:
    """About `count` images, a quarter of each class held out, the others in four folds."""
    chosen = _drawn(_source(data), count, seed)
    images = chosen.X.reshape(len(chosen.y), math.isqrt(chosen.X.shape[1]), -1)
    train = datasets.split(chosen, seed).train
    fold = np.full(len(chosen.y), -1, dtype=np.int64)
    fold[train] = datasets.folds(chosen.y[train], seed, _FOLDS)
    damaged = corrupt(images, corruption, np.random.default_rng(derive_seed(seed, "corruption")))
    return Images(images, damaged, chosen.y, fold, chosen.class_names)


@functools.cache
def _source(data: str) -> datasets.Dataset:
    return _digits() if data == "digits" else _faces()


def _digits() -> datasets.Dataset:
    """The digits of 8 x 8 pixels, enlarged threefold."""
    from skimage.transform import resize

    digits = datasets.load("digits")
    small = digits.X.reshape(-1, 8, 8) / 16.0
    large = resize(small, (len(small), _SIDE, _SIDE), order=1, anti_aliasing=False)
    images = np.clip(np.asarray(large, dtype=np.float64), 0.0, 1.0)
    return replace(digits, X=images.reshape(len(images), -1), feature_names=())


def _faces() -> datasets.Dataset:
    """The 100 faces and 100 backgrounds of 25 x 25 pixels that ship inside scikit-image."""
    from skimage.data import lfw_subset

    images = np.array(lfw_subset(), dtype=np.float64)
    return datasets.Dataset(
        name="faces",
        X=images.reshape(len(images), -1),
        y=(np.arange(len(images)) < _FACES).astype(np.int64),
        feature_names=(),
        class_names=("background", "face"),
        source="http://vis-www.cs.umass.edu/lfw/",
        licence="see Labeled Faces in the Wild",
    )


def _drawn(data: datasets.Dataset, count: int, seed: int) -> datasets.Dataset:
    """About `count` rows, drawn at random from each class alike; all rows where there are no more."""
    if count >= len(data.y):
        return data
    rows = datasets.split(data, derive_seed(seed, "images"), held_out=count / len(data.y)).held_out
    return replace(data, X=data.X[rows], y=data.y[rows])
