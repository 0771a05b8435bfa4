"""Search spaces as the package ConfigSpace writes them, of its versions 0.4 to 1.2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from pydantic import BaseModel, Field, ValidationError

from tuner.configuration import Value
from tuner.errors import InvalidSpace
from tuner.parameter import Categorical, Float, Integer, Parameter
from tuner.space import Condition

_MOST_VALUES: Final = 1000
"""Of a whole-number parent that a condition compares with a bound."""


@dataclass(frozen=True, slots=True)
class ConfigSpace:
    """What the text declares, before anything is fixed."""

    parameters: Mapping[str, Parameter]
    conditions: tuple[Condition, ...]
    constants: Mapping[str, Value]
    """Parameters of one value."""


class _Hyperparameter(BaseModel):
    name: str
    type: str
    lower: float | None = None
    upper: float | None = None
    log: bool = False
    q: float | None = None
    choices: tuple[Value, ...] = ()
    sequence: tuple[Value, ...] = ()
    value: Value | None = None
    default: Value | None = None
    default_value: Value | None = None


class _Condition(BaseModel):
    child: str
    type: Literal["EQ", "NEQ", "IN", "GT", "LT", "AND", "OR"]
    parent: str = ""
    value: Value | None = None
    values: tuple[Value, ...] = ()
    conditions: tuple[_Condition, ...] = ()


class _Space(BaseModel):
    hyperparameters: tuple[_Hyperparameter, ...] = Field(min_length=1)
    conditions: tuple[_Condition, ...] = ()
    forbiddens: tuple[Mapping[str, object], ...] = ()


def read_config_space(text: str | bytes) -> ConfigSpace:
    """The space in a text of JSON; raises `InvalidSpace` where it is none, or has what our spaces lack.

    Not to be had: forbidden combinations, normal and beta distributions, steps, and alternatives (OR) between
    different parents. Weights of choices are passed over: they say how ConfigSpace samples.
    """
    try:
        told = _Space.model_validate_json(text, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise InvalidSpace(f"this is no ConfigSpace: {place + ': ' if place else ''}{first['msg']}") from None
    if told.forbiddens:
        raise InvalidSpace("forbidden combinations are not supported")
    constants = {h.name: h.value for h in told.hyperparameters if h.type == "constant" and h.value is not None}
    parameters = {h.name: _parameter(h) for h in told.hyperparameters if h.type != "constant"}
    conditions = [made for one in told.conditions for made in _conditions(one, parameters)]
    return ConfigSpace(parameters, tuple(conditions), constants)


def _parameter(told: _Hyperparameter) -> Parameter:
    default = told.default if told.default_value is None else told.default_value
    if told.q is not None:
        raise InvalidSpace(f"{told.name}: steps are not supported")
    if told.type == "categorical":
        return Categorical(told.choices, default=default)
    if told.type == "ordinal":
        return Categorical(told.sequence, ordered=True, default=default)
    if told.lower is None or told.upper is None or told.type not in {"uniform_int", "uniform_float"}:
        raise InvalidSpace(f"{told.name}: type {told.type!r} is not supported")
    number = default if isinstance(default, int | float) else None
    if told.type == "uniform_int":
        whole = None if number is None else int(number)
        return Integer(int(told.lower), int(told.upper), log=told.log, default=whole)
    # some versions write the default with fewer digits than the bounds
    default = None if number is None else min(max(float(number), told.lower), told.upper)
    return Float(told.lower, told.upper, log=told.log, default=default)


def _conditions(told: _Condition, parameters: Mapping[str, Parameter]) -> list[Condition]:
    if told.type == "AND":
        return [made for one in told.conditions for made in _conditions(one, parameters)]
    if told.type == "OR":
        parts = [made for one in told.conditions for made in _conditions(one, parameters)]
        if len({part.parent for part in parts}) != 1 or len(parts) != len(told.conditions):
            raise InvalidSpace(f"{told.child}: an OR of different parents is not supported")
        return [Condition(told.child, parts[0].parent, tuple(value for part in parts for value in part.values))]
    return [Condition(told.child, told.parent, tuple(_allowed(told, parameters)))]


def _allowed(told: _Condition, parameters: Mapping[str, Parameter]) -> Sequence[Value]:
    """The parent's values under which the condition holds."""
    if told.type == "IN":
        return told.values
    if told.value is None:
        raise InvalidSpace(f"{told.child}: a condition {told.type} has no value")
    if told.type == "EQ":
        return (told.value,)
    known = _values(told.parent, parameters)
    if told.value not in known:
        raise InvalidSpace(f"{told.child}: {told.parent} = {told.value!r} in a condition is not there")
    place = known.index(told.value)
    return {"NEQ": [*known[:place], *known[place + 1 :]], "GT": known[place + 1 :], "LT": known[:place]}[told.type]


def _values(name: str, parameters: Mapping[str, Parameter]) -> list[Value]:
    parameter = parameters.get(name)
    if isinstance(parameter, Categorical):
        return list(parameter.choices)
    if isinstance(parameter, Integer) and parameter.count <= _MOST_VALUES:
        return list(range(parameter.low, parameter.high + 1))
    raise InvalidSpace(f"a condition compares {name!r}, which has not just a few values")
