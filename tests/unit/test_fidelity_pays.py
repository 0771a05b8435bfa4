"""What low fidelities are for: as good a result as random search's, for less work; and no waiting for ever."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from study_under_test import plan

from tuner import Budget, Fidelity, Float, Measurement, Objective, Problem, SearchSpace, SearchStrategy
from tuner.plan import SimulatedClock
from tuner.simulated_study import SimulatedStudy
from tuner.strategies.asha import ASHA
from tuner.strategies.bohb import BOHB
from tuner.strategies.hyperband import Hyperband
from tuner.strategies.random_search import RandomSearch
from tuner.strategies.successive_halving import SuccessiveHalving
from tuner.study import Evaluation, StoredTrial, Study
from tuner.trial import Trial

HIGH = 81
PROBLEM = Problem(
    SearchSpace({"rate": Float(0, 1), "size": Float(0, 1), "speed": Float(0, 1)}),
    (Objective("loss"),),
    Fidelity("epochs", 1, HIGH),
)
ALL = [SuccessiveHalving, Hyperband, ASHA, BOHB]


def curve(trial: Trial) -> float:
    """A loss that falls with the epochs to where rate and size let it: sooner or later, so that curves cross."""
    rate, size, speed = (trial.configuration.number(name) for name in ("rate", "size", "speed"))
    epochs = trial.proposal.fidelity or HIGH
    return (rate - 0.3) ** 2 + (size - 0.6) ** 2 + 0.5 * math.exp(-(0.5 + speed) * math.log(epochs))


def evaluated(trial: Trial) -> Evaluation:
    added = (trial.proposal.fidelity or HIGH) - (trial.continues_from or 0)
    return Evaluation(Measurement({"loss": curve(trial)}, seconds=added), 0, 1, "here")


def run(study: Study) -> list[StoredTrial]:
    stored: list[StoredTrial] = []
    while trials := study.propose():
        stored += study.record([evaluated(trial) for trial in trials])
    assert study.status == "finished", study.message
    return stored


def build(kind: type[SearchStrategy], seed: int, budget: Budget) -> Callable[[], SearchStrategy]:
    return lambda: kind(PROBLEM, seed=seed, budget=budget)


def final_loss(kind: type[SearchStrategy], work: float, seed: int, parallelism: int = 1) -> float:
    """The lowest loss at full fidelity."""
    budget = Budget(work=work)
    stored = run(Study(plan(budget, parallelism), PROBLEM, build(kind, seed, budget), itertools.count().__next__))
    full = [s.result.loss for s in stored if s.result.trial.proposal.fidelity in {None, HIGH}]
    return min(full)


def mean(losses: Sequence[float]) -> float:
    return sum(losses) / len(losses)


@pytest.mark.parametrize("parallelism", [1, 5])
@pytest.mark.parametrize(("kind", "seeds"), [(SuccessiveHalving, 20), (Hyperband, 20), (ASHA, 20), (BOHB, 5)])
def test_half_the_work_is_enough_for_what_random_search_finds(
    kind: type[SearchStrategy], seeds: int, parallelism: int
) -> None:
    random = mean([final_loss(RandomSearch, 60, seed) for seed in range(seeds)])
    mine = mean([final_loss(kind, 30, seed, parallelism) for seed in range(seeds)])
    print(f"{kind.__name__}, {parallelism} at once: {mine:.4f} with 30, random search: {random:.4f} with 60")
    assert mine <= random


@pytest.mark.parametrize("kind", [SuccessiveHalving, Hyperband, ASHA], ids=lambda kind: kind.__name__)
def test_a_promoted_trial_costs_what_it_adds(kind: type[SearchStrategy]) -> None:
    budget = Budget(trials=150)
    stored = run(Study(plan(budget), PROBLEM, build(kind, 0, budget), itertools.count().__next__))
    by_id = {s.result.trial.id: s for s in stored}
    continued = [s for s in stored if s.result.trial.proposal.resume is not None]
    assert len(continued) > 30
    for one in continued:
        proposal = one.result.trial.proposal
        assert proposal.resume is not None
        earlier = by_id[proposal.resume].result.trial
        assert earlier.proposal.fidelity == (proposal.fidelity or 0) / 3
        assert one.work == pytest.approx((proposal.fidelity or 0) * 2 / 3 / HIGH)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("workers", [1, 7, 200])
def test_on_a_simulated_clock_it_goes_on_until_the_budget_is_spent(kind: type[SearchStrategy], workers: int) -> None:
    budget, clock = Budget(trials=300), SimulatedClock(workers)
    planned = replace(plan(budget, workers), clock=clock)
    study = SimulatedStudy(planned, PROBLEM, build(kind, 0, budget), itertools.count().__next__, clock)
    stored = run(study)
    assert len(stored) == 300
    assert any(s.result.trial.proposal.resume is not None for s in stored)
