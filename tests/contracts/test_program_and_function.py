"""A strategy that is a program, and one that is a function, keep every law."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from docs.pages import ROOT

from tuner import Feature, SearchSpace, TrialResult
from tuner.strategies.external_program import ExternalProgram
from tuner.strategies.function_strategy import declares, strategy_of
from tuner.testing.strategy_contract import StrategyContract

AWK = f"awk -f {shlex.quote(str(ROOT / 'examples' / 'random_search.awk'))}"
CLIMBER = f"{shlex.quote(sys.executable)} -S {shlex.quote(str(Path(__file__).parents[1] / 'climbing_program.py'))}"


@declares(supports=Feature.MIXED | Feature.CONDITIONAL | Feature.MULTIOBJECTIVE)
def climb(
    history: Sequence[TrialResult], space: SearchSpace, count: int, rng: np.random.Generator, *, step: float = 0.1
) -> list[Mapping[str, object]]:
    best = min(history, key=lambda result: result.loss, default=None)
    if best is None or best.is_failure:
        return [space.sample(rng) for _ in range(count)]
    middle = space.to_unit(best.trial.configuration)
    return [space.from_unit(middle + rng.normal(0, step, len(space))) for _ in range(count)]


class TestAProgramInAwk(StrategyContract):
    strategy = ExternalProgram
    options = {"command": AWK}  # noqa: RUF012  the contract declares it
    trials = 6


class TestAProgramThatLearns(StrategyContract):
    strategy = ExternalProgram
    options = {"command": CLIMBER}  # noqa: RUF012  the contract declares it
    trials = 6


class TestAFunction(StrategyContract):
    strategy = strategy_of(climb)


class TestAFunctionWithAnOption(StrategyContract):
    strategy = strategy_of(climb)
    options = {"step": 0.5}  # noqa: RUF012  the contract declares it
