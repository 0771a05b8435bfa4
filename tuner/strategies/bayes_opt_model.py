"""The space, Gaussian process and acquisition functions of the package bayesian-optimization."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
from bayes_opt.acquisition import (
    AcquisitionFunction,
    ExpectedImprovement,
    ProbabilityOfImprovement,
    UpperConfidenceBound,
)
from bayes_opt.parameter import wrap_kernel
from bayes_opt.target_space import TargetSpace
from numpy.typing import NDArray
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import Matern

from ..configuration import Configuration, Value
from ..parameter import Categorical, Integer, Parameter
from ..space import SearchSpace

Point: TypeAlias = tuple[float, ...]
"""Coordinates in the space of the package: one a number, one for each choice of a one-hot categorical."""
Bounds: TypeAlias = tuple[float, float] | tuple[str, ...]
"""The ends of a number's range, or the names of choices."""
_STEP = 1e-9
"""How far apart repeated points are told, since the package refuses to be told one twice."""


class BayesOptModel:
    """Suggests what the package's BayesianOptimization would, with the same Gaussian process."""

    def __init__(
        self, space: SearchSpace, acquisition: AcquisitionFunction, seed: int, n_random: int, n_smart: int
    ) -> None:
        self._parameters = space.parameters
        self._bounds = {name: _bounds_of(p) for name, p in space.parameters.items()}
        self._empty = _empty_space(self._bounds)
        self._acquisition = acquisition
        self._sizes = n_random, n_smart
        self._random_state = np.random.RandomState(seed)
        self._process = GaussianProcessRegressor(
            kernel=wrap_kernel(Matern(nu=2.5), transform=self._empty.kernel_transform),
            alpha=1e-6,
            normalize_y=True,
            n_restarts_optimizer=5,
            random_state=self._random_state,
        )

    def random_point(self) -> Point:
        """A point drawn from the space."""
        return _plain(self._empty.random_sample(random_state=self._random_state))

    def suggest(self, known: Sequence[tuple[Point, float]]) -> Point:
        """The point that maximises the acquisition function, given at least one point and its loss."""
        space = _empty_space(self._bounds)
        times: Counter[Point] = Counter()
        for point, loss in known:
            space.register(np.array(_apart(point, times[point])), -loss)
            times[point] += 1
        n_random, n_smart = self._sizes
        try:
            found = self._acquisition.suggest(
                self._process, space, n_random=n_random, n_smart=n_smart, random_state=self._random_state
            )
        except RuntimeError:  # differential evolution has not converged
            return self.random_point()
        return _plain(found)

    def encode(self, configuration: Configuration) -> Point:
        """The point that stands for a configuration."""
        coordinates: list[float] = []
        for name, parameter in self._parameters.items():
            coordinates += _encode(parameter, configuration[name])
        return tuple(coordinates)

    def decode(self, point: Point) -> Configuration:
        """The configuration nearest to a point."""
        values = self._empty.array_to_params(np.array(point))
        return Configuration({name: _decode(p, values[name]) for name, p in self._parameters.items()})


def acquisition_of(name: str, kappa: float, xi: float) -> AcquisitionFunction:
    """The acquisition function of the package that goes by a short name."""
    if name == "ucb":
        return UpperConfidenceBound(kappa=kappa)
    return ExpectedImprovement(xi=xi) if name == "ei" else ProbabilityOfImprovement(xi=xi)


def _empty_space(bounds: Mapping[str, Bounds]) -> TargetSpace:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Non-float parameters are experimental")
        return TargetSpace(None, bounds)


def _bounds_of(parameter: Parameter) -> Bounds:
    """One-hot only where the choices have no order and there are at least two: the package allows no fewer."""
    if isinstance(parameter, Categorical) and _is_one_hot(parameter):
        return tuple(map(str, range(len(parameter.choices))))
    return (0.0, 1.0)


def _encode(parameter: Parameter, value: Value) -> list[float]:
    if isinstance(parameter, Categorical):
        return [float(value == c) for c in parameter.choices] if _is_one_hot(parameter) else [parameter.to_unit(value)]
    assert not isinstance(value, str)
    return [parameter.to_unit(int(value)) if isinstance(parameter, Integer) else parameter.to_unit(value)]


def _decode(parameter: Parameter, found: object) -> Value:
    if isinstance(parameter, Categorical) and _is_one_hot(parameter):
        return parameter.choices[int(str(found))]
    (value,) = parameter.from_units(np.array([found], dtype=np.float64))
    return value


def _is_one_hot(parameter: Parameter) -> bool:
    return isinstance(parameter, Categorical) and not parameter.ordered and len(parameter.choices) > 1


def _apart(point: Point, times: int) -> Point:
    """The point, moved a little for each time that it was told before; it stays in the unit cube."""
    return tuple([x + times * _STEP * (1 if x < 0.5 else -1) for x in point]) if times else point


def _plain(array: NDArray[np.floating]) -> Point:
    return tuple(np.asarray(array, dtype=np.float64).tolist())
