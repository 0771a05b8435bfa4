"""Data in which one class is rare: a few per cent of the rows, or one."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, lru_cache
from typing import Final

import numpy as np

from tuner.seeds import derive_seed

from ..datasets import Dataset, load
from ..training import Parts, part_tensors

POSITIVE_CLASSES: Final = {"breast_cancer": 0, "digits": 8, "blobs": 1}
"""The class to be found in each data set: malignant, the digit 8, the rare blobs."""

_NEGATIVES, _POSITIVES, _FEATURES = 8000, 1000, 16


def load_imbalanced(name: str) -> Dataset:
    """The data set of this name, with all its rows."""
    return blobs() if name == "blobs" else load(name)


@cache
def blobs() -> Dataset:
    """Synthetic: 9000 rows of 16 features, in 12 round clusters of common rows and 4 of rare ones that touch them.

    The centres are standard normal, stretched by 1.6; the rows lie around them with a deviation of 1.
    """
    rng = np.random.default_rng(20170807)
    common, rare = 1.6 * rng.standard_normal((12, _FEATURES)), 1.6 * rng.standard_normal((4, _FEATURES))
    near = 0.55 * rare + 0.45 * common[:4]
    features = np.concatenate(
        [
            centres[rng.integers(len(centres), size=count)] + rng.standard_normal((count, _FEATURES))
            for centres, count in ((common, _NEGATIVES), (near, _POSITIVES))
        ]
    )
    y = np.repeat(np.arange(2), (_NEGATIVES, _POSITIVES))
    names = tuple(f"x{place}" for place in range(_FEATURES))
    return Dataset("blobs", features, y.astype(np.int64), names, ("common", "rare"), "generated here", "Apache-2.0")


def thin_out(data: Dataset, positive: int, share: float, seed: int) -> Dataset:
    """The rows as 1 (of class `positive`) or 0, without as many rows of one of the two as the share demands."""
    rng = np.random.default_rng(derive_seed(seed, "thin out"))
    positives, negatives = (rng.permutation(np.flatnonzero(mask)) for mask in (data.y == positive, data.y != positive))
    wanted = round(len(negatives) * share / (1 - share))
    if wanted <= len(positives):
        positives = positives[:wanted]
    else:
        negatives = negatives[: round(len(positives) * (1 - share) / share)]
    kept = np.sort(np.concatenate([positives, negatives]))
    names = ("rest", data.class_names[positive])
    return replace(data, X=data.X[kept], y=(data.y[kept] == positive).astype(np.int64), class_names=names)


@lru_cache(maxsize=64)
def parts_of(name: str, share: float, data_seed: int) -> Parts:
    """The thinned data as tensors, split and standardised."""
    return part_tensors(thin_out(load_imbalanced(name), POSITIVE_CLASSES[name], share, data_seed), data_seed)
