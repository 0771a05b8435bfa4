"""Any searcher of Ray Tune as a strategy."""

from __future__ import annotations

import logging
import types
import warnings
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from typing import ClassVar, SupportsFloat

from ray.air.constants import TRAINING_ITERATION
from ray.tune.search import Searcher

from ...configuration import Configuration, Value
from ...errors import InvalidOption, UnsupportedProblem, describe
from ...extras import distributions_of
from ...parameter import Categorical, Float, Integer, Parameter
from ...problem import Budget, Feature, Problem
from ...seeds import derive_seed
from ...space import SearchSpace
from ...strategies.bounded_loss import bounded
from ...strategy import SearchStrategy, own_options
from ...trial import Proposal, TrialResult
from ..constructor_options import check_options
from .known_searchers import check_usable, find_searcher, known_as, scalar_options, seed_option
from .tune_domains import param_space_of

_METRIC = "loss"
_MOST_REQUESTS = 100


class SearcherStrategy(SearchStrategy):
    """Proposes what a searcher of Ray Tune suggests, in this process and without a Tuner.

    Each proposal is a suggestion under a trial id of its own. A trial's end is told as Tune tells that of a trial
    with one report, a failed trial as one that raised. To the searcher an ordered categorical is the whole number of
    its choice. Whether it can be asked while trials are pending, and repeats itself with the same seed, is for the
    searcher to keep: `tuner check` tells.
    """

    searcher: ClassVar[type[Searcher]]
    """The searcher's class."""
    seed_option: ClassVar[str]
    """The keyword that takes its seed."""

    def __init__(self, problem: Problem, *, seed: int, budget: Budget, **options: Value) -> None:
        """Make the searcher; raises `InvalidOption` where it complains, `UnsupportedProblem` about its space."""
        super().__init__(problem, seed=seed, budget=budget)
        known = known_as(self.searcher)
        check_options(type(self).__name__, own_options(type(self)), options, known.checks if known else {})
        self._pending: dict[Configuration, deque[str]] = {}
        self._count = 0
        self._names = {name: f"x{index}" for index, name in enumerate(self.space.names)}
        self._told_as = SearchSpace({self._names[name]: _told_as(p) for name, p in self.space.parameters.items()})
        self._searcher = self._make(options)

    def ask(self, count: int) -> Sequence[Proposal]:
        proposals: list[Proposal] = []
        while len(proposals) < count:
            trial_id = f"trial-{self._count}"
            suggestion = self._suggestion(trial_id)
            if suggestion is None:
                break
            self._count += 1
            configuration = self._decode(suggestion)
            self._pending.setdefault(configuration, deque()).append(trial_id)
            proposals.append(Proposal(configuration))
        return proposals

    def tell(self, result: TrialResult) -> None:
        waiting = self._pending.get(result.trial.configuration)
        with _quiet():
            if not waiting:
                self._add(result)
                return
            self._complete(waiting.popleft(), result)
        if not waiting:
            del self._pending[result.trial.configuration]

    def _suggestion(self, trial_id: str) -> dict[str, object] | None:
        """What the searcher suggests; while nothing is pending it is asked again, as Tune does, but not for ever."""
        for _ in range(1 if self._pending else _MOST_REQUESTS):
            with _quiet():
                suggestion: object = self._searcher.suggest(trial_id)
            if isinstance(suggestion, dict):
                return suggestion
            if suggestion == Searcher.FINISHED:
                break
        return None

    def _complete(self, trial_id: str, result: TrialResult) -> None:
        if result.is_failure:
            self._searcher.on_trial_complete(trial_id, result=None, error=True)
            return
        report = {_METRIC: bounded(result.loss), TRAINING_ITERATION: 1}
        self._searcher.on_trial_result(trial_id, report)
        self._searcher.on_trial_complete(trial_id, result=report)

    def _add(self, result: TrialResult) -> None:
        """Add a trial that this strategy did not propose, where the searcher can learn from such."""
        values = {self._names[name]: value for name, value in self._encode(result.trial.configuration).items()}
        with suppress(NotImplementedError):
            self._searcher.add_evaluated_point(values, bounded(result.loss), error=result.is_failure)

    def _make(self, options: Mapping[str, Value]) -> Searcher:
        seed = {self.seed_option: derive_seed(self.seed, "tune") % 2**31}
        with _quiet():
            try:
                searcher = self.searcher(metric=_METRIC, mode="min", **options, **seed)
            except Exception as error:
                raise InvalidOption(f"{type(self).__name__} cannot be made: {describe(error)}") from error
            try:
                space = dict(param_space_of(self._told_as))
                is_set = searcher.set_search_properties(_METRIC, "min", space, num_samples=self.budget.trials or -1)
            except Exception as error:
                raise UnsupportedProblem(f"{type(self).__name__} takes no such space: {describe(error)}") from error
        if not is_set:
            raise UnsupportedProblem(f"{type(self).__name__} takes no param_space")
        return searcher

    def _encode(self, configuration: Mapping[str, Value]) -> dict[str, Value]:
        parameters = self.space.parameters
        return {name: _encode(parameters[name], value) for name, value in configuration.items()}

    def _decode(self, suggestion: Mapping[str, object]) -> Configuration:
        parameters = self.space.parameters.items()
        return Configuration({name: _decode(p, suggestion[self._names[name]]) for name, p in parameters})


def strategy_of(name: str | type[Searcher]) -> type[SearchStrategy]:
    """The strategy that a searcher of Ray Tune makes, by its name there, the dotted path to it, or its class.

    Its options are the arguments of the searcher's constructor that are strings, numbers or bools. Raises
    `UnknownPlugin`, `BrokenPlugin` for what cannot be a strategy, such as a searcher that takes no seed, or
    `MissingExtra`.
    """
    return _made_of(name) if isinstance(name, str) else _strategy_of(name)


@cache
def _made_of(name: str) -> type[SearcherStrategy]:
    return _strategy_of(find_searcher(name))


def _strategy_of(kind: type[Searcher]) -> type[SearcherStrategy]:
    check_usable(kind)
    known = known_as(kind)
    members = {
        "__doc__": f"Proposes what {kind.__name__} of Ray Tune suggests.",
        "__module__": __name__,
        "__signature__": scalar_options(kind),
        "searcher": kind,
        "seed_option": seed_option(kind),
        "supports": known.supports if known else Feature.MIXED,
        "packages": ("ray", *distributions_of([known.package if known else kind.__module__])),
    }
    return types.new_class(kind.__name__, (SearcherStrategy,), exec_body=lambda body: body.update(members))


def _told_as(parameter: Parameter) -> Parameter:
    """What stands for a parameter in the searcher's space."""
    if isinstance(parameter, Categorical) and parameter.ordered and len(parameter.choices) > 1:
        return Integer(0, len(parameter.choices) - 1)
    return parameter


def _encode(parameter: Parameter, value: Value) -> Value:
    if isinstance(parameter, Categorical) and isinstance(_told_as(parameter), Integer):
        return parameter.choices.index(value)
    return value


def _decode(parameter: Parameter, value: object) -> Value:
    """The parameter's value for what the searcher suggests, clipped where rounding left the range."""
    if isinstance(parameter, Categorical):
        if isinstance(_told_as(parameter), Integer):
            return parameter.choices[round(_number(value))]
        return next(choice for choice in parameter.choices if choice == value)
    number = _number(value)
    if isinstance(parameter, Float):
        return min(max(number, parameter.low), parameter.high)
    return min(max(round(number), parameter.low), parameter.high)


def _number(value: object) -> float:
    assert isinstance(value, SupportsFloat)
    return float(value)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the searcher's library from announcing what it does, for this moment only."""
    level = logging.root.manager.disable
    logging.disable(max(level, logging.INFO))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)
