"""The experiment of a study as Ax keeps it, without its logging."""

from __future__ import annotations

import logging
import warnings
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal

from ax.api.client import Client
from ax.api.configs import ChoiceParameterConfig, RangeParameterConfig
from ax.exceptions.core import DataRequiredError, OptimizationComplete, SearchSpaceExhausted
from ax.exceptions.generation_strategy import MaxParallelismReachedException

from ..configuration import Configuration, Value
from ..parameter import Categorical, Float, Integer, Parameter
from ..space import SearchSpace


class AxExperiment:
    """A client of Ax, and which of its trials are pending."""

    def __init__(self, space: SearchSpace, objectives: int, seed: int, size: int, *, with_center: bool) -> None:
        self._space = space
        self._names = [f"loss{number}" for number in range(objectives)]
        self._pending: dict[Configuration, deque[int]] = {}
        self._client = Client(random_seed=seed)
        with _quiet():
            self._client.configure_experiment(
                [_parameter_of(f"p{i}", p) for i, p in enumerate(space.parameters.values())]
            )
            self._client.configure_optimization(", ".join(f"-{name}" for name in self._names))
            self._client.configure_generation_strategy(
                initialization_budget=size, initialization_random_seed=seed, initialize_with_center=with_center
            )

    def suggest(self, count: int) -> list[Configuration]:
        """At most `count` configurations, which are pending from now on; fewer where Ax waits or has no more."""
        try:
            with _quiet():
                found = self._client.get_next_trials(count)
        except (DataRequiredError, MaxParallelismReachedException, OptimizationComplete, SearchSpaceExhausted):
            return []
        return [self._await(index, values) for index, values in found.items()]

    def record(self, configuration: Configuration, losses: Sequence[float]) -> None:
        """How a trial ended, pending or not; no losses for a failure."""
        with _quiet():
            waiting = self._pending.get(configuration)
            index = waiting.popleft() if waiting else self._client.attach_trial(self._encode(configuration))
            if waiting is not None and not waiting:
                del self._pending[configuration]
            if losses:
                self._client.complete_trial(index, dict(zip(self._names, losses, strict=True)))
            else:
                self._client.mark_trial_failed(index)

    def _await(self, index: int, values: Mapping[str, Value]) -> Configuration:
        parameters = self._space.parameters.items()
        configuration = Configuration({name: _decode(p, values[f"p{i}"]) for i, (name, p) in enumerate(parameters)})
        self._pending.setdefault(configuration, deque()).append(index)
        return configuration

    def _encode(self, configuration: Configuration) -> dict[str, Value]:
        parameters = self._space.parameters.items()
        return {f"p{i}": _encode(p, configuration[name]) for i, (name, p) in enumerate(parameters)}


def _parameter_of(name: str, parameter: Parameter) -> RangeParameterConfig | ChoiceParameterConfig:
    """Ax names are plain; a choice is known by its index, which is a number only where the order means something."""
    if isinstance(parameter, Categorical):
        indices = range(len(parameter.choices))
        if parameter.ordered:
            return ChoiceParameterConfig(name, list(indices), "int", is_ordered=True)
        return ChoiceParameterConfig(name, list(map(str, indices)), "str", is_ordered=False)
    kind: Literal["float", "int"] = "float" if isinstance(parameter, Float) else "int"
    bounds = (parameter.low, parameter.high)
    return RangeParameterConfig(name, bounds, kind, scaling="log" if parameter.log else "linear")


def _encode(parameter: Parameter, value: Value) -> Value:
    if isinstance(parameter, Categorical):
        index = parameter.choices.index(value)
        return index if parameter.ordered else str(index)
    return value


def _decode(parameter: Parameter, found: Value) -> Value:
    """The parameter's value, clipped where rounding left the range."""
    if isinstance(parameter, Categorical):
        return parameter.choices[int(found)]
    number = int(found) if isinstance(parameter, Integer) else float(found)
    return min(max(number, parameter.low), parameter.high)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence, for this moment, what Ax reports of each trial, and what it and BoTorch warn of."""
    known = logging.root.manager.loggerDict.items()
    loggers = [one for name, one in known if name.partition(".")[0] == "ax" and isinstance(one, logging.Logger)]
    before = [logger.disabled for logger in loggers]  # each has a level of its own, and setting one takes long
    for logger in loggers:
        logger.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, was_disabled in zip(loggers, before, strict=True):
            logger.disabled = was_disabled
