"""Which configurations were not proposed yet, so that none is proposed twice while there are others."""

from __future__ import annotations

import math

import numpy as np

from ...configuration import Configuration
from ...space import SearchSpace
from .encoding import FloatArray

_LISTED = 2000


class Unseen:
    """Remembers what was proposed or told; a space of at most 2000 configurations is listed in full."""

    def __init__(self, space: SearchSpace) -> None:
        self._space = space
        self._seen: set[Configuration] = set()
        self._all: dict[Configuration, FloatArray] = {}
        if math.prod(parameter.count for parameter in space.parameters.values()) <= _LISTED:
            self._all = {configuration: space.to_unit(configuration) for configuration in space.grid(_LISTED)}

    @property
    def is_listed(self) -> bool:
        """Whether the space is small enough to be listed."""
        return bool(self._all)

    @property
    def is_exhausted(self) -> bool:
        """Whether the space is listed and nothing is left of it."""
        return self.is_listed and self._seen.issuperset(self._all)

    def __contains__(self, configuration: Configuration) -> bool:
        return configuration not in self._seen

    def remove(self, configuration: Configuration) -> None:
        """Note that a configuration was proposed or told."""
        self._seen.add(configuration)

    def start_again(self) -> None:
        """Forget everything: all configurations may be proposed once more."""
        self._seen.clear()

    def listed_points(self) -> FloatArray:
        """The points [n, d] of all that is left of a listed space."""
        return np.array([unit for configuration, unit in self._all.items() if configuration in self])

    def first(self, points: FloatArray) -> Configuration | None:
        """The configuration at the first of the points [n, d] that is not seen yet; None if all are."""
        for point in points:
            configuration = self._space.from_unit(point)
            if configuration in self:
                return configuration
        return None
