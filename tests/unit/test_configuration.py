from __future__ import annotations

import copy
import json
import pickle
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuner import Configuration, Value

QUICKLY = settings(max_examples=60, deadline=None)
VALUES: st.SearchStrategy[Value] = (
    st.text() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
)
CONFIGURATIONS = st.dictionaries(st.text(min_size=1), VALUES).map(Configuration)
EXAMPLE = Configuration({"rate": 0.1, "layers": 3, "kind": "relu", "bias": True})


@QUICKLY
@given(CONFIGURATIONS)
def test_json_reads_back_to_the_same_values_of_the_same_types(configuration: Configuration) -> None:
    again = Configuration.from_json(configuration.to_json())
    assert again == configuration
    assert {name: type(value) for name, value in again.items()} == {n: type(v) for n, v in configuration.items()}


@QUICKLY
@given(CONFIGURATIONS)
def test_json_does_not_depend_on_the_order_of_the_names(configuration: Configuration) -> None:
    backwards = Configuration(dict(reversed(list(configuration.items()))))
    assert backwards.to_json() == configuration.to_json()
    assert hash(backwards) == hash(configuration)
    assert backwards == configuration


@QUICKLY
@given(CONFIGURATIONS)
def test_pickles_and_copies_are_equal(configuration: Configuration) -> None:
    for again in (pickle.loads(pickle.dumps(configuration)), copy.deepcopy(configuration), copy.copy(configuration)):
        assert again == configuration
        assert hash(again) == hash(configuration)


@pytest.mark.parametrize("value", [0.1, 1e-300, 5e-324, sys.float_info.max, 1 / 3])
def test_floats_read_back_bit_for_bit(value: float) -> None:
    assert Configuration.from_json(Configuration({"x": value}).to_json())["x"] == value


def test_json_is_canonical() -> None:
    assert EXAMPLE.to_json() == '{"bias":true,"kind":"relu","layers":3,"rate":0.1}'
    assert json.loads(EXAMPLE.to_json()) == dict(EXAMPLE)


def test_values_that_json_lacks_are_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        Configuration({"x": float("nan")}).to_json()


def test_it_equals_a_mapping_of_the_same_values() -> None:
    assert Configuration({"x": 1}) == {"x": 1}
    assert Configuration({"x": 1}) != {"x": 2}
    assert Configuration({"x": 1}) != Configuration({"y": 1})
    assert Configuration({"x": 1}) != 1


def test_it_keeps_a_copy_of_what_it_was_made_of() -> None:
    values: dict[str, Value] = {"x": 1}
    configuration = Configuration(values)
    values["x"] = 2
    assert configuration["x"] == 1


def test_values_cannot_be_set() -> None:
    with pytest.raises(TypeError, match="does not support item assignment"):
        EXAMPLE["rate"] = 0.5  # type: ignore[index]  # the mistake that is tested


def test_typed_getters_return_the_value() -> None:
    assert EXAMPLE.number("rate") == 0.1
    assert type(EXAMPLE.number("layers")) is float
    assert EXAMPLE.integer("layers") == 3
    assert EXAMPLE.text("kind") == "relu"


@pytest.mark.parametrize(
    ("getter", "name", "message"),
    [
        ("number", "kind", "parameter 'kind' holds 'relu', not a number"),
        ("number", "bias", "parameter 'bias' holds True, not a number"),
        ("integer", "rate", "parameter 'rate' holds 0.1, not an integer"),
        ("integer", "bias", "parameter 'bias' holds True, not an integer"),
        ("text", "layers", "parameter 'layers' holds 3, not a string"),
    ],
)
def test_typed_getters_refuse_other_types(getter: str, name: str, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        getattr(EXAMPLE, getter)(name)
