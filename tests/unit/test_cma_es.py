import warnings

import pytest

from tuner.errors import InvalidOption, UnsupportedProblem
from tuner.parameter import Categorical, Float
from tuner.problem import Budget, Objective, Problem
from tuner.space import SearchSpace
from tuner.strategies.cma_es import CMAES
from tuner.trial import Measurement, Trial, TrialResult

SPACE = SearchSpace({"x": Float(-5.0, 5.0), "y": Float(1e-4, 1.0, log=True)})
PROBLEM = Problem(SPACE, (Objective("loss"),))
BUDGET = Budget(trials=200)


def best_of(strategy: CMAES, trials: int) -> float:
    losses = []
    for number in range(trials):
        (proposal,) = strategy.ask(1)
        losses.append(float(sum((SPACE.to_unit(proposal.configuration) - 0.7) ** 2)))
        strategy.tell(TrialResult(Trial(number, proposal, 0), Measurement({}), (losses[-1],)))
    return min(losses)


@pytest.mark.parametrize(
    "options", [{}, {"with_margin": True}, {"use_separable_cma": True}, {"lr_adapt": True}, {"popsize": 4}]
)
def test_a_bowl_is_descended(options: dict[str, bool]) -> None:
    assert best_of(CMAES(PROBLEM, seed=0, budget=BUDGET, **options), 150) < 1e-3


def test_the_first_step_decides_how_far_proposals_go() -> None:
    def spread(sigma0: float) -> float:
        strategy = CMAES(PROBLEM, seed=0, budget=BUDGET, sigma0=sigma0)
        (first,) = strategy.ask(1)
        strategy.tell(TrialResult(Trial(0, first, 0), Measurement({}), (1.0,)))
        return max(abs(proposal.configuration.number("x")) for proposal in strategy.ask(6))

    assert spread(0.001) < 0.1 < spread(0.3)


def test_categoricals_are_refused() -> None:
    space = SearchSpace({"x": Float(0.0, 1.0), "c": Categorical(("a", "b"))})

    with pytest.raises(UnsupportedProblem, match="categorical"):
        CMAES(Problem(space, (Objective("loss"),)), seed=0, budget=BUDGET)


def test_options_that_exclude_each_other_are_refused_in_one_line() -> None:
    with pytest.raises(InvalidOption, match=r"^[^\n]*lr_adapt[^\n]*$"):
        CMAES(PROBLEM, seed=0, budget=BUDGET, lr_adapt=True, with_margin=True)


@pytest.mark.parametrize(("name", "value"), [("popsize", 3), ("popsize", True), ("sigma0", 0.0), ("sigma0", "wide")])
def test_an_option_out_of_range_is_refused(name: str, value: object) -> None:
    options: dict[str, object] = {name: value}

    with pytest.raises(InvalidOption, match=name):
        CMAES(PROBLEM, seed=0, budget=BUDGET, **options)  # type: ignore[arg-type]  # wrong on purpose


def test_experimental_options_bring_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")

        best_of(CMAES(PROBLEM, seed=0, budget=BUDGET, sigma0=0.2, with_margin=True), 10)
