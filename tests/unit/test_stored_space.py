"""The stored space, read without the package that wrote it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from results.analysis.stored_space import StoredSpace, read_space
from tuner import Categorical, Condition, Float, Integer, SearchSpace

SPACE = SearchSpace(
    {
        "rate": Float(1e-4, 1e-1, log=True),
        "share": Float(-2.0, 3.0),
        "layers": Integer(1, 7),
        "width": Integer(8, 512, log=True),
        "kind": Categorical(("a", "b", "c")),
        "flag": Categorical((True, False, 2.5), ordered=True),
    }
)


def stored(space: SearchSpace) -> StoredSpace:
    found = read_space(space.to_json())
    assert found is not None
    return found


def test_places_in_the_unit_cube_are_those_of_the_search_space() -> None:
    configurations = SPACE.sample_many(np.random.default_rng(0), 50)
    texts = [json.dumps(dict(one), sort_keys=True) for one in configurations]

    np.testing.assert_allclose(stored(SPACE).units(texts), [SPACE.to_unit(one) for one in configurations])


def test_parameters_that_are_not_active_have_no_place() -> None:
    space = SearchSpace(
        {"kind": Categorical(("plain", "deep")), "layers": Integer(1, 7)}, (Condition("layers", "kind", ("deep",)),)
    )
    found = stored(space)

    assert found.is_conditional
    assert np.isnan(found.units(['{"kind":"plain"}'])).tolist() == [[False, True]]


def test_numbers_at_places_come_back() -> None:
    for parameter in stored(SPACE).parameters[:2]:
        numbers = np.linspace(parameter.low, parameter.high, 5)
        np.testing.assert_allclose(parameter.at(parameter.units(numbers.tolist())), numbers)


def test_the_interval_of_an_integer_does_not_leave_its_range() -> None:
    layers = stored(SPACE).parameters[2]

    assert layers.at(np.array([0.0, 1.0])).tolist() == [1.0, 7.0]


def test_a_range_is_told_in_a_few_words() -> None:
    told = [parameter.describe() for parameter in stored(SPACE).parameters[:5]]

    assert told == ["0.0001 to 0.1, log", "\u22122 to 3", "1 to 7", "8 to 512, log", "3 choices"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"parameters":{"x":{"type":"float"}}}', '{"parameters":{}}', "null"])
def test_a_space_written_in_another_way_is_none(text: str) -> None:
    assert read_space(text) is None
