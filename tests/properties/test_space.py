"""Properties of every search space: units, samples, grids, JSON and conditions agree with one another."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuner import Categorical, Condition, Configuration, Float, Integer, Parameter, SearchSpace, Value
from tuner.errors import InvalidConfiguration, InvalidSpace
from tuner.testing.problems import conditional

QUICKLY = settings(max_examples=60, deadline=None)

NAMES = ("a", "b", "c", "d", "e")
CHOICES: st.SearchStrategy[Value] = st.text(max_size=3) | st.integers(2, 99) | st.booleans()
SEEDS = st.integers(0, 2**32)


@st.composite
def floats(draw: st.DrawFn) -> Float:
    log = draw(st.booleans())
    low = draw(st.floats(1e-6, 1e3) if log else st.floats(-1e6, 1e6))
    return Float(low, low + draw(st.floats(0.01, 1e6)), log=log)


@st.composite
def integers(draw: st.DrawFn) -> Integer:
    log = draw(st.booleans())
    low = draw(st.integers(1, 1000) if log else st.integers(-(10**6), 10**6))
    return Integer(low, low + draw(st.integers(1, 10**6)), log=log)


def categoricals() -> st.SearchStrategy[Categorical]:
    choices = st.lists(CHOICES, min_size=1, max_size=5, unique_by=lambda choice: (choice, isinstance(choice, bool)))
    return choices.map(lambda chosen: Categorical(tuple(chosen)))


def parameters() -> st.SearchStrategy[Parameter]:
    return st.one_of(floats(), integers(), categoricals())


@st.composite
def spaces(draw: st.DrawFn) -> SearchSpace:
    """Spaces in which a parameter may hang on any categorical that stands elsewhere in the list."""
    kinds = draw(st.lists(parameters(), min_size=1, max_size=5))
    named = dict(zip(NAMES, kinds, strict=False))
    conditions: list[Condition] = []
    for parent, child in itertools.combinations(named, 2):
        above = named[parent]
        if isinstance(above, Categorical) and draw(st.booleans()):
            values = draw(st.lists(st.sampled_from(above.choices), min_size=1, unique=True))
            conditions.append(Condition(child, parent, tuple(values)))
    order = draw(st.permutations(list(named)))
    return SearchSpace({name: named[name] for name in order}, tuple(conditions))


@QUICKLY
@given(spaces(), SEEDS)
def test_samples_pass_the_check(space: SearchSpace, seed: int) -> None:
    for configuration in space.sample_many(np.random.default_rng(seed), 20):
        space.check(configuration)


@QUICKLY
@given(spaces(), SEEDS)
def test_many_samples_are_the_same_as_one_after_the_other(space: SearchSpace, seed: int) -> None:
    rng = np.random.default_rng(seed)
    assert space.sample_many(np.random.default_rng(seed), 7) == [space.sample(rng) for _ in range(7)]


@QUICKLY
@given(spaces(), SEEDS)
def test_a_configuration_survives_the_way_to_the_unit_cube_and_back(space: SearchSpace, seed: int) -> None:
    for configuration in space.sample_many(np.random.default_rng(seed), 10):
        unit = space.to_unit(configuration)
        assert unit.shape == (len(space),)
        assert ((unit >= 0) & (unit <= 1)).all()
        again = space.from_unit(unit)
        assert again.keys() == configuration.keys()
        for name, value in configuration.items():
            wanted = pytest.approx(value, rel=1e-9, abs=1e-6) if isinstance(value, float) else value
            assert again[name] == wanted


@QUICKLY
@given(spaces(), st.integers(1, 3))
def test_a_grid_is_within_the_space_and_without_repetition(space: SearchSpace, points: int) -> None:
    grid = list(space.grid(points))
    assert grid
    assert len(set(grid)) == len(grid)
    for configuration in grid:
        space.check(configuration)


@QUICKLY
@given(spaces(), st.integers(1, 3))
def test_a_grid_holds_every_combination_of_the_active_parameters(space: SearchSpace, points: int) -> None:
    axes = [parameter.grid(points) for parameter in space.parameters.values()]
    product = (dict(zip(space.names, row, strict=True)) for row in itertools.product(*axes))
    assert set(space.grid(points)) == {space.restrict(values) for values in product}


@QUICKLY
@given(spaces())
def test_json_reads_back_to_an_equal_space(space: SearchSpace) -> None:
    again = SearchSpace.from_json(space.to_json())
    assert again == space
    assert again.names == space.names


@QUICKLY
@given(spaces())
def test_the_default_passes_the_check(space: SearchSpace) -> None:
    space.check(space.default())


@QUICKLY
@given(spaces(), SEEDS)
def test_a_configuration_without_one_of_its_parameters_is_refused(space: SearchSpace, seed: int) -> None:
    configuration = space.sample(np.random.default_rng(seed))
    for name in configuration:
        rest = {other: value for other, value in configuration.items() if other != name}
        with pytest.raises(InvalidConfiguration, match=f"parameter '{name}' is active but has no value"):
            space.check(rest)


def test_a_grandchild_is_inactive_where_its_parent_is() -> None:
    space = conditional().problem.space
    values: dict[str, Value] = {"model": "forest", "kernel": "rbf", "trees": 20, "gamma": 1.0, "seed_fraction": 0.5}
    assert space.restrict(values) == {"model": "forest", "trees": 20, "seed_fraction": 0.5}
    assert space.restrict({**values, "model": "svm"}).keys() == {"model", "kernel", "gamma", "seed_fraction"}


def test_all_conditions_of_a_parameter_have_to_hold() -> None:
    space = SearchSpace(
        {"a": Categorical((1, 2)), "b": Categorical((1, 2)), "c": Float(0, 1)},
        (Condition("c", "a", (1,)), Condition("c", "b", (1,))),
    )
    assert len(list(space.grid(2))) == 3 + 2


def test_a_grid_can_have_another_number_of_points_for_each_parameter() -> None:
    space = SearchSpace({"x": Float(0, 1), "y": Float(0, 1)})
    assert [tuple(c.values()) for c in space.grid({"x": 2, "y": 1})] == [(0.0, 0.5), (1.0, 0.5)]


def test_a_grid_of_many_branches_does_not_walk_their_product() -> None:
    names = [f"x{index}" for index in range(40)]
    space = SearchSpace(
        {"model": Categorical(tuple(names)), **{name: Float(0, 1) for name in names}},
        tuple(Condition(name, "model", (name,)) for name in names),
    )
    assert len(list(space.grid({"model": 40, **dict.fromkeys(names, 5)}))) == 40 * 5


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"rate": 2.0, "depth": 3}, r"rate = 2.0 is not a number in \[0.001, 1\]"),
        ({"rate": 0.5, "depth": 3.0}, r"depth = 3.0 is not a whole number in \[1, 9\]"),
        ({"rate": np.float64(0.5), "depth": 3}, r"not a number in \[0.001, 1\] \(it is a numpy.float64\)"),
        ({"rate": 0.5, "dept": 3}, "no parameter called 'dept'; did you mean 'depth'"),
        ({"rate": 0.5}, "parameter 'depth' is active but has no value"),
        ({"rate": 0.5, "depth": 3, "kind": "b", "extra": 1}, "parameter 'extra' has a value but is not active"),
        ({"rate": 0.5, "depth": 3, "kind": "z"}, "kind = 'z' is not one of 'a', 'b'"),
    ],
)
def test_a_wrong_configuration_is_refused_with_the_value_and_what_is_allowed(
    values: dict[str, object], message: str
) -> None:
    space = SearchSpace(
        {
            "rate": Float(1e-3, 1, log=True),
            "depth": Integer(1, 9),
            "kind": Categorical(("a", "b")),
            "extra": Integer(0, 1),
        },
        (Condition("extra", "kind", ("a",)),),
    )
    with pytest.raises(InvalidConfiguration, match=message):
        space.check(values)


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ([Condition("a", "z", (1,))], "a condition names 'z'"),
        ([Condition("a", "b", ())], "the condition of 'a' allows no value of 'b'"),
        ([Condition("a", "b", (7,))], r"b = 7 in a condition is not a whole number in \[0, 1\]"),
        ([Condition("a", "b", (1,)), Condition("b", "a", (1,))], r"the conditions of \['a', 'b'\] form a cycle"),
        ([Condition("a", "a", (1,))], "form a cycle"),
    ],
)
def test_impossible_conditions_are_refused(conditions: list[Condition], message: str) -> None:
    with pytest.raises(InvalidSpace, match=message):
        SearchSpace({"a": Integer(0, 1), "b": Integer(0, 1)}, tuple(conditions))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "at least one parameter"),
        ({"": Float(0, 1)}, "a parameter's name is a non-empty string, not ''"),
        ({"x": (0, 1)}, r"'x' is \(0, 1\), not a Float, Integer or Categorical"),
    ],
)
def test_impossible_parameters_are_refused(parameters: dict[str, Parameter], message: str) -> None:
    with pytest.raises(InvalidSpace, match=message):
        SearchSpace(parameters)


def test_samples_are_uniform_on_a_log_scale() -> None:
    space = SearchSpace({"x": Float(1e-4, 1, log=True)})
    values = [c.number("x") for c in space.sample_many(np.random.default_rng(0), 4000)]
    assert np.mean([value < 1e-2 for value in values]) == pytest.approx(0.5, abs=0.03)


def test_inactive_parameters_stand_at_their_default_in_the_unit_cube() -> None:
    space = conditional().problem.space
    unit = space.to_unit(Configuration({"model": "forest", "trees": 10, "seed_fraction": 0.1}))
    assert unit[space.names.index("gamma")] == pytest.approx(0.5)
