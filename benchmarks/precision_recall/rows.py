"""The rows of a case: two classes at the case's prevalence, split into training and held-out rows."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tuner.seeds import derive_seed

from .. import datasets
from ..datasets import Dataset
from .cases import CASES, Case

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class CaseRows:
    """The rows that one data seed gives a case; classes are 1 (positive) and 0."""

    X: NDArray[np.float64]
    """Training features [n, d]."""
    y: NDArray[np.int64]
    """Training classes [n]."""
    fold: NDArray[np.int64]
    """The validation fold of each training row [n]."""
    held_out_features: NDArray[np.float64]
    held_out_target: NDArray[np.int64]


@functools.cache
def population(name: str) -> Dataset:
    """All rows of a case, before they are thinned out: those of a published data set, or synthetic ones."""
    if name == "disease-screening":
        data = datasets.load("breast_cancer")
        return _two_classes(data, data.y == data.class_names.index("malignant"), "malignant")
    if name == "spam":
        data = datasets.load("digits")
        return _two_classes(data, data.y == 8, "8")
    if name == "balanced":
        data = datasets.load("digits")
        return _two_classes(data, data.y % 2 == 1, "odd")
    return _payments()


def rows_of(case: Case, seed: int, folds: int) -> CaseRows:
    """Thin the rows out to the prevalence, hold out a quarter, cut the rest into folds; all stratified, all seeded."""
    data = at_prevalence(population(case.name), case.prevalence, seed)
    split = datasets.split(data, seed)
    y = data.y[split.train]
    return CaseRows(
        X=data.X[split.train],
        y=y,
        fold=datasets.folds(y, seed, folds),
        held_out_features=data.X[split.held_out],
        held_out_target=data.y[split.held_out],
    )


def at_prevalence(data: Dataset, share: float, seed: int) -> Dataset:
    """The rows without as many of one class, drawn by the seed, as make `share` of those left positive."""
    rng = np.random.default_rng(derive_seed(seed, "prevalence"))
    positives, negatives = (rng.permutation(np.flatnonzero(data.y == label)) for label in (1, 0))
    wanted = round(len(negatives) * share / (1 - share))
    if wanted <= len(positives):
        positives = positives[:wanted]
    else:
        negatives = negatives[: round(len(positives) * (1 - share) / share)]
    kept = np.sort(np.concatenate([positives, negatives]))
    return replace(data, X=data.X[kept], y=data.y[kept])


def prepare() -> None:
    """Load the data of all cases."""
    for name in CASES:
        population(name)


def _two_classes(data: Dataset, is_positive: NDArray[np.bool_], name: str) -> Dataset:
    return replace(data, y=is_positive.astype(np.int64), class_names=("rest", name))


def _payments() -> Dataset:
    from sklearn.datasets import make_classification

    features, classes = make_classification(
        n_samples=5000,
        n_features=12,
        n_informative=6,
        n_redundant=2,
        n_clusters_per_class=3,
        weights=(0.96,),
        flip_y=0.0,
        class_sep=1.2,
        random_state=2001,
    )
    return Dataset(
        name="payments",
        X=np.array(features, dtype=np.float64),
        y=np.array(classes, dtype=np.int64),
        feature_names=tuple(f"x{index + 1}" for index in range(12)),
        class_names=("honest", "fraud"),
        source="https://scikit-learn.org/stable/modules/generated/sklearn.datasets.make_classification.html",
        licence="none needed: generated from seed 2001",
    )
