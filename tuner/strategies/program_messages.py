"""What is said to an external program, and what its answers mean; each message is one line of JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import NoReturn

from ..configuration import Configuration, Value
from ..errors import StrategyMisbehaved, one_line
from ..parameter import Categorical, Integer, Parameter
from ..problem import Budget, Problem
from ..space import SearchSpace
from ..trial import Failure, Proposal, TrialResult

VERSION = 1
"""Of the protocol; grows when a program that follows this one would no longer do."""

STOP = '{"type":"stop"}'

_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def start_message(problem: Problem, budget: Budget, seed: int) -> str:
    """The first line: all that there is to know of the problem. The seed is below 2**31, whatever the study's is."""
    message = {
        "type": "start",
        "version": VERSION,
        "dimensions": len(problem.space),
        "seed": seed % 2**31,
        "space": json.loads(problem.space.to_json()),
        "objectives": [asdict(objective) for objective in problem.objectives],
        "fidelity": None if problem.fidelity is None else asdict(problem.fidelity),
        "budget": asdict(budget),
    }
    return _encode(message)


def ask_message(count: int) -> str:
    """The line that an answer is due to."""
    return _encode({"type": "ask", "count": count})


def tell_message(result: TrialResult, space: SearchSpace) -> str:
    """How a trial ended: its losses, lower is better, or its failure."""
    trial, outcome = result.trial, result.outcome
    message = {
        "type": "tell",
        "trial": trial.id,
        "configuration": dict(trial.configuration),
        "unit": space.to_unit(trial.configuration).tolist(),
        "fidelity": trial.proposal.fidelity,
    }
    if isinstance(outcome, Failure):
        return _encode({**message, "failure": {"kind": str(outcome.kind), "message": outcome.message}})
    return _encode({**message, "losses": list(result.losses)})


def read_answer(line: str, space: SearchSpace) -> list[Proposal]:
    """The proposals of an answer; raises `StrategyMisbehaved` with the line where it is something else."""
    try:
        answer = json.loads(line)
    except (ValueError, RecursionError):
        _refuse("the program's answer is not a line of JSON", line)
    proposals = answer.get("proposals") if isinstance(answer, dict) else None
    if not isinstance(proposals, list):
        _refuse('the program\'s answer is not {"proposals":[…]}', line)
    return [_proposal(proposal, space) for proposal in proposals]


def _proposal(told: object, space: SearchSpace) -> Proposal:
    known = {"configuration", "unit", "fidelity", "resume"}
    if not isinstance(told, dict) or not set(told) <= known or ("unit" in told) == ("configuration" in told):
        _refuse("a proposal holds a configuration or a unit, perhaps a fidelity and a resume", told)
    configuration = _from_unit(told["unit"], space) if "unit" in told else _values(told["configuration"], space)
    resume = told.get("resume")
    if isinstance(resume, float) and resume.is_integer():
        resume = int(resume)
    return Proposal(configuration, told.get("fidelity"), resume)


def _from_unit(unit: object, space: SearchSpace) -> Configuration:
    size = len(space)
    if not isinstance(unit, list) or len(unit) != size or not all(_is_coordinate(number) for number in unit):
        _refuse(f"a unit is a list of {size} numbers in [0, 1]", unit)
    return space.from_unit(unit)


def _is_coordinate(number: object) -> bool:
    return isinstance(number, int | float) and not isinstance(number, bool) and 0 <= number <= 1


def _values(values: object, space: SearchSpace) -> Configuration:
    """The configuration; null says that a parameter is not active."""
    if not isinstance(values, dict):
        _refuse("a configuration is an object with a value for each active parameter", values)
    given: Mapping[str, Value] = {name: value for name, value in values.items() if value is not None}
    parameters = space.parameters
    return Configuration({n: _value(v, parameters[n]) if n in parameters else v for n, v in given.items()})


def _value(value: Value, parameter: Parameter) -> Value:
    """The value in the parameter's own type: JSON has one kind of number, and some languages write 1 as 1.0."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if isinstance(parameter, Categorical):
        equal = [choice for choice in parameter.choices if choice == value and not isinstance(choice, bool)]
        return equal[0] if equal else value
    if isinstance(parameter, Integer):
        return int(value) if isinstance(value, float) and value.is_integer() else value
    return float(value) if parameter.low <= value <= parameter.high else value


def _refuse(why: str, told: object) -> NoReturn:
    shown = told if isinstance(told, str) else json.dumps(told)
    raise StrategyMisbehaved(f"{why}: {one_line(shown)[:200]!r}")
