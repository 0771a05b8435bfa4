"""A study by itself: its plan, a strategy that keeps what it is told, and a loop that evaluates at once."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace

from fidelity_under_test import SPACE, at

from tuner import (
    Budget,
    Failure,
    Fidelity,
    Measurement,
    Objective,
    Problem,
    Proposal,
    SearchStrategy,
    TrialResult,
)
from tuner.plan import StudyPlan
from tuner.planned import PlannedStrategy, PlannedTask
from tuner.registry import Reference
from tuner.study import Evaluation, StoredTrial, Study

PROBLEM = Problem(SPACE, (Objective("accuracy", "maximize"),))
WITH_FIDELITY = replace(PROBLEM, fidelity=Fidelity("epochs", 1, 10))
HALF = at(0.5)


class Recorder(SearchStrategy):
    """Proposes at random, and keeps what it was asked and told."""

    def __init__(self, problem: Problem, *, seed: int, budget: Budget) -> None:
        super().__init__(problem, seed=seed, budget=budget)
        self.asked: list[int] = []
        self.told: list[TrialResult] = []

    def ask(self, count: int) -> Sequence[Proposal]:
        self.asked.append(count)
        return [Proposal(self.space.sample(self.rng)) for _ in range(count)]

    def tell(self, result: TrialResult) -> None:
        self.told.append(result)


def plan(budget: Budget, parallelism: int = 1, *, is_probed: bool = False) -> StudyPlan:
    task = PlannedTask("task", Reference("task", "task", "somewhere:Task"), {})
    strategy = PlannedStrategy("strategy", Reference("strategy", "strategy", "somewhere:Strategy"), {})
    return StudyPlan(0, task, strategy, 0, 1, budget, parallelism, is_probed)


def make(
    kind: Callable[..., SearchStrategy],
    budget: Budget,
    parallelism: int = 1,
    problem: Problem = PROBLEM,
    *,
    is_probed: bool = False,
) -> tuple[Study, list[SearchStrategy]]:
    """A study, and the strategies that it will build."""
    built: list[SearchStrategy] = []

    def build() -> SearchStrategy:
        built.append(kind(problem, seed=1, budget=budget))
        return built[-1]

    return Study(plan(budget, parallelism, is_probed=is_probed), problem, build, itertools.count().__next__), built


def run(study: Study, outcome: Measurement | Failure | None = None, seconds: float = 1.0) -> list[StoredTrial]:
    stored = []
    while trials := study.propose():
        measured = [outcome or Measurement({"accuracy": t.configuration.number("x")}) for t in trials]
        stored.extend(study.record([Evaluation(one, 0.0, seconds, "here") for one in measured]))
        assert len(stored) < 100
    return stored
