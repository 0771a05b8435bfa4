"""A forest fitted to measured configurations, asked what each parameter does and how much that matters."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from tuner.configuration import Configuration, Value
from tuner.space import SearchSpace

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BACKGROUND: Final = 256
"""Points of the unit cube that stand for the whole space."""

_POINTS: Final = 21


class Surrogate:
    """What a random forest makes of values [n] measured at configurations of a space.

    Values far on the bad side would drown all others, so they are pulled in to within three interquartile ranges of
    the middle half. Parameters are seen on their own scale, as coordinates of the unit cube.
    """

    def __init__(
        self, space: SearchSpace, configurations: Sequence[Configuration], values: NDArray[np.float64], *, seed: int
    ) -> None:
        from sklearn.ensemble import RandomForestRegressor

        low, high = np.quantile(values, (0.25, 0.75))
        reach = 3 * (high - low)
        self.space = space
        self.values = np.clip(values, low - reach, high + reach) if reach > 0 else values
        units = np.array([space.to_unit(configuration) for configuration in configurations])
        self._forest = RandomForestRegressor(64, min_samples_leaf=2, oob_score=True, random_state=seed)
        self._forest.fit(units, self.values)
        self._background = np.random.default_rng(seed).random((_BACKGROUND, len(space)))

    @property
    def explained(self) -> float:
        """The share of the values' variance that trees explain which did not see them; 0 where that is negative."""
        return max(0.0, float(self._forest.oob_score_)) if np.ptp(self.values) else 0.0

    def dependence(self, name: str) -> tuple[list[Value], list[float]]:
        """Settings of a parameter over its range, and the mean prediction at each."""
        settings: list[Value] = list(self.space.parameters[name].grid(_POINTS))
        return settings, self.means(name, settings)

    def means(self, name: str, settings: Sequence[Value]) -> list[float]:
        """The mean prediction with one parameter at each of these settings and the others anywhere."""
        index, default = self.space.names.index(name), self.space.default()
        units = np.tile(self._background, (len(settings), 1, 1))
        for number, setting in enumerate(settings):
            units[number, :, index] = self.space.to_unit({**default, name: setting})[index]
        predictions = self._forest.predict(units.reshape(-1, len(self.space)))
        means: list[float] = predictions.reshape(len(settings), -1).mean(axis=1).tolist()
        return means

    @functools.cached_property
    def importance(self) -> dict[str, float]:
        """The share of the forest's variance over the space that each parameter explains by itself."""
        total = float(self._forest.predict(self._background).var())
        shares = {name: float(np.var(self.dependence(name)[1])) / total if total else 0.0 for name in self.space.names}
        scale = max(1.0, sum(shares.values()))  # both variances are estimates
        return {name: share / scale for name, share in shares.items()}
