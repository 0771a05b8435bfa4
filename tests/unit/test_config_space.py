"""Spaces that ConfigSpace wrote, of old versions and new, become ours."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from benchmarks.onnx_surrogate.config_space import ConfigSpace, read_config_space
from tuner import Categorical, Condition, Float, Integer
from tuner.errors import InvalidSpace

KIND = {"name": "kind", "type": "categorical", "choices": ["a", "b", "c"]}
SIZE = {"name": "size", "type": "ordinal", "sequence": ["s", "m", "l"]}
DEPTH = {"name": "depth", "type": "uniform_int", "lower": 1, "upper": 4, "log": False}
RATE = {"name": "rate", "type": "uniform_float", "lower": 0.1, "upper": 1.0, "log": True}


def read(*hyperparameters: Mapping[str, Any], **others: Any) -> ConfigSpace:
    return read_config_space(json.dumps({"hyperparameters": hyperparameters, **others}))


def condition(**told: Any) -> tuple[Condition, ...]:
    return read(KIND, SIZE, DEPTH, RATE, conditions=[{"child": "rate", **told}]).conditions


def test_version_0_4_calls_a_default_default() -> None:
    found = read({**KIND, "default": "b", "probabilities": None}, {**DEPTH, "default": 3}, {**RATE, "default": 0.5})
    assert found.parameters == {
        "kind": Categorical(("a", "b", "c"), default="b"),
        "depth": Integer(1, 4, default=3),
        "rate": Float(0.1, 1.0, log=True, default=0.5),
    }


def test_version_1_calls_it_default_value() -> None:
    found = read({**SIZE, "default_value": "m", "meta": None}, {**DEPTH, "default_value": 3, "meta": None})
    assert found.parameters == {
        "size": Categorical(("s", "m", "l"), ordered=True, default="m"),
        "depth": Integer(1, 4, default=3),
    }


def test_a_default_written_with_fewer_digits_than_its_bound_is_pulled_in() -> None:
    (found,) = read({**RATE, "lower": 0.10000000000000002, "default": 0.1}).parameters.values()
    assert found.default == 0.10000000000000002


def test_choices_keep_their_types() -> None:
    (found,) = read({**KIND, "choices": [True, 1.5, 2, "2"]}).parameters.values()
    assert isinstance(found, Categorical)
    assert [type(choice) for choice in found.choices] == [bool, float, int, str]


def test_a_constant_is_no_parameter() -> None:
    found = read(DEPTH, {"name": "seed", "type": "constant", "value": 7})
    assert list(found.parameters) == ["depth"]
    assert found.constants == {"seed": 7}


@pytest.mark.parametrize(
    ("told", "values"),
    [
        ({"parent": "kind", "type": "EQ", "value": "a"}, ("a",)),
        ({"parent": "kind", "type": "IN", "values": ["a", "c"]}, ("a", "c")),
        ({"parent": "kind", "type": "NEQ", "value": "a"}, ("b", "c")),
        ({"parent": "size", "type": "GT", "value": "s"}, ("m", "l")),
        ({"parent": "depth", "type": "LT", "value": 3}, (1, 2)),
    ],
)
def test_a_condition_becomes_the_values_under_which_it_holds(told: dict[str, Any], values: tuple[Any, ...]) -> None:
    assert condition(**told) == (Condition("rate", told["parent"], values),)


def test_conditions_joined_by_and_hold_together() -> None:
    parts = [{"child": "rate", "parent": "kind", "type": "EQ", "value": "a"},
             {"child": "rate", "parent": "depth", "type": "GT", "value": 3}]  # fmt: skip
    assert condition(type="AND", conditions=parts) == (
        Condition("rate", "kind", ("a",)),
        Condition("rate", "depth", (4,)),
    )


def test_conditions_of_one_parent_joined_by_or_are_one() -> None:
    parts = [{"child": "rate", "parent": "kind", "type": "EQ", "value": value} for value in "ac"]
    assert condition(type="OR", conditions=parts) == (Condition("rate", "kind", ("a", "c")),)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("{", "this is no ConfigSpace: Invalid JSON"),
        ("{}", "this is no ConfigSpace: hyperparameters: Field required"),
        (json.dumps({"hyperparameters": [{**RATE, "lower": "0"}]}), "hyperparameters.0.lower: Input should be a valid"),
        (json.dumps({"hyperparameters": [{**RATE, "type": "normal_float"}]}), "rate: type 'normal_float' is not supp"),
        (json.dumps({"hyperparameters": [{**RATE, "q": 0.1}]}), "rate: steps are not supported"),
        (json.dumps({"hyperparameters": [RATE], "forbiddens": [{}]}), "forbidden combinations are not supported"),
    ],
)
def test_what_our_spaces_lack_is_refused(text: str, line: str) -> None:
    with pytest.raises(InvalidSpace) as caught:
        read_config_space(text)
    assert line in str(caught.value)


@pytest.mark.parametrize(
    ("told", "line"),
    [
        (
            {"parent": "rate", "type": "GT", "value": 0.5},
            "a condition compares 'rate', which has not just a few values",
        ),
        ({"parent": "size", "type": "GT", "value": "xl"}, "size = 'xl' in a condition is not there"),
        ({"parent": "size", "type": "EQ"}, "a condition EQ has no value"),
        (
            {
                "type": "OR",
                "conditions": [
                    {"child": "rate", "parent": "kind", "type": "EQ", "value": "a"},
                    {"child": "rate", "parent": "depth", "type": "EQ", "value": 1},
                ],
            },
            "an OR of different parents is not supported",
        ),
    ],
)
def test_a_condition_that_ours_cannot_say_is_refused(told: dict[str, Any], line: str) -> None:
    with pytest.raises(InvalidSpace, match=line):
        condition(**told)


def test_a_space_that_the_installed_version_writes_is_read(tmp_path: Path) -> None:
    package = pytest.importorskip("ConfigSpace")
    written = package.ConfigurationSpace()
    kind = package.CategoricalHyperparameter("kind", ["a", "b"], default_value="b")
    depth = package.UniformIntegerHyperparameter("depth", 1, 64, log=True)
    written.add(kind, depth, package.UniformFloatHyperparameter("rate", 0.1, 1.0), package.Constant("seed", 7))
    written.add(package.EqualsCondition(depth, kind, "a"))
    written.to_json(tmp_path / "space.json")
    found = read_config_space((tmp_path / "space.json").read_bytes())
    assert found.parameters == {
        "kind": Categorical(("a", "b"), default="b"),
        "rate": Float(0.1, 1.0, default=0.55),
        "depth": Integer(1, 64, log=True, default=8),
    }
    assert found.conditions == (Condition("depth", "kind", ("a",)),)
    assert found.constants == {"seed": 7}
