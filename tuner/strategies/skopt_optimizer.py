"""Shared base of the strategies whose proposals come from the Optimizer of scikit-optimize."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import fmean
from typing import ClassVar, SupportsFloat, TypeAlias

from sklearn.exceptions import ConvergenceWarning
from skopt import Optimizer
from skopt.space import Categorical as Choice
from skopt.space import Integer as Whole
from skopt.space import Real
from skopt.utils import cook_estimator

from ..configuration import Configuration, Value
from ..errors import InvalidOption
from ..parameter import Categorical, Float, Integer, Parameter
from ..problem import Budget, Feature, Problem
from ..seeds import derive_seed
from ..strategy import SearchStrategy
from ..trial import Proposal, TrialResult
from .bounded_loss import bounded
from .option_checks import not_negative, one_of, whole

ACQUISITIONS = ("gp_hedge", "EI", "LCB", "PI")
"""The acquisition functions on offer; MES and PVRS draw from numpy's global generator, EIps and PIps need times."""
DESIGNS = ("random", "sobol", "halton", "hammersly", "lhs", "grid")
LIES = ("cl_min", "cl_mean", "cl_max")

Point: TypeAlias = list[float | int]
"""One number for each parameter: what the Optimizer calls a configuration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SkoptOptions:
    """What skopt.Optimizer is told, whatever its model; names and defaults are its own."""

    n_initial_points: int = 10
    initial_point_generator: str = "random"
    acq_func: str = "gp_hedge"
    acq_optimizer: str = "auto"
    n_points: int = 10_000
    n_restarts_optimizer: int = 5
    xi: float = 0.01
    kappa: float = 1.96
    strategy: str = "cl_min"

    def __post_init__(self) -> None:
        whole("n_initial_points", self.n_initial_points, 1)
        one_of("initial_point_generator", self.initial_point_generator, DESIGNS)
        one_of("acq_func", self.acq_func, ACQUISITIONS)
        one_of("acq_optimizer", self.acq_optimizer, ("auto", "sampling", "lbfgs"))
        whole("n_points", self.n_points, 1)
        whole("n_restarts_optimizer", self.n_restarts_optimizer, 1)
        not_negative("xi", self.xi)
        not_negative("kappa", self.kappa)
        one_of("strategy", self.strategy, LIES)


class SkoptOptimizer(SearchStrategy):
    """Proposes what a skopt.Optimizer with a given model asks for.

    A failed trial is told as the worst loss seen so far; while none is known it is kept back, and proposals stay
    away from it as from a pending one. A batch, and any proposal made while others are pending, is greedy by the
    constant liar: each earlier proposal is told to a copy of the optimizer with the loss that `strategy` names, and
    the copy is asked for the next. A point that would come twice is replaced by a random one, as skopt does. An
    ordered categorical is a whole number to skopt; the choices of any other are encoded one-hot, or for a forest
    as skopt sees fit.
    """

    supports: ClassVar[Feature] = Feature.MIXED
    packages: ClassVar[tuple[str, ...]] = ("scikit-optimize", "scikit-learn")

    def __init__(
        self, problem: Problem, *, seed: int, budget: Budget, model: str, options: SkoptOptions, **model_options: int
    ) -> None:
        """Start an optimizer with skopt's default `model` ("GP", "RF" or "ET"), changed by `model_options`."""
        super().__init__(problem, seed=seed, budget=budget)
        self._options = options
        self._pending: list[Point] = []
        self._unscored: list[Point] = []
        dimensions = [dimension_of(parameter) for parameter in self.space.parameters.values()]
        random_state = derive_seed(seed, "skopt model") % 2**32
        estimator = cook_estimator(model, space=dimensions, random_state=random_state, n_jobs=1, **model_options)
        self._optimizer = _make_optimizer(dimensions, estimator, options, derive_seed(seed, "skopt") % 2**32)

    def ask(self, count: int) -> Sequence[Proposal]:
        if count < 1:
            return []
        with _quiet():
            points = self._next_points(count)
        configurations = [self._decode(point) for point in points]
        self._pending.extend(self._encode(configuration) for configuration in configurations)
        return [Proposal(configuration) for configuration in configurations]

    def tell(self, result: TrialResult) -> None:
        point = self._encode(result.trial.configuration)
        if point in self._pending:
            self._pending.remove(point)
        if not result.is_failure:
            self._learn(point, bounded(result.loss))
        elif self._optimizer.yi:
            self._learn(point, max(self._optimizer.yi))
        else:
            self._unscored.append(point)

    def _next_points(self, count: int) -> Sequence[Sequence[object]]:
        optimizer = self._optimizer
        unknown = self._unscored + self._pending
        if unknown:
            known = optimizer.yi
            optimizer = optimizer.copy(random_state=optimizer.rng.randint(0, 2**31 - 1))
            optimizer.tell(unknown, [_lie(known, self._options.strategy)] * len(unknown))
        if count == 1:
            return [optimizer.ask()]
        points: Sequence[Sequence[object]] = optimizer.ask(n_points=count, strategy=self._options.strategy)
        return points

    def _learn(self, point: Point, loss: float) -> None:
        """Tell a loss, and fit the model once the last pending trial has ended."""
        with _quiet():
            if self._unscored:
                self._optimizer.tell(self._unscored, [loss] * len(self._unscored), fit=False)
                self._unscored = []
            self._optimizer.tell(point, loss, fit=not self._pending)

    def _encode(self, configuration: Mapping[str, Value]) -> Point:
        return [encode(parameter, configuration[name]) for name, parameter in self.space.parameters.items()]

    def _decode(self, point: Sequence[object]) -> Configuration:
        parameters = self.space.parameters.items()
        return Configuration({name: decode(p, value) for (name, p), value in zip(parameters, point, strict=True)})


def dimension_of(parameter: Parameter) -> object:
    """The dimension of skopt that stands for a parameter; a choice is known by its index."""
    if isinstance(parameter, Categorical):
        last = len(parameter.choices) - 1
        return Whole(0, last) if parameter.ordered and last else Choice(tuple(range(last + 1)))
    prior = "log-uniform" if parameter.log else "uniform"
    kind = Real if isinstance(parameter, Float) else Whole
    return kind(parameter.low, parameter.high, prior=prior)


def encode(parameter: Parameter, value: Value) -> float | int:
    """What skopt calls a value of the parameter."""
    if isinstance(parameter, Categorical):
        return parameter.choices.index(value)
    assert not isinstance(value, str)
    return value


def decode(parameter: Parameter, value: object) -> Value:
    """The parameter's value for what skopt asks for (a numpy scalar), clipped where rounding left the range."""
    assert isinstance(value, SupportsFloat)
    if isinstance(parameter, Float):
        return min(max(float(value), parameter.low), parameter.high)
    number = round(float(value))
    if isinstance(parameter, Integer):
        return min(max(number, parameter.low), parameter.high)
    return parameter.choices[number]


def _make_optimizer(dimensions: Sequence[object], estimator: object, options: SkoptOptions, seed: int) -> Optimizer:
    try:
        return Optimizer(
            dimensions,
            base_estimator=estimator,
            n_initial_points=options.n_initial_points,
            initial_point_generator=options.initial_point_generator,
            acq_func=options.acq_func,
            acq_optimizer=options.acq_optimizer,
            random_state=seed,
            model_queue_size=1,
            acq_func_kwargs={"xi": options.xi, "kappa": options.kappa},
            acq_optimizer_kwargs={"n_points": options.n_points, "n_restarts_optimizer": options.n_restarts_optimizer},
        )
    except ValueError as error:
        raise InvalidOption(" ".join(str(error).split())) from error


def _lie(known: Sequence[float], strategy: str) -> float:
    """The loss that stands for an unknown one, as in skopt; 0 while no loss is known."""
    if not known:
        return 0.0
    if strategy == "cl_mean":
        return fmean(known)
    return min(known) if strategy == "cl_min" else max(known)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence, for this moment, what skopt says of a repeated point and scikit-learn of a fit that could be better."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The objective has been evaluated at point")
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield
