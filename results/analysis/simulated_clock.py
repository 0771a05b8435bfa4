"""The simulated clock: when trials ran on it, and how well the workers were used."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..store import Store

_KEYS = ("task", "strategy", "parallelism")


@dataclass(frozen=True, slots=True)
class UtilisationRow:
    """The studies of one strategy on one task, on the simulated clock; medians over seeds."""

    task: str
    strategy: str
    workers: int
    trials: float
    makespan: float
    """Seconds on the simulated clock until the last trial ended."""
    in_use: float
    """Share of the workers' time up to then in which they evaluated, in [0, 1]; NaN where no time passed."""


def share_in_use(
    busy: NDArray[np.float64], makespan: NDArray[np.float64], workers: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Of some studies [n], busy / (workers * makespan): all trials' seconds, over those until the last one ended.

    NaN where no time passed.
    """
    available = np.where(makespan > 0, workers * makespan, np.nan)
    share: NDArray[np.float64] = busy / available
    return share


def utilisation(store: Store) -> tuple[UtilisationRow, ...]:
    """One row for each task and strategy with a trial on the simulated clock, in the order of the plan."""
    spans = simulated_spans(store)
    sums = spans.assign(trials=1, busy=spans["ended"] - spans["began"]).groupby("position")
    found = sums.agg({"trials": "sum", "busy": "sum", "ended": "max"}).join(store.studies[[*_KEYS]])
    numbers = (found[name].to_numpy() for name in ("busy", "ended", "parallelism"))
    found["in_use"] = share_in_use(*numbers)
    medians = found.groupby([*_KEYS], sort=False)[["trials", "ended", "in_use"]].median().reset_index()
    return tuple(
        UtilisationRow(
            task=str(row["task"]),
            strategy=str(row["strategy"]),
            workers=int(row["parallelism"]),
            trials=float(row["trials"]),
            makespan=float(row["ended"]),
            in_use=float(row["in_use"]),
        )
        for row in medians.to_dict("records")
    )


def simulated_spans(store: Store) -> pd.DataFrame:
    """When each trial ran on its study's simulated clock, by row of `store.outcomes`; none of those on the wall's.

    position (of its study in `store.studies`), began, ended (seconds).
    """
    is_simulated = (store.studies["clock"] == "simulated").to_numpy(dtype=np.bool_)
    positions = store.outcomes["position"].to_numpy()
    rows = np.flatnonzero(is_simulated[positions])
    if not rows.size:
        return pd.DataFrame({"position": positions[rows], "began": np.empty(0), "ended": np.empty(0)})
    spans = store.pick(rows, "simulated_started", "simulated_finished").set_axis(["began", "ended"], axis=1)
    spans.insert(0, "position", positions[rows])
    return spans.set_index(pd.Index(rows)).dropna()
