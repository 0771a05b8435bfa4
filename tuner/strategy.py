"""The contract of a search strategy: what to try next, given what came of the tries so far."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from .errors import UnsupportedProblem
from .problem import Budget, Feature, Problem
from .trial import Proposal, TrialResult


class SearchStrategy(ABC):
    """Proposes configurations for one problem.

    A strategy is a deterministic function of its problem, options, seed and the order of its calls: it never
    evaluates, waits, writes or reads a clock, and draws all its randomness from `self.rng` or `self.seed`.
    Options of its own are keyword-only arguments of `__init__` with defaults; a suite file can set them.
    """

    supports: ClassVar[Feature] = Feature.MIXED
    """Which demands of a problem this strategy can meet; other problems are refused."""
    needs_fidelity: ClassVar[bool] = False
    """Whether it makes sense only on problems that offer a fidelity."""
    packages: ClassVar[tuple[str, ...]] = ()
    """Distributions that do the thinking; their versions are stored with each trial."""

    def __init__(self, problem: Problem, *, seed: int, budget: Budget) -> None:
        """Take up a problem; raises `UnsupportedProblem` at once where it cannot be solved."""
        missing = problem.needs & ~self.supports
        name = type(self).__name__
        if missing:
            raise UnsupportedProblem(f"{name} does not support {', '.join(missing.names())} problems")
        if self.needs_fidelity and problem.fidelity is None:
            raise UnsupportedProblem(f"{name} needs a problem with a fidelity")
        self.problem = problem
        self.space = problem.space
        self.seed = seed
        self.budget = budget
        self.rng = np.random.default_rng(seed)

    @abstractmethod
    def ask(self, count: int) -> Sequence[Proposal]:
        """At most `count` proposals, to be evaluated side by side.

        Fewer or none means "nothing more for now": with trials pending, wait; with none pending, finished.
        """

    def tell(self, result: TrialResult) -> None:  # noqa: B027  a strategy may well ignore results
        """Learn how a trial ended, failed ones included.

        Called in the order of trial ids within a wave; on a simulated clock as trials end, and in the order of their
        ids where several end at one instant.
        """


def own_options(kind: type) -> dict[str, inspect.Parameter]:
    """The options that a strategy class adds to problem, seed and budget, by name."""
    fixed = {"self", "problem", "seed", "budget"}
    parameters = inspect.signature(kind).parameters
    named = (p for p in parameters.values() if p.kind in {p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD})
    return {p.name: p for p in named if p.name not in fixed}
