"""The strategies that fit a model beat random search where they should: on smooth functions, after 50 trials."""

from __future__ import annotations

import pytest
from scipy.stats import mannwhitneyu

from benchmarks.synthetic import Branin, Hartmann6, SyntheticFunction
from tuner.problem import Budget
from tuner.strategies.gaussian_process import GaussianProcess
from tuner.strategies.optuna_gp import OptunaGaussianProcess
from tuner.strategies.random_search import RandomSearch
from tuner.strategies.skopt_gp import SkoptGaussianProcess
from tuner.strategies.tree_parzen import TreeParzen
from tuner.strategy import SearchStrategy
from tuner.trial import Trial, TrialResult

pytestmark = pytest.mark.slow
TRIALS, SEEDS = 50, 10


def best_of(kind: type[SearchStrategy], task: SyntheticFunction, seed: int) -> float:
    strategy = kind(task.problem, seed=seed, budget=Budget(trials=TRIALS))
    losses = []
    for number in range(TRIALS):
        (proposal,) = strategy.ask(1)
        trial = Trial(number, proposal, seed=0)
        measurement = task.evaluate(trial)
        losses.append(measurement.values["value"])
        strategy.tell(TrialResult(trial, measurement, (losses[-1],)))
    return min(losses)


@pytest.mark.parametrize("task", [Branin(), Hartmann6()], ids=["branin", "hartmann6"])
@pytest.mark.parametrize("kind", [TreeParzen, GaussianProcess, OptunaGaussianProcess, SkoptGaussianProcess])
def test_it_beats_random_search(kind: type[SearchStrategy], task: SyntheticFunction) -> None:
    if kind is OptunaGaussianProcess:
        pytest.importorskip("torch")
    mine = [best_of(kind, task, seed) for seed in range(SEEDS)]
    random = [best_of(RandomSearch, task, seed) for seed in range(SEEDS)]

    p = float(mannwhitneyu(mine, random, alternative="less").pvalue)

    print(f"{kind.__name__} against random on {type(task).__name__}: p = {p:.2g}")
    assert p < 0.05
