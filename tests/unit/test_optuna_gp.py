import importlib.util

import pytest

from tuner.errors import InvalidOption, MissingExtra, UnsupportedProblem
from tuner.parameter import Categorical, Float
from tuner.problem import Budget, Objective, Problem
from tuner.space import Condition, SearchSpace
from tuner.strategies import optuna_gp
from tuner.strategies.optuna_gp import OptunaGaussianProcess
from tuner.trial import Measurement, Trial, TrialResult

PROBLEM = Problem(SearchSpace({"x": Float(0.0, 1.0), "y": Float(0.0, 1.0)}), (Objective("loss"),))
BUDGET = Budget(trials=50)
needs_torch = pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="needs torch")


def test_without_torch_the_command_that_installs_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optuna_gp, "find_spec", lambda name: None)

    with pytest.raises(MissingExtra, match=r"^optuna-gp needs torch: pip install 'tuner-bench\[nets\]'$"):
        OptunaGaussianProcess(PROBLEM, seed=0, budget=BUDGET)


@needs_torch
def test_conditional_problems_are_refused() -> None:
    space = SearchSpace({"kind": Categorical(("a", "b")), "x": Float(0.0, 1.0)}, (Condition("x", "kind", ("a",)),))

    with pytest.raises(UnsupportedProblem, match="conditional"):
        OptunaGaussianProcess(Problem(space, (Objective("loss"),)), seed=0, budget=BUDGET)


@needs_torch
def test_a_model_based_batch_spreads_out_near_the_best() -> None:
    strategy = OptunaGaussianProcess(PROBLEM, seed=0, budget=BUDGET, n_startup_trials=8, deterministic_objective=True)
    for number in range(10):
        (proposal,) = strategy.ask(1)
        loss = sum((proposal.configuration.number(name) - 0.4) ** 2 for name in "xy")
        strategy.tell(TrialResult(Trial(number, proposal, 0), Measurement({}), (loss,)))

    batch = [proposal.configuration for proposal in strategy.ask(3)]

    assert len(set(batch)) == 3
    assert min(sum((c.number(name) - 0.4) ** 2 for name in "xy") for c in batch) < 0.02


@needs_torch
def test_a_startup_without_trials_is_refused() -> None:
    with pytest.raises(InvalidOption, match=r"^n_startup_trials is a whole number of at least 1, not 2.5$"):
        OptunaGaussianProcess(PROBLEM, seed=0, budget=BUDGET, n_startup_trials=2.5)  # type: ignore[arg-type]  # wrong on purpose
