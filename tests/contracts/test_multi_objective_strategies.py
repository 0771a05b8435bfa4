"""The laws of strategies, on those made for several objectives; and they come nearer to a front than chance does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import moocore
import numpy as np
import pytest

from benchmarks.synthetic import ZDT1, ZDT2, TwoObjectives
from tuner.problem import Budget
from tuner.strategies.nsga2 import NSGA2
from tuner.strategies.random_scalarisation import RandomScalarisation
from tuner.strategies.random_search import RandomSearch
from tuner.strategies.tree_parzen import TreeParzen
from tuner.strategy import SearchStrategy
from tuner.testing.strategy_contract import StrategyContract
from tuner.trial import Trial, TrialResult

SEEDS = 5
FUNCTIONS: list[TwoObjectives] = [ZDT1(dimension=6), ZDT2(dimension=6)]


class TestNSGA2(StrategyContract):
    strategy: ClassVar[type[SearchStrategy]] = NSGA2
    options: ClassVar[Mapping[str, object]] = {"population_size": 4}


class TestNSGA2AsPublished(StrategyContract):
    strategy: ClassVar[type[SearchStrategy]] = NSGA2
    options: ClassVar[Mapping[str, object]] = {"population_size": 4, "crossover": "sbx", "mutation": "polynomial"}


class TestRandomScalarisation(StrategyContract):
    strategy: ClassVar[type[SearchStrategy]] = RandomScalarisation
    options: ClassVar[Mapping[str, object]] = {"strategy": "tpe"}
    trials: ClassVar[int] = 12


class TestLinearScalarisation(StrategyContract):
    strategy: ClassVar[type[SearchStrategy]] = RandomScalarisation
    options: ClassVar[Mapping[str, object]] = {"strategy": "tpe", "kind": "linear", "every": 4}
    trials: ClassVar[int] = 12


def mean_share_of_the_front(
    kind: type[SearchStrategy], task: TwoObjectives, trials: int, options: Mapping[str, object]
) -> float:
    """The hypervolume that a study dominates, up to (1.1, 11), as a part of the front's; the mean over the seeds."""
    volumes = [
        moocore.hypervolume(losses_of(kind, task, seed, trials, options), ref=(1.1, 11.0)) for seed in range(SEEDS)
    ]
    return float(np.mean(volumes)) / (task.front_hypervolume + 1.1 * (11.0 - 1.1))


def losses_of(
    kind: type[SearchStrategy], task: TwoObjectives, seed: int, trials: int, options: Mapping[str, object]
) -> list[tuple[float, ...]]:
    strategy = kind(task.problem, seed=seed, budget=Budget(trials=trials), **options)
    found: list[tuple[float, ...]] = []
    for number in range(trials):
        (proposal,) = strategy.ask(1)
        trial = Trial(number, proposal, seed=0)
        measurement = task.evaluate(trial)
        found.append(task.problem.losses(measurement.values))
        strategy.tell(TrialResult(trial, measurement, found[-1]))
    return found


@pytest.mark.parametrize("task", FUNCTIONS, ids=["zdt1", "zdt2"])
@pytest.mark.parametrize(
    ("kind", "options", "trials"),
    [
        (NSGA2, {}, 300),
        (NSGA2, {"population_size": 20, "crossover": "sbx", "mutation": "polynomial"}, 300),
        (RandomScalarisation, {"strategy": "tpe"}, 60),
        (TreeParzen, {}, 60),
    ],
    ids=["nsga2", "nsga2 as published", "scalarised", "tpe"],
)
def test_it_comes_nearer_to_the_front_than_random_search(
    kind: type[SearchStrategy], options: Mapping[str, object], trials: int, task: TwoObjectives
) -> None:
    mine = mean_share_of_the_front(kind, task, trials, options)
    random = mean_share_of_the_front(RandomSearch, task, trials, {})

    print(f"{kind.__name__} on {type(task).__name__}: {mine:.3f} of the front's hypervolume, random {random:.3f}")
    assert 1 - mine < 0.8 * (1 - random)
