"""Measures the candidates for the strategy `bayesian` on five functions; the tables of decisions 0002 and 0009.

Run as `python bench/bayesian_choice.py [trials] [seeds] [first seed]`; about a quarter of an hour with 50 trials and 5
seeds.
"""
# ruff: noqa: INP001, T201  a script whose output is what it prints

from __future__ import annotations

import math
import sys
import time
from dataclasses import dataclass
from statistics import fmean

from benchmarks.synthetic import Ackley, Branin, Hartmann6, Rosenbrock
from tuner.errors import UnsupportedProblem
from tuner.parameter import Categorical, Float, Integer
from tuner.problem import Budget, Objective, Problem
from tuner.space import SearchSpace
from tuner.strategies.cma_es import CMAES
from tuner.strategies.gaussian_process import GaussianProcess
from tuner.strategies.optuna_gp import OptunaGaussianProcess
from tuner.strategies.random_search import RandomSearch
from tuner.strategies.skopt_forest import SkoptForest
from tuner.strategies.skopt_gp import SkoptGaussianProcess
from tuner.strategies.tree_parzen import TreeParzen
from tuner.strategy import SearchStrategy
from tuner.task import Task
from tuner.trial import Measurement, Trial, TrialResult

STRATEGIES: tuple[type[SearchStrategy], ...] = (
    RandomSearch,
    CMAES,
    TreeParzen,
    SkoptForest,
    SkoptGaussianProcess,
    OptunaGaussianProcess,
    GaussianProcess,
)


class MixedBowl(Task):
    """A bowl over two floats, two integers and two choices; the choices move its lowest point. At best 0."""

    @property
    def problem(self) -> Problem:
        """Minimise `value`."""
        space = SearchSpace(
            {
                "rate": Float(1e-5, 1.0, log=True),
                "momentum": Float(0.0, 0.99),
                "layers": Integer(1, 8),
                "width": Integer(4, 1024, log=True),
                "activation": Categorical(("relu", "tanh", "gelu")),
                "bias": Categorical((True, False)),
            }
        )
        return Problem(space, (Objective("value"),))

    def evaluate(self, trial: Trial) -> Measurement:
        """The squared distances, in the unit of each parameter, from where the choices put the lowest point."""
        c = trial.configuration
        shift = {"relu": 0.0, "tanh": 1.0, "gelu": -0.5}[c.text("activation")]
        rate = math.log10(c.number("rate")) + 2.5 + shift
        width = math.log2(c.number("width")) - 7 + shift
        layers = (c.integer("layers") - 4) / 2 + (0.0 if c["bias"] else 1.0)
        momentum = 4 * (c.number("momentum") - 0.8)
        penalty = 0.3 * abs(shift) + (0.0 if c["bias"] else 0.2)
        return Measurement({"value": rate**2 + width**2 / 4 + layers**2 + momentum**2 + penalty})


TASKS: dict[str, tuple[Task, float]] = {
    "Branin": (Branin(), Branin.optimum),
    "Hartmann 6": (Hartmann6(), Hartmann6.optimum),
    "mixed bowl": (MixedBowl(), 0.0),
    "Ackley 5": (Ackley(dimension=5), 0.0),
    "Rosenbrock 4": (Rosenbrock(dimension=4), 0.0),
}


@dataclass(frozen=True, slots=True)
class Study:
    """What came of one study."""

    regret: float
    """Best loss found, above the optimum."""
    seconds: float
    """The strategy's own time for one trial, asking and telling."""


def run_study(kind: type[SearchStrategy], task: Task, optimum: float, *, seed: int, trials: int) -> Study:
    """Run one study, one trial at a time."""
    strategy = kind(task.problem, seed=seed, budget=Budget(trials=trials))
    losses = []
    seconds = 0.0
    for number in range(trials):
        start = time.perf_counter()
        (proposal,) = strategy.ask(1)
        seconds += time.perf_counter() - start
        trial = Trial(number, proposal, seed=number)
        measurement = task.evaluate(trial)
        losses.append(measurement.values["value"])
        result = TrialResult(trial, measurement, (losses[-1],))
        start = time.perf_counter()
        strategy.tell(result)
        seconds += time.perf_counter() - start
    return Study(min(losses) - optimum, seconds / trials)


def main(trials: int = 50, seeds: int = 5, first: int = 0) -> None:
    """Print mean regret and mean seconds for each function and strategy as a Markdown table."""
    print(f"Mean regret after {trials} trials over {seeds} seeds (seconds of its own a trial)\n")
    print("| | " + " | ".join(kind.__name__ for kind in STRATEGIES) + " |")
    print("|---" * (len(STRATEGIES) + 1) + "|")
    for name, (task, optimum) in TASKS.items():
        print(f"| {name} ", end="", flush=True)
        for kind in STRATEGIES:
            print(f"| {_cell(kind, task, optimum, trials, range(first, first + seeds))} ", end="", flush=True)
        print("|")


def _cell(kind: type[SearchStrategy], task: Task, optimum: float, trials: int, seeds: range) -> str:
    try:
        studies = [run_study(kind, task, optimum, seed=seed, trials=trials) for seed in seeds]
    except UnsupportedProblem:
        return "refused"
    return f"{fmean(s.regret for s in studies):.3g} ({fmean(s.seconds for s in studies):.2g})"


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
