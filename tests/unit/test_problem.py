from __future__ import annotations

import math
from typing import Any

import pytest

from tuner import Budget, Categorical, Condition, Feature, Fidelity, Float, Integer, Objective, Problem, SearchSpace
from tuner.errors import InvalidProblem
from tuner.testing.problems import example_problems

LOSS = (Objective("loss"),)


@pytest.mark.parametrize(
    ("parameter", "need"),
    [
        (Float(0, 1), Feature.CONTINUOUS),
        (Integer(0, 1), Feature.INTEGER),
        (Categorical(("a",)), Feature.CATEGORICAL),
    ],
)
def test_needs_name_the_kind_of_parameter(parameter: Float | Integer | Categorical, need: Feature) -> None:
    assert Problem(SearchSpace({"p": parameter}), LOSS).needs == need


def test_needs_name_conditions_and_several_objectives() -> None:
    space = SearchSpace({"a": Integer(0, 1), "b": Integer(0, 1)}, (Condition("b", "a", (1,)),))
    problem = Problem(space, (Objective("error"), Objective("size")))
    assert problem.needs == Feature.INTEGER | Feature.CONDITIONAL | Feature.MULTIOBJECTIVE
    assert problem.needs.names() == ["integer", "conditional", "multiobjective"]


def test_losses_negate_what_is_maximized_in_the_order_of_the_objectives() -> None:
    problem = Problem(SearchSpace({"p": Float(0, 1)}), (Objective("auc", "maximize"), Objective("size")))
    assert problem.losses({"size": 3.0, "auc": 0.9, "other": 1.0}) == (-0.9, 3.0)


def test_a_goal_is_minimize_or_maximize() -> None:
    with pytest.raises(InvalidProblem, match="the goal of 'auc' is 'minimize' or 'maximize', not 'max'"):
        Objective("auc", "max")  # type: ignore[arg-type]  # the mistake that is tested


def test_a_problem_has_objectives_with_distinct_names() -> None:
    space = SearchSpace({"p": Float(0, 1)})
    with pytest.raises(InvalidProblem, match="at least one objective"):
        Problem(space, ())
    with pytest.raises(InvalidProblem, match=r"\['loss', 'loss'\] are not distinct"):
        Problem(space, LOSS * 2)


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-1, 1), (2, 1), (1, math.inf), (math.nan, 1)])
def test_a_fidelity_needs_a_positive_finite_range(low: float, high: float) -> None:
    with pytest.raises(InvalidProblem, match="0 < low <= high < infinity"):
        Fidelity("epochs", low, high)


def test_a_fidelity_of_a_single_value_is_fine() -> None:
    assert Fidelity("epochs", 3, 3).low == 3


def test_a_budget_limits_something() -> None:
    with pytest.raises(InvalidProblem, match="at least one of trials, work, seconds"):
        Budget()


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"trials": 0}, "trials is a positive number, not 0"),
        ({"trials": 2.5}, "trials is a whole number, not 2.5"),
        ({"trials": True}, "trials is a whole number, not True"),
        ({"work": -1.0}, "work is a positive number, not -1.0"),
        ({"seconds": math.inf}, "seconds is a positive number, not inf"),
        ({"seconds": math.nan}, "seconds is a positive number, not nan"),
    ],
)
def test_a_budget_refuses_impossible_limits(limits: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidProblem, match=message):
        Budget(**limits)


@pytest.mark.parametrize(
    ("budget", "spent", "unspent"),
    [
        (Budget(trials=3), (3, 0.0, 0.0), (2, 99.0, 99.0)),
        (Budget(work=3), (0, 3.0, 0.0), (99, 2.9, 99.0)),
        (Budget(seconds=3), (0, 0.0, 3.0), (99, 99.0, 2.9)),
        (Budget(trials=3, seconds=5), (1, 0.0, 5.0), (2, 9.0, 4.0)),
    ],
)
def test_the_first_limit_reached_spends_the_budget(
    budget: Budget, spent: tuple[int, float, float], unspent: tuple[int, float, float]
) -> None:
    assert budget.is_spent(*spent)
    assert not budget.is_spent(*unspent)


def test_work_that_adds_up_with_rounding_errors_spends_the_budget() -> None:
    assert Budget(work=1.0).is_spent(10, sum([0.1] * 10), 0.0)


def test_example_problems_demand_every_feature() -> None:
    needs = Feature.NONE
    for example in example_problems():
        needs |= example.problem.needs
    assert needs == Feature.MIXED | Feature.CONDITIONAL | Feature.MULTIOBJECTIVE
    assert any(example.problem.fidelity for example in example_problems())


def test_example_problems_have_better_and_worse_configurations() -> None:
    for example in example_problems():
        losses = {example.losses(configuration) for configuration in example.problem.space.grid(2)}
        assert len(losses) > 1, example.name
        assert all(len(loss) == len(example.problem.objectives) for loss in losses)


@pytest.mark.parametrize("name", ["", "two  spaces", "line\n", "x" * 501, 3, None])
def test_an_objective_is_named_by_one_short_line(name: Any) -> None:
    with pytest.raises(InvalidProblem, match="an objective's name is one short line"):
        Objective(name)
