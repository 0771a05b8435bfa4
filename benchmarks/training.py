"""What training small nets begins with: data parts as tensors, epochs and minibatches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np

from tuner.errors import InvalidOption, MissingExtra
from tuner.problem import Fidelity
from tuner.seeds import derive_seed
from tuner.trial import Trial

from .datasets import Dataset, split

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Some rows of a data set."""

    X: Tensor
    """Features [n, d], float32."""
    y: Tensor
    """Class of each row [n], int64."""


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """The three disjoint parts of a data set, standardised with the mean and deviation of `train` alone."""

    train: Rows
    validation: Rows
    held_out: Rows


def prepare_torch(task: str) -> None:
    """Load torch and keep it on one thread; raises `MissingExtra` where it is not installed."""
    if find_spec("torch") is None:
        raise MissingExtra(f"{task} needs torch: pip install 'tuner-bench[nets]'")
    import torch  # takes seconds; whoever only lists the tasks does not need it

    torch.set_num_threads(1)


def fidelity_of(epochs: int) -> Fidelity:
    """Training length as a fidelity, from 1 to `epochs`; raises `InvalidOption` where that is no range."""
    if not isinstance(epochs, int) or isinstance(epochs, bool) or not 1 <= epochs <= 1000:
        raise InvalidOption(f"epochs is a whole number in [1, 1000], not {epochs!r}")
    return Fidelity("epochs", 1, epochs)


def epochs_of(trial: Trial, fidelity: Fidelity) -> int:
    """How many epochs a trial asks for: its fidelity, rounded; the highest where it names none."""
    wanted = trial.proposal.fidelity
    return max(1, round(fidelity.high if wanted is None else wanted))


def part_tensors(data: Dataset, seed: int) -> Parts:
    """A quarter of each class held out, a quarter of the rest for validation; a function of `data` and `seed`."""
    outer = split(data, seed)
    rest = replace(data, X=data.X[outer.train], y=data.y[outer.train])
    inner = split(rest, derive_seed(seed, "validation"))
    train = rest.X[inner.train]
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    deviation[deviation == 0] = 1.0
    scaled = replace(data, X=(data.X - mean) / deviation)
    return Parts(
        train=_rows(scaled, outer.train[inner.train]),
        validation=_rows(scaled, outer.train[inner.held_out]),
        held_out=_rows(scaled, outer.held_out),
    )


def minibatches(generator: np.random.Generator, rows: int, size: int) -> Iterator[NDArray[np.int64]]:
    """One epoch: shuffled row numbers [size] each; the rest that would not fill a batch sits this epoch out."""
    order = generator.permutation(rows)
    size = min(size, rows)
    for start in range(0, rows - size + 1, size):
        yield order[start : start + size]


def _rows(data: Dataset, chosen: NDArray[np.int64]) -> Rows:
    import torch

    return Rows(torch.tensor(data.X[chosen], dtype=torch.float32), torch.tensor(data.y[chosen]))
