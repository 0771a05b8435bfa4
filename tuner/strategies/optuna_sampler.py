"""Shared base of the strategies whose proposals come from a sampler of Optuna."""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import ClassVar

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers import BaseGASampler, BaseSampler
from optuna.trial import TrialState

from ..configuration import Configuration, Value
from ..errors import InvalidOption
from ..parameter import Categorical, Float, Integer, Parameter
from ..problem import Budget, Problem
from ..seeds import derive_seed
from ..strategy import SearchStrategy
from ..trial import Proposal, TrialResult
from .bounded_loss import bounded


class OptunaSampler(SearchStrategy):
    """Proposes what a sampler of Optuna suggests in a study held in memory.

    A failed trial is told as Optuna's FAIL: its samplers leave it out of their models and of their count of
    startup trials. Trials that were proposed and not yet told are Optuna's RUNNING trials. An ordered categorical
    is to Optuna the whole number of its choice. In a conditional space a parent is suggested before its children,
    and inactive parameters are not suggested at all.
    """

    packages: ClassVar[tuple[str, ...]] = ("optuna",)

    def __init__(
        self, problem: Problem, *, seed: int, budget: Budget, make_sampler: Callable[..., BaseSampler]
    ) -> None:
        """Start the study with `make_sampler(seed=...)`, whose complaints about options become `InvalidOption`."""
        super().__init__(problem, seed=seed, budget=budget)
        self._distributions = {name: distribution_of(p) for name, p in self.space.parameters.items()}
        self._pending: dict[Configuration, deque[optuna.Trial]] = {}
        with quiet():
            try:
                sampler = make_sampler(seed=derive_seed(seed, "optuna") % 2**32)
            except ValueError as error:
                raise InvalidOption(" ".join(str(error).split())) from error
            self._study = optuna.create_study(
                study_name="study", sampler=sampler, directions=["minimize"] * len(problem.objectives)
            )

    def ask(self, count: int) -> Sequence[Proposal]:
        return [Proposal(self._suggest()) for _ in range(count)]

    def tell(self, result: TrialResult) -> None:
        waiting = self._pending.get(result.trial.configuration)
        values = [bounded(loss) for loss in result.losses]
        if not waiting:
            self._add(result.trial.configuration, values)
        elif result.is_failure:
            self._study.tell(waiting.popleft(), state=TrialState.FAIL)
        else:
            self._study.tell(waiting.popleft(), values)
        if waiting is not None and not waiting:
            del self._pending[result.trial.configuration]

    def _suggest(self) -> Configuration:
        if self.space.conditions:
            trial = self._study.ask()
            values = self._suggest_active(trial)
        else:
            trial = self._study.ask(self._distributions)
            values = trial.params
        parameters = self.space.parameters
        configuration = Configuration(
            {name: decode(p, values[name]) for name, p in parameters.items() if name in values}
        )
        self._pending.setdefault(configuration, deque()).append(trial)
        return configuration

    def _suggest_active(self, trial: optuna.Trial) -> Mapping[str, Value]:
        suggested: dict[str, Value] = {}
        decoded: dict[str, Value] = {}
        while ready := [name for name in self.space.names if name in self.space.active(decoded) - decoded.keys()]:
            for name in ready:
                suggested[name] = _suggest_value(trial, name, self._distributions[name])
                decoded[name] = decode(self.space.parameters[name], suggested[name])
        return suggested

    def _add(self, configuration: Configuration, values: list[float]) -> None:
        """Add a trial that this strategy did not propose, such as another strategy's first guess."""
        if isinstance(self._study.sampler, BaseGASampler):
            self._add_to_generation(configuration, values)
            return
        parameters = self.space.parameters
        trial = optuna.trial.create_trial(
            state=TrialState.COMPLETE if values else TrialState.FAIL,
            values=values or None,
            params={name: encode(parameters[name], value) for name, value in configuration.items()},
            distributions={name: self._distributions[name] for name in configuration},
        )
        self._study.add_trial(trial)

    def _add_to_generation(self, configuration: Configuration, values: list[float]) -> None:
        """Add a trial that was not proposed as if it had been: only so does it belong to a generation."""
        parameters = self.space.parameters
        self._study.enqueue_trial({name: encode(parameters[name], value) for name, value in configuration.items()})
        trial = self._study.ask(self._distributions)
        _ = trial.relative_params  # reading them gives the trial its generation
        if values:
            self._study.tell(trial, values)
        else:
            self._study.tell(trial, state=TrialState.FAIL)


def distribution_of(parameter: Parameter) -> BaseDistribution:
    """The distribution of Optuna that stands for a parameter."""
    if isinstance(parameter, Float):
        return FloatDistribution(parameter.low, parameter.high, log=parameter.log)
    if isinstance(parameter, Integer):
        return IntDistribution(parameter.low, parameter.high, log=parameter.log)
    if parameter.ordered:
        return IntDistribution(0, len(parameter.choices) - 1)
    return CategoricalDistribution(parameter.choices)


def encode(parameter: Parameter, value: Value) -> Value:
    """What Optuna calls a value of the parameter."""
    if isinstance(parameter, Categorical) and parameter.ordered:
        return parameter.choices.index(value)
    return value


def decode(parameter: Parameter, value: Value) -> Value:
    """The parameter's value for what Optuna suggests, clipped where rounding left the range."""
    if isinstance(parameter, Categorical):
        return parameter.choices[int(value)] if parameter.ordered else value
    number = int(value) if isinstance(parameter, Integer) else float(value)
    return min(max(number, parameter.low), parameter.high)


def _suggest_value(trial: optuna.Trial, name: str, distribution: BaseDistribution) -> Value:
    if isinstance(distribution, FloatDistribution):
        return trial.suggest_float(name, distribution.low, distribution.high, log=distribution.log)
    if isinstance(distribution, IntDistribution):
        return trial.suggest_int(name, distribution.low, distribution.high, log=distribution.log)
    assert isinstance(distribution, CategoricalDistribution)
    choice = trial.suggest_categorical(name, distribution.choices)
    assert choice is not None
    return choice


@contextmanager
def quiet() -> Iterator[None]:
    """Keep Optuna from announcing new studies and what is experimental, for this moment only."""
    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(max(level, optuna.logging.WARNING))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        optuna.logging.set_verbosity(level)
