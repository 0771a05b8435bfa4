"""Which part of a parameter's range each strategy searched once it had seen half of its trials."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..store import Store
from .pooled_trials import configurations, sampled
from .stored_space import StoredParameter, StoredSpace, space_of

MOST_TRIALS = 500
"""More trials of one strategy on one task are sampled, evenly and always the same ones."""


@dataclass(frozen=True, slots=True)
class Region:
    """Where the trials of one strategy lie in the range of one parameter on one task."""

    task: str
    strategy: str
    parameter: StoredParameter
    quartiles: tuple[float, float, float]
    """Of the places in the range, from 0 to 1, in the last half of each study's trials."""

    @property
    def values(self) -> tuple[float, float, float]:
        """The parameter's values at the quartiles; of an integer not rounded."""
        low, middle, high = self.parameter.at(np.array(self.quartiles)).tolist()
        return low, middle, high


def searched_regions(store: Store, wanted: Mapping[str, Sequence[str]], seed: int = 0) -> tuple[Region, ...]:
    """For each task the regions of these parameters, in this order, one a strategy in the order of the plan.

    Every trial of the last half counts, failed ones and those at a low fidelity too: it is what the strategy proposed.
    Trials in which the parameter is not active do not. Categoricals have no region, nor have tasks whose stored space
    cannot be read.
    """
    groups = [(task, strategy) for task in wanted for strategy in store.strategies]
    halves = _last_halves(store)
    rows = [sampled(halves.get(group, np.empty(0, dtype=np.intp)), MOST_TRIALS, seed) for group in groups]
    texts = dict(zip(groups, configurations(store, rows), strict=True))
    regions: list[Region] = []
    for task, names in wanted.items():
        space = space_of(store, task)
        if space is not None:
            cubes = {strategy: space.units(texts[task, strategy]) for strategy in store.strategies}
            regions += _regions(task, space, cubes, names)
    return tuple(regions)


def _regions(
    task: str, space: StoredSpace, cubes: Mapping[str, NDArray[np.float64]], names: Sequence[str]
) -> Iterator[Region]:
    """Of one task; `cubes` are the places [n, d] of each strategy's trials."""
    columns = {parameter.name: column for column, parameter in enumerate(space.parameters) if parameter.is_number}
    for name in names:
        for strategy, places in cubes.items() if name in columns else ():
            mine = places[:, columns[name]]
            if (known := mine[~np.isnan(mine)]).size:
                low, middle, high = np.quantile(known, [0.25, 0.5, 0.75]).tolist()
                yield Region(task, strategy, space.parameters[columns[name]], (low, middle, high))


def _last_halves(store: Store) -> Mapping[tuple[str, str], NDArray[np.intp]]:
    """The rows of the last half of the trials of each study, by task and strategy."""
    position = store.outcomes["position"]
    by_study = position.groupby(position)
    rows = np.flatnonzero(by_study.cumcount() >= by_study.transform("size") / 2)
    labels = store.studies[["task", "strategy"]]
    codes = labels.groupby(["task", "strategy"], sort=False).ngroup().to_numpy()[position.to_numpy()[rows]]
    groups = labels.drop_duplicates().to_numpy().tolist()
    return {(task, strategy): rows[codes == code] for code, (task, strategy) in enumerate(groups)}
