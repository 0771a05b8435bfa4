"""From the unit cube to the features between which a kernel measures distances."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...parameter import Categorical, Integer, Parameter
from ...space import Condition, SearchSpace

FloatArray: TypeAlias = NDArray[np.float64]
BoolArray: TypeAlias = NDArray[np.bool_]
IndexArray: TypeAlias = NDArray[np.intp]

MANY = 12
"""An integer with more values than this is a real number to a gradient, and only its neighbours are tried after it."""
_LIFT = 0.5
"""How far an absent number lies from the line on which the present ones lie."""


class Encoding:
    """Maps points [n, d] of a space's unit cube to features [n, m], where every parameter owns some columns.

    A number or an ordered choice is its unit coordinate less a half; an unordered choice is one-hot, scaled so that
    two choices are 1 apart. A parameter that conditions can switch off owns one column more: where it is absent it
    stands half a unit above the middle of its line, or is a choice of its own. So it adds nothing to the distance of
    two points that lack it, its usual distance between two that have it, and 0.5 to 0.71 (1 for a choice) between
    one that has it and one that lacks it. These are Euclidean distances, so that a kernel that is positive definite
    in every dimension, such as Matern's, is positive definite here. The idea is that of the arc kernel, with a
    straight line for the arc: Swersky et al., Raiders of the Lost Architecture, arXiv:1409.4011.
    """

    def __init__(self, space: SearchSpace) -> None:
        self.space = space
        self.parameters: tuple[Parameter, ...] = tuple(space.parameters.values())
        self.is_relaxed: BoolArray = np.array([_is_relaxed(parameter) for parameter in self.parameters])
        """Which parameters [d] vary so smoothly that a gradient helps."""
        switched = {condition.parameter for condition in space.conditions}
        widths = [_width(p) + (name in switched) for name, p in space.parameters.items()]
        self.owners: IndexArray = np.repeat(np.arange(len(widths)), widths)
        """The parameter to which each column [m] belongs."""
        self.first_column: IndexArray = np.cumsum([0, *widths[:-1]]).astype(np.intp)
        """The first column [d] of each parameter: a number's unit coordinate."""
        self._last_column: IndexArray = self.first_column + widths - 1
        self._is_choice: BoolArray = np.array([_is_unordered(parameter) for parameter in self.parameters])
        self._is_lifted: BoolArray = ~self._is_choice & (self._last_column > self.first_column)
        self._places = {name: index for index, name in enumerate(space.names)}
        self._allowed = [(condition, _allowed(space, condition)) for condition in space.conditions]

    def snap(self, units: FloatArray) -> FloatArray:
        """The points at which the configurations of `units` stand: integers rounded, choices in their middles."""
        snapped = np.clip(units, 0.0, 1.0)
        for index, parameter in enumerate(self.parameters):
            if isinstance(parameter, Categorical):
                snapped[:, index] = (self._values(snapped, index) + 0.5) / len(parameter.choices)
            elif isinstance(parameter, Integer):
                snapped[:, index] = _to_units(parameter, self._values(snapped, index))
        return snapped

    def present(self, units: FloatArray) -> BoolArray:
        """Which parameters are active at each point, [n, d]."""
        active = np.ones(units.shape, dtype=np.bool_)
        parents = {condition.parent for condition, _ in self._allowed}
        values = {parent: self._values(units, self._places[parent]) for parent in parents}
        for _ in parents:  # a parent may stand after its child, and a chain is at most as long as there are parents
            for condition, allowed in self._allowed:
                meets = active[:, self._places[condition.parent]] & np.isin(values[condition.parent], allowed)
                active[:, self._places[condition.parameter]] &= meets
        return active

    def features(self, units: FloatArray, present: BoolArray) -> FloatArray:
        """The features [n, m] of points [n, d]; integers and choices are taken as they stand, not rounded."""
        features = np.zeros((len(units), len(self.owners)))
        numbers, lifted = ~self._is_choice, self._is_lifted
        features[:, self.first_column[numbers]] = (units[:, numbers] - 0.5) * present[:, numbers]
        features[:, self._last_column[lifted]] = _LIFT * ~present[:, lifted]
        for index in np.flatnonzero(self._is_choice).tolist():
            chosen = self.first_column[index] + self._values(units, index).astype(np.intp)
            columns = np.where(present[:, index], chosen, self._last_column[index])
            features[np.arange(len(units)), columns] = math.sqrt(0.5)
        return features

    def _values(self, units: FloatArray, index: int) -> FloatArray:
        """A parameter's values at points [n, d]; of a choice its position."""
        parameter = self.parameters[index]
        if isinstance(parameter, Categorical):
            size = len(parameter.choices)
            return np.clip(np.floor(units[:, index] * size), 0, size - 1)
        return np.array(parameter.from_units(units[:, index]), dtype=np.float64)


def _is_relaxed(parameter: Parameter) -> bool:
    return not isinstance(parameter, Categorical) and parameter.count > MANY


def _is_unordered(parameter: Parameter) -> bool:
    return isinstance(parameter, Categorical) and not parameter.ordered


def _width(parameter: Parameter) -> int:
    return int(parameter.count) if _is_unordered(parameter) else 1


def _allowed(space: SearchSpace, condition: Condition) -> list[float]:
    """The parent's values that meet a condition; of a choice their positions."""
    parent = space.parameters[condition.parent]
    if isinstance(parent, Categorical):
        return [float(parent.choices.index(value)) for value in condition.values]
    return [float(value) for value in condition.values]


def _to_units(parameter: Integer, values: FloatArray) -> FloatArray:
    """`Integer.to_unit` of many values."""
    known, places = np.unique(values, return_inverse=True)
    return np.array([parameter.to_unit(int(value)) for value in known])[places]
