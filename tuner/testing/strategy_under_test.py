"""A strategy under test on one example problem, and the studies that the laws look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ..seeds import derive_seed
from ..strategy import SearchStrategy
from ..trial import Proposal
from .global_random_state import seeded_global_state
from .law import LawBroken
from .problems import ExampleProblem
from .strategy_study import Maker, Record, Respond, respond_honestly, run_study


@dataclass(frozen=True)
class StrategyUnderTest:
    """One strategy on one example problem; the studies that several laws look at are run once."""

    maker: Maker
    example: ExampleProblem
    trials: int
    others: Sequence[ExampleProblem] = field(default=(), repr=False)
    """All example problems, among them those that the strategy does not support."""

    @cached_property
    def single(self) -> Record:
        """A study that asks for one proposal at a time."""
        return self.study()

    @cached_property
    def batched(self) -> Record:
        """The same study, asking for five at a time."""
        return self.study(size=5)

    @cached_property
    def other_seed(self) -> Record:
        """The same study with another seed."""
        return self.study(seed=1)

    def generator(self, purpose: str) -> np.random.Generator:
        """The same randomness each time."""
        return np.random.default_rng(derive_seed(0, purpose, self.example.name))

    def make(self, seed: int = 0, trials: int | None = None, example: ExampleProblem | None = None) -> SearchStrategy:
        """A fresh instance of the strategy."""
        return self.maker.make(example or self.example, seed=seed, trials=trials or self.trials)

    def study(
        self,
        *,
        seed: int = 0,
        size: int = 1,
        trials: int | None = None,
        respond: Respond = respond_honestly,
        example: ExampleProblem | None = None,
        global_seed: int = 0,
    ) -> Record:
        """Run a study under a known state of the global generators."""
        trials = trials or self.trials
        example = example or self.example
        with seeded_global_state(global_seed) as changed:
            strategy = self.make(seed, trials, example)
            record = run_study(strategy, example, trials=trials, size=size, respond=respond)
            record.touched = tuple(changed())
        return record


def require_equal(expected: Sequence[Proposal], actual: Sequence[Proposal], where: str) -> None:
    """Raise `LawBroken` with the first difference between two lists of proposals."""
    for index, (one, other) in enumerate(zip(expected, actual, strict=False)):
        if one != other:
            raise LawBroken(f"proposal {index} is {_show(one)}, but {where} it is {_show(other)}")
    if len(expected) != len(actual):
        raise LawBroken(f"there are {len(expected)} proposals, but {where} {len(actual)}")


def _show(proposal: Proposal) -> str:
    fidelity = "" if proposal.fidelity is None else f" at fidelity {proposal.fidelity:g}"
    return f"{dict(proposal.configuration)}{fidelity}"
