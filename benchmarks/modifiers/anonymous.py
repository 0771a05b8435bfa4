"""A problem without names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from tuner.configuration import Value
from tuner.modifier import Modifier
from tuner.parameter import Categorical, Parameter
from tuner.problem import Problem
from tuner.space import Condition, SearchSpace
from tuner.task import failure_of
from tuner.trial import Failure, FailureKind, Measurement, Outcome, Trial

from .translation import with_values


class HiddenError(Exception):
    """The error of a task, its names replaced."""


@dataclass(frozen=True, kw_only=True)
class Anonymous(Modifier):
    """Hides every name that a strategy could know a task by, or read a meaning into.

    Parameters are called p0, p1 and so on, choices c0, c1 and so on, the objective `value` (`value0`, `value1` and so
    on where there are several) and the fidelity `fidelity`; ranges, scales, orders and conditions stay. What a task
    measures beside its objectives moves to `extras`, which no strategy sees. Held-out values are named like the
    objectives. In the text of a failure the names are replaced, too.
    """

    @property
    def remark(self) -> str:
        return "without names"

    @property
    def problem(self) -> Problem:
        """The wrapped task's, without names."""
        return self._names.problem

    @property
    def best_known(self) -> Mapping[str, float]:
        return {self._names.objectives[name]: value for name, value in self.task.best_known.items()}

    def inward(self, trial: Trial) -> Trial:
        return with_values(trial, self._names.original(trial.configuration))

    def outward(self, trial: Trial, measurement: Measurement) -> Measurement:  # noqa: ARG002  names only change
        objectives = self._names.objectives
        values = {objectives[name]: value for name, value in measurement.values.items() if name in objectives}
        beside = {name: value for name, value in measurement.values.items() if name not in objectives}
        return replace(
            measurement,
            values=values,
            held_out=self._names.renamed(measurement.held_out),
            extras=self._names.renamed({**beside, **measurement.extras}),
        )

    def evaluate(self, trial: Trial) -> Measurement:
        try:
            return super().evaluate(trial)
        except Exception as error:
            hidden = self._hidden(failure_of(error))
            kind = MemoryError if hidden.kind is FailureKind.MEMORY else HiddenError
            raise kind(hidden.message) from error

    def evaluate_batch(self, trials: Sequence[Trial]) -> Sequence[Outcome]:
        outcomes = super().evaluate_batch(trials)
        return [self._hidden(outcome) if isinstance(outcome, Failure) else outcome for outcome in outcomes]

    def _hidden(self, failure: Failure) -> Failure:
        return Failure(failure.kind, self._names.hide(failure.message))

    @cached_property
    def _names(self) -> _Names:
        return _Names(self.task.problem)


class _Names:
    """Neutral names for a problem's own, in both directions."""

    def __init__(self, problem: Problem) -> None:
        space = problem.space
        self._parameters = {name: f"p{index}" for index, name in enumerate(space.names)}
        self._choices = {name: _choices(parameter) for name, parameter in space.parameters.items()}
        several = len(problem.objectives) > 1
        self.objectives = {o.name: f"value{i if several else ''}" for i, o in enumerate(problem.objectives)}
        self._originals = {
            neutral: (name, {new: old for old, new in self._choices[name].items()})
            for name, neutral in self._parameters.items()
        }
        self._words = self._all_words(problem)
        self.problem = self._translated(problem)

    def original(self, values: Mapping[str, Value]) -> dict[str, Value]:
        """A configuration in the task's own words."""
        found = {}
        for neutral, value in values.items():
            name, choices = self._originals[neutral]
            found[name] = choices[str(value)] if choices else value
        return found

    def renamed(self, group: Mapping[str, float]) -> dict[str, float]:
        """Stored numbers with the objectives' neutral names, also at the end of a name: "noise_free value"."""
        own = {self._renamed(name): value for name, value in group.items() if self._renamed(name) != name}
        return {**{name: value for name, value in group.items() if self._renamed(name) == name}, **own}

    def hide(self, text: str) -> str:
        """The text with every name of the task's replaced by its neutral one."""
        pattern = "|".join(re.escape(word) for word in sorted(self._words, key=len, reverse=True))
        return re.sub(rf"(?<!\w)(?:{pattern})(?!\w)", lambda found: self._words[found.group()], text)

    def _renamed(self, name: str) -> str:
        for objective, neutral in self.objectives.items():
            if name == objective or name.endswith(f" {objective}"):
                return name.removesuffix(objective) + neutral
        return name

    def _all_words(self, problem: Problem) -> dict[str, str]:
        texts = {old: new for choices in self._choices.values() for old, new in choices.items() if isinstance(old, str)}
        fidelity = {problem.fidelity.name: "fidelity"} if problem.fidelity else {}
        words = {**texts, **fidelity, **self.objectives, **self._parameters}
        return {word: neutral for word, neutral in words.items() if word}

    def _translated(self, problem: Problem) -> Problem:
        parameters = {self._parameters[name]: self._neutral(name, p) for name, p in problem.space.parameters.items()}
        conditions = tuple([self._condition(condition) for condition in problem.space.conditions])
        objectives = tuple([replace(o, name=self.objectives[o.name]) for o in problem.objectives])
        fidelity = problem.fidelity and replace(problem.fidelity, name="fidelity")
        return Problem(SearchSpace(parameters, conditions), objectives, fidelity)

    def _neutral(self, name: str, parameter: Parameter) -> Parameter:
        if not isinstance(parameter, Categorical):
            return parameter
        names = self._choices[name]
        default = None if parameter.default is None else names[parameter.default]
        return Categorical(tuple(names.values()), parameter.ordered, default)

    def _condition(self, condition: Condition) -> Condition:
        names = self._choices[condition.parent]
        values = tuple([names[value] if names else value for value in condition.values])
        return Condition(self._parameters[condition.parameter], self._parameters[condition.parent], values)


def _choices(parameter: Parameter) -> dict[Value, str]:
    """The neutral name of each choice; none for a number."""
    if not isinstance(parameter, Categorical):
        return {}
    return {choice: f"c{index}" for index, choice in enumerate(parameter.choices)}
