"""The trials of one task, pooled over strategies and seeds, at their places in the search space."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata

from ..store import Store
from .stored_space import StoredSpace, space_of

MOST_TRIALS = 1000
"""More trials than these are sampled, evenly and always the same ones."""


@dataclass(frozen=True, slots=True)
class PooledTrials:
    """Successful trials at the highest fidelity."""

    task: str
    space: StoredSpace
    strategies: tuple[str, ...]
    """Whose trial each is [n]."""
    units: NDArray[np.float64]
    """Their places in the unit cube [n, d]; NaN where a parameter is not active."""
    losses: NDArray[np.float64]
    """Of the first objective, lower is better [n]."""
    total: int
    """How many there are in the store, of which these are a sample."""

    @property
    def ranks(self) -> NDArray[np.float64]:
        """The share of these trials with a lower loss, ties counted half [n], in [0, 1]: 0 is best."""
        ranks: NDArray[np.float64] = (rankdata(self.losses) - 0.5) / max(len(self.losses), 1)
        return ranks


def pooled_trials(
    store: Store, tasks: Sequence[str], *, most: int = MOST_TRIALS, best_share: float = 1.0, seed: int = 0
) -> dict[str, PooledTrials]:
    """For each of the tasks its trials, or a sample of `most` of them; none for one whose space cannot be read.

    With `best_share` only of this share of them, those with the lowest losses.
    """
    readable = {task: space for task in tasks if (space := space_of(store, task)) is not None}
    able = {task: _best(store, rows, best_share) for task, rows in _successes(store, readable).items()}
    chosen = {task: sampled(rows, most, seed) for task, rows in able.items()}
    texts = configurations(store, list(chosen.values()))
    return {
        task: PooledTrials(
            task,
            space,
            strategies=_strategies(store, chosen[task]),
            units=space.units(mine),
            losses=store.outcomes["loss"].to_numpy()[chosen[task]],
            total=able[task].size,
        )
        for (task, space), mine in zip(readable.items(), texts, strict=True)
    }


def configurations(store: Store, groups: Sequence[NDArray[np.intp]]) -> list[list[str]]:
    """The configurations of the trials in these rows of `outcomes`, as canonical JSON, group by group, read at once."""
    ends = np.cumsum([rows.size for rows in groups])
    texts = store.pick(np.concatenate([*groups, np.empty(0, dtype=np.intp)]), "configuration")["configuration"].tolist()
    return [texts[end - rows.size : end] for end, rows in zip(ends, groups, strict=True)]


def sampled(rows: NDArray[np.intp], most: int, seed: int = 0) -> NDArray[np.intp]:
    """At most so many of the rows, drawn evenly without repetition, in their order."""
    if rows.size <= most:
        return rows
    drawn: NDArray[np.intp] = np.sort(np.random.default_rng(seed).choice(rows, size=most, replace=False))
    return drawn


def _successes(store: Store, tasks: Iterable[str]) -> dict[str, NDArray[np.intp]]:
    """The rows of the successful trials at the highest fidelity, task by task."""
    outcomes = store.outcomes
    rows = np.flatnonzero(outcomes["full"] & outcomes["loss"].notna())
    codes = pd.Categorical(store.studies["task"], categories=store.tasks).codes[outcomes["position"].to_numpy()[rows]]
    return {task: rows[codes == store.tasks.index(task)] for task in tasks}


def _best(store: Store, rows: NDArray[np.intp], share: float) -> NDArray[np.intp]:
    if share >= 1.0:
        return rows
    order = np.argsort(store.outcomes["loss"].to_numpy()[rows], kind="stable")
    best: NDArray[np.intp] = np.sort(rows[order[: int(np.ceil(share * rows.size))]])
    return best


def _strategies(store: Store, rows: NDArray[np.intp]) -> tuple[str, ...]:
    """Whose trial is in each of these rows."""
    return tuple(store.studies["strategy"].to_numpy()[store.outcomes["position"].to_numpy()[rows]].tolist())
