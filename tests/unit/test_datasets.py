"""The data sets are what was published, and their splits are fair, complete and seeded."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.datasets import NAMES, folds, load, split
from tuner.errors import InvalidOption

PUBLISHED = [
    # name, rows, features, rows of each class: https://archive.ics.uci.edu, data sets 17, 109 and (test part of) 80
    ("breast_cancer", 569, 30, [212, 357]),
    ("wine", 178, 13, [59, 71, 48]),
    ("digits", 1797, 64, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]),
]


@pytest.mark.parametrize(("name", "rows", "features", "counts"), PUBLISHED)
def test_a_data_set_has_the_published_size(name: str, rows: int, features: int, counts: list[int]) -> None:
    data = load(name)

    assert data.X.shape == (rows, features)
    assert data.X.dtype == np.float64
    assert data.y.dtype == np.int64
    assert np.bincount(data.y).tolist() == counts
    assert len(data.feature_names) == features
    assert len(data.class_names) == len(counts)


@pytest.mark.parametrize("name", NAMES)
def test_a_data_set_says_where_it_is_from(name: str) -> None:
    assert load(name).source.startswith("https://")
    assert load(name).licence


def test_a_data_set_is_loaded_once_and_cannot_be_written_to() -> None:
    assert load("wine") is load("wine")
    with pytest.raises(ValueError, match="read-only"):
        load("wine").X[0, 0] = 0.0


def test_an_unknown_data_set_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidOption, match="no data set called 'wines'; did you mean 'wine'"):
        load("wines")


@pytest.mark.parametrize("name", NAMES)
def test_a_split_has_every_row_once(name: str) -> None:
    parts = split(load(name), seed=3)

    assert sorted([*parts.train, *parts.held_out]) == list(range(len(load(name).y)))


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5])
@pytest.mark.parametrize("name", NAMES)
def test_a_split_holds_out_the_same_share_of_each_class(name: str, share: float) -> None:
    data = load(name)
    parts = split(data, seed=3, held_out=share)

    expected = np.bincount(data.y) * share
    assert np.abs(np.bincount(data.y[parts.held_out]) - expected).max() <= 0.5


def test_the_same_seed_gives_the_same_split_whatever_happened_before() -> None:
    first = split(load("wine"), seed=5)
    np.random.mtrand.seed(1)
    split(load("wine"), seed=6)
    again = split(load("wine"), seed=5)

    assert np.array_equal(first.held_out, again.held_out)
    assert np.array_equal(first.train, again.train)


def test_another_seed_gives_another_split() -> None:
    assert not np.array_equal(split(load("wine"), seed=5).held_out, split(load("wine"), seed=6).held_out)


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1, 2.0, float("nan")])
def test_a_share_outside_zero_and_one_is_refused(share: float) -> None:
    with pytest.raises(InvalidOption, match="held_out is a share between 0 and 1"):
        split(load("wine"), seed=0, held_out=share)


@pytest.mark.parametrize("share", [0.001, 0.999])
def test_every_class_stays_on_both_sides(share: float) -> None:
    data = load("wine")
    parts = split(data, seed=0, held_out=share)

    assert set(data.y[parts.train]) == set(data.y[parts.held_out]) == {0, 1, 2}


def test_a_class_of_one_row_cannot_be_split() -> None:
    wine = load("wine")
    lonely = replace(wine, X=wine.X[58:], y=wine.y[58:])

    with pytest.raises(InvalidOption, match="a class of 'wine' has one row"):
        split(lonely, seed=0)


@pytest.mark.parametrize("count", [2, 5, 7])
def test_folds_are_equally_large_in_all_and_in_each_class(count: int) -> None:
    y = load("digits").y
    fold = folds(y, seed=1, count=count)

    assert np.ptp(np.bincount(fold, minlength=count)) <= 1
    for label in range(10):
        assert np.ptp(np.bincount(fold[y == label], minlength=count)) <= 1


def test_folds_depend_on_the_seed_only() -> None:
    y = load("wine").y

    assert np.array_equal(folds(y, seed=1, count=5), folds(y, seed=1, count=5))
    assert not np.array_equal(folds(y, seed=1, count=5), folds(y, seed=2, count=5))


def test_fewer_than_two_folds_are_refused() -> None:
    with pytest.raises(InvalidOption, match=r"the number of folds is in \[2, 178\], not 1"):
        folds(load("wine").y, seed=0, count=1)
