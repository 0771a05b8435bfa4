"""The random state that a whole process shares: of Python's `random`, of numpy and of torch."""

from __future__ import annotations

import pickle
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import rich.style  # noqa: F401  it draws a number as it is imported, which scikit-learn does where it is first used


class _Generator(NamedTuple):
    name: str
    read: Callable[[], Any]
    write: Callable[[Any], object]
    seed: Callable[[int], object]


@contextmanager
def seeded_global_state(seed: int) -> Iterator[Callable[[], list[str]]]:
    """Seed every global generator on entry and put its earlier state back on exit.

    Yields a function that names the generators whose state has changed since they were seeded.
    torch's is among them once torch is imported.
    """
    generators = _generators()
    before = [generator.read() for generator in generators]
    for generator in generators:
        generator.seed(seed)
    seeded = [pickle.dumps(generator.read()) for generator in generators]
    try:
        yield lambda: [g.name for g, state in zip(generators, seeded, strict=True) if pickle.dumps(g.read()) != state]
    finally:
        for generator, state in zip(generators, before, strict=True):
            generator.write(state)


def _generators() -> list[_Generator]:
    legacy = np.random.mtrand
    found = [
        _Generator("random", random.getstate, random.setstate, random.seed),
        _Generator("numpy.random", legacy.get_state, legacy.set_state, legacy.seed),
    ]
    torch = sys.modules.get("torch")
    if torch is not None:
        found.append(
            _Generator(
                "torch",
                lambda: torch.get_rng_state().numpy().copy(),
                lambda state: torch.set_rng_state(torch.from_numpy(state)),
                torch.manual_seed,
            )
        )
    return found
