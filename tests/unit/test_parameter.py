from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from tuner import Categorical, Float, Integer, Parameter
from tuner.errors import InvalidSpace
from tuner.parameter import default_of


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Float(1, 1), r"a Float needs low < high, not \[1, 1\]"),
        (lambda: Float(2, 1), r"a Float needs low < high, not \[2, 1\]"),
        (lambda: Float(0, math.inf), r"the bounds of a Float are finite, not \[0, inf\]"),
        (lambda: Float(math.nan, 1), r"the bounds of a Float are finite, not \[nan, 1\]"),
        (lambda: Float("0", 1), "the bounds of a Float are numbers, not '0'"),  # type: ignore[arg-type]  # the mistake that is tested
        (lambda: Float(0, 1, log=True), "a Float on a log scale needs low > 0.0, not 0"),
        (lambda: Float(0, 1, default=2), r"the default 2.0 is not a number in \[0, 1\]"),
        (lambda: Integer(0, 1.5), "an Integer needs whole bounds, not 1.5"),  # type: ignore[arg-type]  # the mistake that is tested
        (lambda: Integer(False, 2), "an Integer needs whole bounds, not False"),
        (lambda: Integer(3, 2), r"an Integer needs low < high, not \[3, 2\]|a Integer needs"),
        (lambda: Integer(0, 2, log=True), "log scale needs low > 0, not 0"),
        (lambda: Integer(0, 2, default=3), r"the default 3 is not a whole number in \[0, 2\]"),
        (lambda: Categorical(()), "at least one choice"),
        (lambda: Categorical((None,)), "a choice is a string, number or bool, not None"),  # type: ignore[arg-type]  # the mistake that is tested
        (lambda: Categorical((np.float64(0.5),)), r"a choice is a string, number or bool, not np.float64\(0.5\)"),
        (lambda: Categorical((math.nan,)), "a choice is a finite number, not nan"),
        (lambda: Categorical(("a", "a")), r"the choices \('a', 'a'\) are not distinct"),
        (lambda: Categorical((1, True)), "are not distinct"),
        (lambda: Categorical(("a",), default="b"), "the default 'b' is not one of 'a'"),
    ],
)
def test_an_impossible_parameter_is_refused_with_the_value(make: object, message: str) -> None:
    assert callable(make)
    with pytest.raises(InvalidSpace, match=message):
        make()


@pytest.mark.parametrize(
    ("parameter", "good", "bad"),
    [
        (Float(0, 1), [0, 1, 0.0, 0.5], [True, "0.5", -0.1, 1.1, math.nan, np.float64(0.5), None]),
        (Integer(0, 3), [0, 3], [True, 1.0, "1", -1, 4, np.int64(1)]),
        (Categorical(("a", 1, 0.5)), ["a", 1, 0.5], ["b", True, 1.0, np.str_("a")]),
        (Categorical((True, False)), [True, False], [1, 0, "True"]),
    ],
)
def test_only_plain_values_of_the_right_type_are_accepted(
    parameter: Parameter, good: list[object], bad: list[object]
) -> None:
    assert [value for value in good if not parameter.accepts(value)] == []
    assert [value for value in bad if parameter.accepts(value)] == []


def test_bounds_of_a_log_scale_are_reached_exactly() -> None:
    parameter = Float(1e-7, 0.3, log=True)
    assert parameter.from_units(np.array([0.0, 1.0])) == [1e-7, 0.3]
    assert parameter.grid(3) == [1e-7, pytest.approx(math.sqrt(1e-7 * 0.3)), 0.3]


def test_units_outside_the_cube_are_clipped() -> None:
    outside = np.array([-0.5, 1.5])
    assert Float(2, 3).from_units(outside) == [2.0, 3.0]
    assert Integer(2, 5).from_units(outside) == [2, 5]
    assert Categorical(("a", "b")).from_units(outside) == ["a", "b"]


@pytest.mark.parametrize("parameter", [Integer(-3, 4), Categorical(tuple("abcdefgh"))])
def test_each_value_owns_an_equal_part_of_the_unit_interval(parameter: Integer | Categorical) -> None:
    values = parameter.from_units((np.arange(800) + 0.5) / 800)
    assert set(Counter(values).values()) == {100}
    assert len(set(values)) == 8


def test_a_log_integer_gives_each_doubling_the_same_room() -> None:
    values = Integer(1, 1024, log=True).from_units((np.arange(1000) + 0.5) / 1000)
    doublings = [sum(low <= value < 2 * low for value in values) for low in (8, 32, 128, 256)]
    assert max(doublings) - min(doublings) <= 6


@pytest.mark.parametrize("points", [1, 2, 3, 7, 40, 500])
@pytest.mark.parametrize(
    "parameter", [Float(-1, 1), Integer(0, 30), Integer(1, 300, log=True), Categorical(tuple("abcde"))]
)
def test_a_grid_holds_distinct_accepted_values_and_no_more_than_asked_for(parameter: Parameter, points: int) -> None:
    values = parameter.grid(points)
    assert 1 <= len(values) <= points
    assert len(set(values)) == len(values)
    assert all(parameter.accepts(value) for value in values)


@pytest.mark.parametrize("parameter", [Float(-1, 1), Integer(0, 30), Integer(1, 300, log=True)])
def test_a_grid_of_numbers_includes_both_ends(parameter: Float | Integer) -> None:
    values = parameter.grid(4)
    assert (min(values), max(values)) == (parameter.low, parameter.high)


def test_a_grid_as_large_as_the_range_holds_every_whole_number() -> None:
    assert Integer(1, 9, log=True).grid(9) == list(range(1, 10))


@pytest.mark.parametrize(
    ("parameter", "default"),
    [
        (Float(0, 4), 2.0),
        (Float(1, 100, log=True), pytest.approx(10.0)),
        (Float(0, 4, default=1), 1.0),
        (Integer(0, 4), 2),
        (Categorical(("a", "b")), "a"),
        (Categorical(("a", "b"), default="b"), "b"),
        (Categorical((True, False), default=False), False),
    ],
)
def test_the_default_is_the_declared_one_or_the_middle_or_the_first(parameter: Parameter, default: object) -> None:
    assert default_of(parameter) == default


def test_ranges_that_no_float_can_hold_are_refused() -> None:
    with pytest.raises(InvalidSpace, match="a Float needs a range that a float can hold"):
        Float(-1e308, 1e308)


def test_whole_numbers_that_a_float_cannot_tell_apart_are_refused() -> None:
    with pytest.raises(InvalidSpace, match=r"the bounds of an Integer lie within 2\*\*53 of 0"):
        Integer(0, 2**64)
    assert Integer(0, 2**53).accepts(2**53)
