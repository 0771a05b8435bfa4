"""A program: what each of the strategies named as arguments proposes for a mixed problem, one line a strategy."""

from __future__ import annotations

import hashlib
import sys

import numpy as np

from tuner.evaluators.threads import pin_threads
from tuner.problem import Budget, Fidelity, Problem
from tuner.registry import find, load_strategy
from tuner.strategy import SearchStrategy, own_options
from tuner.testing.problems import continuous, mixed
from tuner.trial import Measurement, Trial, TrialResult

TRIALS = 14
STARTS = ("n_startup_trials", "n_initial_points", "n_startup_jobs", "init_points", "initialization_budget", "n_configs")
"""What the libraries call the number of random trials before the model."""
FASTER = {"max_ratio": 1.0, "retrain_after": 2, "challengers": 200, "n_random": 100, "n_smart": 1, "n_points": 100}


def make(name: str) -> SearchStrategy:
    kind = load_strategy(find("strategy", name))
    problem = (continuous() if name in {"cmaes", "bayes-opt"} else mixed()).problem
    if kind.needs_fidelity:
        problem = Problem(problem.space, problem.objectives, Fidelity("epochs", 1, 9))
    wanted = {**dict.fromkeys(STARTS, 4), **FASTER}
    options = {option: value for option, value in wanted.items() if option in own_options(kind)}
    return kind(problem, seed=3, budget=Budget(trials=TRIALS), **options)


def proposed(strategy: SearchStrategy) -> str:
    found = []
    for number in range(TRIALS):
        for proposal in strategy.ask(1):
            found.append(f"{proposal.configuration.to_json()} {proposal.fidelity} {proposal.resume}")
            loss = float(np.sum((strategy.space.to_unit(proposal.configuration) - 0.3) ** 2))
            name = strategy.problem.objectives[0].name
            strategy.tell(TrialResult(Trial(number, proposal, number), Measurement({name: loss}), (loss,)))
    return hashlib.sha256("\n".join(found).encode()).hexdigest()


if __name__ == "__main__":
    pin_threads()
    for argument in sys.argv[1:]:
        print(argument, proposed(make(argument)), flush=True)
