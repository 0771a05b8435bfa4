"""How long every strategy thinks about one proposal, after 10, 50, 100, 200 and 500 observations.

Processor time of one ask, and of the tell before it where a model is fitted then: the median of a few, one core. The
observations are random; a strategy that starts at random does so until they are told, so that no model is fitted
before. A size is left out once a strategy takes more than ten seconds at the size before.
"""
# ruff: noqa: INP001, T201  a script whose output is what it prints

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

import numpy as np

from benchmarks.synthetic import Rosenbrock
from tuner.configuration import Value
from tuner.errors import TunerError
from tuner.evaluators.threads import pin_threads
from tuner.problem import Budget, Fidelity, Objective, Problem
from tuner.registry import entry_points, find, load_strategy
from tuner.strategy import SearchStrategy, own_options
from tuner.testing.problems import mixed
from tuner.trial import Measurement, Proposal, Trial, TrialResult

from .harness import print_table

SIZES: Final = (10, 50, 100, 200, 500)
REPEATS: Final = 3
PATIENCE_SECONDS: Final = 10.0
_STARTS: Final = (
    *("n_startup_trials", "n_initial_points", "n_startup_jobs", "init_points", "initialization_budget", "n_configs"),
)
"""What the libraries call the number of random trials before the model."""
_ALLOWED: Final[Mapping[str, Value]] = {"max_ratio": 1.0}
"""What lets so many be random."""


@dataclass(frozen=True, slots=True)
class Field:
    """A problem, and losses that go with it."""

    name: str
    problem: Problem

    def loss(self, proposal: Proposal) -> float:
        """A bowl, off the centre."""
        return float(np.sum((self.problem.space.to_unit(proposal.configuration) - 0.3) ** 2))


FIELDS: Final = (
    Field("10 floats", Rosenbrock(dimension=10).problem),
    Field("mixed, 6 parameters", mixed().problem),
)


def main() -> None:
    """Print a table for each space, milliseconds."""
    pin_threads()  # as the workers of a run do
    for field in FIELDS:
        print(f"\nMilliseconds a proposal, {field.name}:\n")
        print_table(
            ["strategy", *[f"{size}" for size in SIZES]], (_row(name, field) for name in entry_points("strategy"))
        )


def _row(name: str, field: Field) -> list[str]:
    cells: list[str] = []
    for size in SIZES:
        if cells and (cells[-1] == "-" or float(cells[-1]) > PATIENCE_SECONDS * 1000):
            cells.append("-")
            continue
        try:
            cells.append(f"{1000 * measure(name, field, size):.2f}")
        except TunerError:
            cells.append("-")
    return [name, *cells]


def measure(name: str, field: Field, size: int, repeats: int = REPEATS) -> float:
    """Seconds of processor time for the last tell and an ask, the median over a few observations from `size` on."""
    kind = load_strategy(find("strategy", name))
    strategy = _made(kind, _problem_for(kind, field.problem), size)
    spent: list[float] = []
    number = 0
    while len(spent) < repeats:
        proposals = strategy.ask(1)
        if not proposals:
            return float("nan")
        trial = Trial(number, proposals[0], seed=number)
        loss = field.loss(proposals[0])
        result = TrialResult(trial, Measurement({"loss": loss}, seconds=1.0), (loss,))
        number += 1
        began = time.process_time()
        strategy.tell(result)
        if number < size:
            continue
        ahead = strategy.ask(1)
        spent.append(time.process_time() - began)
        number = _take_up(strategy, field, ahead, number)
    return median(spent)


def _take_up(strategy: SearchStrategy, field: Field, proposals: Sequence[Proposal], number: int) -> int:
    for proposal in proposals:
        loss = field.loss(proposal)
        strategy.tell(TrialResult(Trial(number, proposal, number), Measurement({"loss": loss}, seconds=1.0), (loss,)))
        number += 1
    return number


def _problem_for(kind: type[SearchStrategy], problem: Problem) -> Problem:
    fidelity = Fidelity("epochs", 1, 27) if kind.needs_fidelity else None
    return Problem(problem.space, (Objective("loss"),), fidelity)


def _made(kind: type[SearchStrategy], problem: Problem, size: int) -> SearchStrategy:
    known = own_options(kind)
    options = {name: value for name, value in (*((n, size) for n in _STARTS), *_ALLOWED.items()) if name in known}
    return kind(problem, seed=1, budget=Budget(trials=size + 2 * REPEATS), **options)


if __name__ == "__main__":
    main()
