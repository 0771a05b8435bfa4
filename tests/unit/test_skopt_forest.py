import pytest
from skopt.learning import ExtraTreesRegressor, RandomForestRegressor

from tuner.errors import InvalidOption
from tuner.parameter import Float
from tuner.problem import Budget, Objective, Problem
from tuner.space import SearchSpace
from tuner.strategies.skopt_forest import SkoptForest
from tuner.trial import Measurement, Trial, TrialResult

PROBLEM = Problem(SearchSpace({"x": Float(0.0, 1.0)}), (Objective("loss"),))
BUDGET = Budget(trials=50)


@pytest.mark.parametrize(("model", "kind"), [("ET", ExtraTreesRegressor), ("RF", RandomForestRegressor)])
def test_the_model_is_the_forest_that_was_asked_for(model: str, kind: type) -> None:
    strategy = SkoptForest(PROBLEM, seed=0, budget=BUDGET, model=model, n_estimators=7, min_samples_leaf=2)

    forest = strategy._optimizer.base_estimator_
    assert type(forest) is kind
    assert {"n_estimators": 7, "min_samples_leaf": 2, "n_jobs": 1}.items() <= vars(forest).items()


def test_proposals_gather_where_losses_are_low() -> None:
    strategy = SkoptForest(PROBLEM, seed=0, budget=BUDGET, n_estimators=20, n_points=500)
    values = []
    for number in range(25):
        (proposal,) = strategy.ask(1)
        values.append(proposal.configuration.number("x"))
        strategy.tell(TrialResult(Trial(number, proposal, 0), Measurement({}), ((values[-1] - 0.3) ** 2,)))

    assert sorted(values[10:])[7] == pytest.approx(0.3, abs=0.15)


def test_gradient_boosting_is_not_on_offer() -> None:
    with pytest.raises(InvalidOption, match=r"^no model called 'GBRT'; known: ET, RF$"):
        SkoptForest(PROBLEM, seed=0, budget=BUDGET, model="GBRT")


def test_a_forest_without_trees_is_refused() -> None:
    with pytest.raises(InvalidOption, match=r"^n_estimators is a whole number of at least 1, not 0$"):
        SkoptForest(PROBLEM, seed=0, budget=BUDGET, n_estimators=0)
