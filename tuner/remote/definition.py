"""What a remote task is: its space, objectives and fidelity, as canonical JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import lru_cache
from typing import Any, Final

from ..errors import InvalidProblem, TunerError, one_line
from ..problem import Fidelity, Objective, Problem
from ..space import SearchSpace

MOST_CHARACTERS: Final = 50_000
"""Of a definition."""
_KEYS = {"space", "objectives", "fidelity"}


def definition_of(problem: Problem) -> str:
    """The definition of a problem: no spaces, and the same text for the same problem."""
    return json.dumps(described(problem), separators=(",", ":"), allow_nan=False)


def described(problem: Problem) -> dict[str, Any]:
    """The definition as an object."""
    return {
        "space": json.loads(problem.space.to_json()),
        "objectives": [asdict(objective) for objective in problem.objectives],
        "fidelity": None if problem.fidelity is None else asdict(problem.fidelity),
    }


@lru_cache(maxsize=64)
def problem_of(definition: str) -> Problem:
    """The problem that a definition describes; raises `InvalidProblem` or `InvalidSpace`."""
    if len(definition) > MOST_CHARACTERS:
        raise InvalidProblem(f"a definition has at most {MOST_CHARACTERS} characters, not {len(definition)}")
    try:
        read = json.loads(definition)
    except (ValueError, RecursionError):
        raise InvalidProblem(f"a definition is JSON, not {one_line(definition)!r:.80}") from None
    return read_problem(read)


def read_problem(told: object) -> Problem:
    """The problem of a definition that is read already; raises likewise."""
    if not isinstance(told, dict) or not {"space", "objectives"} <= set(told) <= _KEYS:
        raise InvalidProblem("a definition holds space, objectives and perhaps fidelity")
    fidelity = told.get("fidelity")
    return Problem(
        _read_space(told["space"]),
        tuple([_made("objective", Objective, one) for one in _list("objectives", told["objectives"])]),
        None if fidelity is None else _made("fidelity", Fidelity, fidelity),
    )


def _read_space(told: object) -> SearchSpace:
    try:
        return SearchSpace.from_json(json.dumps(_whole_space(told)))
    except TunerError:
        raise
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise InvalidProblem(
            "a space holds parameters, each with a kind (Float, Integer, Categorical) and its fields, and perhaps "
            f"conditions: {one_line(str(error))}"
        ) from None


def _whole_space(told: object) -> dict[str, Any]:
    if not isinstance(told, Mapping) or not set(told) <= {"parameters", "conditions"}:
        raise TypeError("the space is no object with parameters and conditions")
    return {"parameters": told["parameters"], "conditions": told.get("conditions", [])}


def _made(what: str, kind: type[Any], fields: object) -> Any:
    if not isinstance(fields, Mapping):
        raise InvalidProblem(f"the {what} is an object, not {fields!r:.80}")
    try:
        return kind(**fields)
    except TypeError as error:
        raise InvalidProblem(f"the {what} {dict(fields)!r:.80}: {one_line(str(error))}") from None


def _list(what: str, value: object) -> list[object]:
    if not isinstance(value, list):
        raise InvalidProblem(f"{what} is a list, not {value!r:.80}")
    return value
