from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from tuner import Budget, Categorical, Condition, Configuration, Float, Integer, Objective, Problem, SearchSpace
from tuner.errors import InvalidOption
from tuner.strategies.grid import DEFAULT_SIZE, Grid
from tuner.testing.problems import conditional


def _walk(
    space: SearchSpace, budget: Budget | None = None, seed: int = 0, points: int | None = None
) -> list[Configuration]:
    problem = Problem(space, (Objective("loss"),))
    strategy = Grid(problem, seed=seed, budget=budget or Budget(trials=20), points=points)
    found = [proposal.configuration for proposal in strategy.ask(100_000)]
    assert len(strategy.ask(1)) == 0
    assert len(set(found)) == len(found)
    return found


def _values(found: list[Configuration], name: str) -> Counter[object]:
    return Counter(configuration[name] for configuration in found if name in configuration)


def _numbers(found: list[Configuration], name: str) -> list[float]:
    return sorted({configuration.number(name) for configuration in found})


MIXED = SearchSpace({"x": Float(0, 1), "y": Float(1, 100, log=True), "c": Categorical(("a", "b"))})


def test_the_grid_is_as_fine_as_the_trials_allow() -> None:
    found = _walk(MIXED, Budget(trials=25))
    assert _numbers(found, "x") == [0.0, pytest.approx(1 / 3), pytest.approx(2 / 3), 1.0]
    assert _numbers(found, "y") == [1.0, pytest.approx(10.0), 100.0]
    assert len(found) == 4 * 3 * 2


def test_a_numeric_parameter_with_few_values_leaves_room_to_the_others() -> None:
    space = SearchSpace({"n": Integer(1, 2), "x": Float(0, 1)})
    assert len(_values(_walk(space, Budget(trials=20)), "x")) == 10


def test_an_only_parameter_gets_all_the_trials() -> None:
    assert len(_walk(SearchSpace({"x": Float(0, 1)}), Budget(trials=37))) == 37


def test_a_finite_space_is_walked_through_once() -> None:
    assert len(_walk(SearchSpace({"n": Integer(1, 3), "c": Categorical(("a", "b"))}), Budget(trials=50))) == 6


@pytest.mark.parametrize(
    ("budget", "size"),
    [
        (Budget(trials=9, work=100.0), 9),
        (Budget(work=7.9), 7),
        (Budget(work=0.5), 1),
        (Budget(seconds=3.0), DEFAULT_SIZE),
    ],
)
def test_trials_come_before_work_before_the_default(budget: Budget, size: int) -> None:
    assert len(_walk(SearchSpace({"x": Float(0, 1)}), budget)) == size


def test_the_seed_shuffles_the_grid_and_changes_nothing_else() -> None:
    first, second = _walk(MIXED, seed=1), _walk(MIXED, seed=2)
    assert first != second
    assert set(first) == set(second)


def test_the_order_is_not_the_order_of_the_grid() -> None:
    xs = [configuration.number("x") for configuration in _walk(SearchSpace({"x": Float(0, 1)}))]
    assert sum(one < other for one, other in pairwise(xs)) < 17


def test_combinations_that_differ_in_inactive_parameters_only_count_once() -> None:
    found = _walk(conditional().problem.space, Budget(trials=60))
    assert 45 <= len(found) <= 60
    for configuration in found:
        conditional().problem.space.check(configuration)


def test_a_space_of_many_branches_is_counted_without_walking_their_product() -> None:
    models = tuple(f"m{index}" for index in range(12))
    parameters = {f"{model}.{name}": Float(0, 1) for model in models for name in "abc"}
    conditions = [Condition(name, "model", (name.split(".")[0],)) for name in parameters]
    space = SearchSpace({"model": Categorical(models), **parameters}, tuple(conditions))
    found = _walk(space, Budget(trials=100))
    assert 90 <= len(found) <= 100
    assert set(_values(found, "model")) == set(models)


def test_a_grid_that_does_not_fit_is_thinned_evenly() -> None:
    space = SearchSpace({name: Categorical(("a", "b", "c", "d", "e")) for name in "uvwxyz"})
    found = _walk(space, Budget(trials=42))
    assert len(found) == 42
    for name in space.names:
        counts = _values(found, name).values()
        assert len(counts) == 5
        assert max(counts) - min(counts) <= 1


def test_thinned_grids_of_different_seeds_differ() -> None:
    space = SearchSpace({name: Categorical((0, 1, 2, 3, 4)) for name in "uvwxyz"})
    assert set(_walk(space, seed=1)) != set(_walk(space, seed=2))


def test_a_thinned_grid_fills_up_where_a_branch_has_too_little() -> None:
    space = SearchSpace(
        {"model": Categorical(("small", "large")), **{name: Categorical((0, 1, 2, 3)) for name in "abc"}},
        tuple(Condition(name, "model", ("large",)) for name in "abc"),
    )
    found = _walk(space, Budget(trials=40))
    assert len(found) == 40
    assert _values(found, "model") == {"small": 1, "large": 39}


def test_a_grid_that_misses_by_one_is_thinned_by_one() -> None:
    space = SearchSpace({name: Categorical(tuple(range(10))) for name in "xyz"})
    assert len(_walk(space, Budget(trials=999))) == 999


def test_points_are_given_to_each_parameter() -> None:
    found = _walk(MIXED, Budget(trials=100), points=5)
    assert len(found) == 5 * 5 * 2


def test_points_that_do_not_fit_are_thinned() -> None:
    space = SearchSpace({f"x{index}": Float(0, 1) for index in range(30)})
    found = _walk(space, Budget(trials=30), points=3)
    assert len(found) == 30
    assert set(_values(found, "x7").values()) == {10}


@pytest.mark.parametrize("points", [0, -1, 2.5, True])
def test_points_are_a_whole_number_from_one(points: int) -> None:
    with pytest.raises(InvalidOption, match=f"points is a whole number of at least 1, not {points}"):
        _walk(MIXED, points=points)
