"""NSGA-II is Optuna's, and takes up trials of others."""

from __future__ import annotations

import optuna
import pytest
from optuna.samplers import NSGAIISampler

from tuner.configuration import Configuration
from tuner.errors import InvalidOption, UnsupportedProblem
from tuner.parameter import Categorical, Float, Integer
from tuner.problem import Budget, Objective, Problem
from tuner.seeds import derive_seed
from tuner.space import Condition, SearchSpace
from tuner.strategies.nsga2 import NSGA2
from tuner.trial import Failure, FailureKind, Measurement, Proposal, Trial, TrialResult

BUDGET = Budget(trials=50)
SPACE = SearchSpace({"x": Float(0.0, 1.0), "n": Integer(1, 64, log=True), "c": Categorical(("a", "b"))})
OBJECTIVES = (Objective("error"), Objective("size"))
PROBLEM = Problem(SPACE, OBJECTIVES)


def result_of(configuration: Configuration, *losses: float) -> TrialResult:
    outcome = Measurement({}) if losses else Failure(FailureKind.ERROR, "failed")
    return TrialResult(Trial(0, Proposal(configuration), seed=0), outcome, losses)


def test_proposals_are_those_of_the_bare_library() -> None:
    strategy = NSGA2(PROBLEM, seed=3, budget=BUDGET, population_size=4)
    sampler = NSGAIISampler(population_size=4, seed=derive_seed(3, "optuna") % 2**32)
    study = optuna.create_study(sampler=sampler, directions=["minimize"] * 2)

    for _ in range(20):
        (proposal,) = strategy.ask(1)
        trial = study.ask(dict(strategy._distributions))
        assert proposal.configuration == trial.params
        losses = (trial.params["x"], 1.0 - trial.params["x"] ** 2)
        study.tell(trial, losses)
        strategy.tell(result_of(proposal.configuration, *losses))


def test_trials_of_others_are_parents() -> None:
    strategy = NSGA2(PROBLEM, seed=0, budget=BUDGET, population_size=4, mutation_prob=0.0)
    for number in range(4):
        strategy.tell(result_of(Configuration({"x": 0.125, "n": 1 + number, "c": "b"}), float(number), -float(number)))

    children = [proposal.configuration for proposal in strategy.ask(4)]

    assert {(child["x"], child["c"]) for child in children} == {(0.125, "b")}
    assert {child["n"] for child in children} <= {1, 2, 3, 4}


def test_failed_trials_are_no_parents() -> None:
    strategy = NSGA2(PROBLEM, seed=0, budget=BUDGET, population_size=2, mutation_prob=0.0)
    for losses in ((), (1.0, 0.0), (), (0.0, 1.0)):
        strategy.tell(result_of(Configuration({"x": 0.5 if losses else 0.25, "n": 1, "c": "a"}), *losses))

    assert {proposal.configuration["x"] for proposal in strategy.ask(5)} == {0.5}


@pytest.mark.parametrize("crossover", ["uniform", "sbx", "vsbx", "blxalpha"])
@pytest.mark.parametrize("mutation", ["random", "polynomial"])
def test_every_operator_works_on_every_kind_of_parameter(crossover: str, mutation: str) -> None:
    strategy = NSGA2(PROBLEM, seed=0, budget=BUDGET, population_size=3, crossover=crossover, mutation=mutation)
    for _ in range(12):
        (proposal,) = strategy.ask(1)
        SPACE.check(proposal.configuration)
        strategy.tell(result_of(proposal.configuration, proposal.configuration.number("x"), 1.0))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"population_size": 1}, "population_size is a whole number of at least 2, not 1"),
        ({"crossover": "spx2"}, "no crossover called 'spx2'"),
        ({"mutation": "gauss"}, "no mutation called 'gauss'"),
        ({"mutation_prob": 1.5}, "mutation_prob is a number from 0 to 1, not 1.5"),
        ({"crossover_prob": -0.1}, "crossover_prob is a number from 0 to 1, not -0.1"),
    ],
)
def test_impossible_options_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidOption, match=message):
        NSGA2(PROBLEM, seed=0, budget=BUDGET, **options)  # type: ignore[arg-type]  # the mistakes that are tested


def test_conditional_spaces_are_refused() -> None:
    space = SearchSpace({"c": Categorical(("a", "b")), "x": Float(0.0, 1.0)}, (Condition("x", "c", ("a",)),))
    with pytest.raises(UnsupportedProblem, match="conditional"):
        NSGA2(Problem(space, OBJECTIVES), seed=0, budget=BUDGET)
