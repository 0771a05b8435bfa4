import pytest
from skopt.learning import GaussianProcessRegressor

from tuner.errors import InvalidOption, UnsupportedProblem
from tuner.parameter import Categorical, Float
from tuner.problem import Budget, Objective, Problem
from tuner.space import Condition, SearchSpace
from tuner.strategies.skopt_gp import SkoptGaussianProcess
from tuner.trial import Measurement, Trial, TrialResult

PROBLEM = Problem(SearchSpace({"x": Float(0.0, 1.0)}), (Objective("loss"),))
BUDGET = Budget(trials=50)


def test_the_bottom_of_a_bowl_is_found() -> None:
    strategy = SkoptGaussianProcess(PROBLEM, seed=1, budget=BUDGET, n_initial_points=4, n_points=200)
    losses = []
    for number in range(12):
        (proposal,) = strategy.ask(1)
        losses.append((proposal.configuration.number("x") - 0.3) ** 2)
        strategy.tell(TrialResult(Trial(number, proposal, 0), Measurement({}), (losses[-1],)))

    assert isinstance(strategy._optimizer.models[-1], GaussianProcessRegressor)
    assert min(losses) < 1e-4


def test_options_reach_the_optimizer() -> None:
    strategy = SkoptGaussianProcess(
        PROBLEM, seed=0, budget=BUDGET, n_initial_points=7, acq_func="LCB", acq_optimizer="sampling", kappa=3.0
    )

    optimizer = strategy._optimizer
    assert (optimizer.n_initial_points_, optimizer.acq_func, optimizer.acq_optimizer) == (7, "LCB", "sampling")
    assert optimizer.acq_func_kwargs["kappa"] == 3.0


def test_an_unknown_acquisition_function_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidOption, match=r"^no acq_func called 'MES'; known: EI, LCB, PI, gp_hedge$"):
        SkoptGaussianProcess(PROBLEM, seed=0, budget=BUDGET, acq_func="MES")


def test_conditional_problems_are_refused() -> None:
    space = SearchSpace({"c": Categorical(("a", "b")), "x": Float(0.0, 1.0)}, (Condition("x", "c", ("a",)),))

    with pytest.raises(UnsupportedProblem, match="conditional"):
        SkoptGaussianProcess(Problem(space, (Objective("loss"),)), seed=0, budget=BUDGET)
