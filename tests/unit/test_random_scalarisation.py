"""Random scalarisation mixes losses as ParEGO does, and changes the mixture when it says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from tuner.configuration import Configuration
from tuner.errors import InvalidOption, UnsupportedProblem
from tuner.parameter import Categorical, Float
from tuner.problem import Budget, Fidelity, Objective, Problem
from tuner.space import SearchSpace
from tuner.strategies import random_scalarisation
from tuner.strategies.random_scalarisation import LARGEST_LOSS, Mixture, RandomScalarisation
from tuner.strategy import SearchStrategy
from tuner.trial import Failure, FailureKind, Measurement, Proposal, Trial, TrialResult

BUDGET = Budget(trials=50)
SPACE = SearchSpace({"x": Float(0.0, 1.0)})
PROBLEM = Problem(SPACE, (Objective("error"), Objective("size", "maximize")), Fidelity("epochs", 1, 9))


class Recorder(SearchStrategy):
    """Proposes its seed's draws, and notes what it is told."""

    made: list[Recorder]

    def __init__(self, problem: Problem, *, seed: int, budget: Budget) -> None:
        super().__init__(problem, seed=seed, budget=budget)
        self.told: list[TrialResult] = []
        Recorder.made.append(self)

    def ask(self, count: int) -> Sequence[Proposal]:
        return [Proposal(self.space.sample(self.rng)) for _ in range(count)]

    def tell(self, result: TrialResult) -> None:
        self.told.append(result)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Recorder]:
    """The inner strategies, in the order in which they are made."""
    monkeypatch.setattr(Recorder, "made", [], raising=False)
    monkeypatch.setattr(random_scalarisation, "load_strategy", lambda _: Recorder)
    return Recorder.made


def result_of(number: int, *losses: float) -> TrialResult:
    outcome = Measurement({"error": 0.0}) if losses else Failure(FailureKind.ERROR, "failed")
    return TrialResult(Trial(number, Proposal(Configuration({"x": number / 100})), seed=0), outcome, losses)


def test_the_chebyshev_mixture_is_the_largest_part_and_a_twentieth_of_the_sum() -> None:
    mixture = Mixture.over([(0.0, 10.0), (2.0, 30.0)], np.array([0.25, 0.75]), 0.05)

    assert mixture.value((1.0, 30.0)) == pytest.approx(0.75 + 0.05 * (0.125 + 0.75))
    assert mixture.value((2.0, 10.0)) == pytest.approx(0.25 + 0.05 * 0.25)


def test_the_linear_mixture_is_the_sum_of_the_parts() -> None:
    assert Mixture.over([(0.0, 10.0), (2.0, 30.0)], np.array([0.25, 0.75])).value((1.0, 30.0)) == pytest.approx(0.875)


def test_a_loss_that_never_changed_counts_as_nothing() -> None:
    assert Mixture.over([(5.0, 1.0), (5.0, 3.0)], np.array([0.5, 0.5])).value((5.0, 3.0)) == 0.5


def test_huge_losses_give_finite_mixtures() -> None:
    mixture = Mixture.over([(1e300, 1e-300), (-1e300, 2e-300)], np.array([0.5, 0.5]))

    assert mixture.value((1e300, 2e-300)) == 1.0
    assert 0 < mixture.value((0.0, 1e300)) <= LARGEST_LOSS


def test_after_every_so_many_proposals_another_strategy_is_made_and_told_all(made: list[Recorder]) -> None:
    strategy = RandomScalarisation(PROBLEM, seed=0, budget=BUDGET, every=3)
    strategy.tell(result_of(0, 0.0, 0.0))
    strategy.tell(result_of(1, 1.0, 2.0))
    strategy.ask(1)
    before = len(made)

    for number in range(2, 8):
        strategy.tell(result_of(number, 0.5, number / 10))
        strategy.ask(1)

    assert len(made) - before == 2
    assert [result.trial.id for result in made[-1].told] == list(range(8))
    assert made[-1].seed != made[-2].seed


def test_until_two_trials_have_succeeded_each_ask_makes_the_strategy_anew(made: list[Recorder]) -> None:
    strategy = RandomScalarisation(PROBLEM, seed=0, budget=BUDGET, every=100)
    for number, losses in enumerate([(), (1.0, 0.0), (), (0.0, 1.0), (0.5, 0.5)]):
        strategy.ask(1)
        strategy.tell(result_of(number, *losses))
    strategy.ask(1)

    assert len(made) == 1 + 5
    assert [result.losses == () for result in made[-1].told] == [True, False, True, False, False]


def test_the_mixtures_weigh_the_losses_differently(made: list[Recorder]) -> None:
    strategy = RandomScalarisation(PROBLEM, seed=0, budget=BUDGET, kind="linear")
    for number, losses in enumerate([(0.0, 1.0), (1.0, 0.0)]):
        strategy.tell(result_of(number, *losses))
    for _ in range(200):
        strategy.ask(1)
    weights = np.array([[result.loss for result in inner.told[::-1]] for inner in made[1:]])

    assert weights.sum(axis=1) == pytest.approx(np.ones(200))
    assert np.quantile(weights[:, 0], (0.25, 0.5, 0.75)) == pytest.approx((0.25, 0.5, 0.75), abs=0.1)


def test_a_batch_is_the_inner_strategys_own(made: list[Recorder]) -> None:
    strategy = RandomScalarisation(PROBLEM, seed=0, budget=BUDGET)

    assert len(strategy.ask(5)) == 5
    assert len(made) == 2


def test_the_inner_problem_has_one_objective_and_no_fidelity(made: list[Recorder]) -> None:
    RandomScalarisation(PROBLEM, seed=0, budget=BUDGET)

    assert made[0].problem == Problem(SPACE, (Objective("mixture"),))


def test_what_the_inner_strategy_refuses_is_refused() -> None:
    space = SearchSpace({"c": Categorical(("a", "b"))})
    with pytest.raises(UnsupportedProblem, match="CMAES does not support categorical problems"):
        RandomScalarisation(Problem(space, PROBLEM.objectives), seed=0, budget=BUDGET, strategy="cmaes")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"strategy": "tp"}, "no strategy called 'tp'; did you mean 'tpe'"),
        ({"kind": "max"}, "no kind called 'max'"),
        ({"every": 0}, "every is a whole number of at least 1, not 0"),
    ],
)
def test_impossible_options_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidOption, match=message):
        RandomScalarisation(PROBLEM, seed=0, budget=BUDGET, **{"strategy": "tpe", **options})  # type: ignore[arg-type]  # the mistakes that are tested


def test_it_is_not_its_own_inner_strategy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random_scalarisation, "load_strategy", lambda _: RandomScalarisation)
    with pytest.raises(InvalidOption, match="strategy is one for a single objective, not 'tpe'"):
        RandomScalarisation(PROBLEM, seed=0, budget=BUDGET, strategy="tpe")
