"""What hyperopt knows of a study: its domain, and its documents of trials."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from functools import partial

from hyperopt import JOB_STATE_DONE, STATUS_FAIL, STATUS_OK, Trials, anneal, hp, tpe
from hyperopt.base import Domain

from ..configuration import Configuration, Value
from ..parameter import Categorical, Float, Integer, Parameter
from ..space import SearchSpace

Number = int | float


class HyperoptHistory:
    """Trials as hyperopt keeps them, and its algorithm that suggests the next.

    The domain is flat: hyperopt models each parameter by itself, so that a conditional one needs no more than that
    the trials in which it was not active have no value of it.
    """

    def __init__(self, space: SearchSpace, algorithm: str, options: Mapping[str, Number]) -> None:
        self._space = space
        self._trials = Trials()
        self._documents: list[dict[str, object]] = []
        self._pending: dict[Configuration, deque[int]] = {}
        self._domain = Domain(None, {name: _dimension_of(name, p) for name, p in space.parameters.items()})
        self._suggest = partial(tpe.suggest, verbose=False) if algorithm == "tpe" else anneal.suggest
        self._options = options

    def __len__(self) -> int:
        return len(self._trials)

    def suggest(self, seed: int) -> Configuration:
        """A configuration, which is pending from now on."""
        (document,) = self._suggest([len(self)], self._domain, self._trials, seed, **self._options)
        suggested = document["misc"]["vals"]
        values = {name: _decode(p, suggested[name][0]) for name, p in self._space.parameters.items()}
        configuration = self._space.restrict(values)
        self._pending.setdefault(configuration, deque()).append(self._add(configuration))
        return configuration

    def record(self, configuration: Configuration, loss: float | None) -> None:
        """How a trial ended, pending or not; None for a failure."""
        waiting = self._pending.get(configuration)
        number = waiting.popleft() if waiting else self._add(configuration)
        if waiting is not None and not waiting:
            del self._pending[configuration]
        document = self._trials.trials[number]
        document["state"] = JOB_STATE_DONE
        document["result"] = {"status": STATUS_FAIL} if loss is None else {"status": STATUS_OK, "loss": loss}

    def _add(self, configuration: Configuration) -> int:
        """Add a trial that has not ended; returns its number."""
        number = len(self)
        parameters = self._space.parameters
        told = {
            name: [_encode(p, configuration[name])] if name in configuration else [] for name, p in parameters.items()
        }
        misc = {
            "tid": number,
            "cmd": self._domain.cmd,
            "workdir": None,
            "idxs": {name: [number] * len(values) for name, values in told.items()},
            "vals": told,
        }
        self._trials.insert_trial_docs(
            self._trials.new_trial_docs([number], [None], [self._domain.new_result()], [misc])
        )
        self._trials.refresh()
        return number


def _dimension_of(name: str, parameter: Parameter) -> object:
    """What hyperopt calls a parameter; whole numbers own the same share of the range as they do in the space."""
    if isinstance(parameter, Float):
        if parameter.log:
            return hp.loguniform(name, math.log(parameter.low), math.log(parameter.high))
        return hp.uniform(name, parameter.low, parameter.high)
    if isinstance(parameter, Integer):
        low, high = parameter.low - 0.5, parameter.high + 0.5
        return (
            hp.qloguniform(name, math.log(low), math.log(high), 1) if parameter.log else hp.quniform(name, low, high, 1)
        )
    size = len(parameter.choices)
    return hp.quniform(name, -0.5, size - 0.5, 1) if parameter.ordered else hp.randint(name, size)


def _encode(parameter: Parameter, value: Value) -> Number:
    if isinstance(parameter, Categorical):
        return parameter.choices.index(value)
    assert not isinstance(value, str)
    return value


def _decode(parameter: Parameter, suggested: Number) -> Value:
    """The parameter's value for a numpy scalar, clipped where rounding left the range."""
    if isinstance(parameter, Float):
        return min(max(float(suggested), parameter.low), parameter.high)
    number = round(float(suggested))
    if isinstance(parameter, Integer):
        return min(max(number, parameter.low), parameter.high)
    return parameter.choices[min(max(number, 0), len(parameter.choices) - 1)]
