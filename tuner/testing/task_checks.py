"""The checks of what a task is and of what it measures."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterable

from ..modifier import option_fields
from ..space import SearchSpace
from ..trial import Failure, Measurement
from .law import LawBroken, LawSkipped
from .task_under_test import TaskUnderTest, evaluate, show, trial_of


def check_options(subject: TaskUnderTest) -> None:
    """The task's options are what a suite file can set."""
    task = subject.task
    if not dataclasses.is_dataclass(task):
        raise LawBroken(f"{type(task).__name__} is no dataclass")
    if not getattr(type(task), "__dataclass_params__").frozen:  # noqa: B009  the type checker does not know it
        raise LawBroken(f"the dataclass {type(task).__name__} is not frozen")
    for field in option_fields(type(task)):
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise LawBroken(f"the option {field.name!r} has no default")
        try:
            json.dumps(getattr(task, field.name), allow_nan=False)
        except (TypeError, ValueError) as error:
            raise LawBroken(f"the option {field.name!r} holds what JSON cannot: {error}") from error


def check_card(subject: TaskUnderTest) -> None:
    """A list of tasks has something to show."""
    summary = subject.task.card.summary
    if not summary.strip() or "\n" in summary:
        raise LawBroken(f"card.summary is one line that says what the task is, not {summary!r}")


def check_problem(subject: TaskUnderTest) -> None:
    """The problem does not change, and the stored record of its space is complete."""
    first = subject.task.problem
    for other in (subject.task.problem, subject.fresh().problem):
        if other != first:
            raise LawBroken(f"the problem differs from one access to the next: {first} and {other}")
    if SearchSpace.from_json(first.space.to_json()) != first.space:
        raise LawBroken(f"the space reads back from its JSON as another: {first.space.to_json()}")


def check_best_known(subject: TaskUnderTest) -> None:
    """The best known values can be compared with."""
    if not subject.task.best_known:
        raise LawSkipped("the task knows no best value")
    objectives = [objective.name for objective in subject.task.problem.objectives]
    for name, value in subject.task.best_known.items():
        if name not in objectives:
            raise LawBroken(f"a best value is known for {name!r}, but the objectives are {_listed(objectives)}")
        if type(value) is not float or not math.isfinite(value):
            raise LawBroken(f"the best known {name!r} is {value!r}, not a finite float")


def check_corners(subject: TaskUnderTest) -> None:
    """No allowed configuration takes the worker down."""
    space = subject.task.problem.space
    corners = [space.from_unit([end] * len(space)) for end in (0.0, 1.0)]
    for configuration in (space.default(), *corners):
        outcome = evaluate(subject.task, trial_of(subject.task, configuration))
        if not isinstance(outcome, Measurement | Failure):
            raise LawBroken(f"evaluate returned {outcome!r} for {dict(configuration)}, not a Measurement")


def check_objectives(subject: TaskUnderTest) -> None:
    """A study gets its losses."""
    if not subject.measurements:
        raise LawBroken(f"all {len(subject.trials)} trials failed, the first with {show(subject.outcomes[0])}")
    for trial, measurement in subject.measurements:
        for name in [objective.name for objective in subject.task.problem.objectives]:
            if name not in measurement.values:
                raise LawBroken(f"{name!r} is missing; measured: {_listed(measurement.values)}")
            if not math.isfinite(value := measurement.values[name]):
                raise LawBroken(f"{name!r} is {value!r} for {dict(trial.configuration)}; raise an error instead")


def check_plain_floats(subject: TaskUnderTest) -> None:
    """Everything measured can be stored."""
    for _, measurement in subject.measurements:
        numbers = {**measurement.values, **measurement.held_out, **measurement.extras}
        if measurement.seconds is not None:
            numbers["seconds"] = measurement.seconds
        for name, value in numbers.items():
            if type(value) is not float:
                kind = f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")
                raise LawBroken(f"{name!r} is {value!r}, of type {kind}; convert it with float()")


def check_held_out(subject: TaskUnderTest) -> None:
    """Validation and held-out values can be compared over a whole study."""
    all_names = [sorted(measurement.held_out) for _, measurement in subject.measurements]
    if not any(all_names):
        raise LawSkipped("the task has no held-out values")
    expected = max(all_names, key=len)
    for trial, measurement in subject.measurements:
        if sorted(measurement.held_out) != expected:
            found = _listed(measurement.held_out)
            raise LawBroken(f"the held-out values of trial {trial.id} are {found}, not {_listed(expected)}")
        for name, value in measurement.held_out.items():
            if not math.isfinite(value):
                raise LawBroken(f"the held-out {name!r} is {value!r} for {dict(trial.configuration)}")
    for objective in subject.task.problem.objectives:
        if objective.name not in expected:
            raise LawBroken(f"{objective.name!r} is not among the held-out values: {_listed(expected)}")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names)) or "nothing"
