"""What the trials cost, and what the strategies took for themselves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..store import Store


@dataclass(frozen=True, slots=True)
class CostRow:
    """The seconds of one strategy on one task, summed over its studies."""

    strategy: str
    task: str
    evaluation_seconds: float
    ask_seconds: float
    """The strategy's own time to propose."""
    tell_seconds: float
    """The strategy's own time to learn."""
    trials: int
    own_seconds_per_trial: float
    """(ask + tell) / trials."""


def costs(store: Store) -> tuple[CostRow, ...]:
    """One row for each task and strategy with a trial, in the order of the plan."""
    studies = store.studies
    sums = study_sums(store).groupby([studies["task"], studies["strategy"]], sort=False).sum()
    return tuple(
        CostRow(
            strategy=str(row["strategy"]),
            task=str(row["task"]),
            evaluation_seconds=float(row["evaluation_seconds"]),
            ask_seconds=float(row["ask_seconds"]),
            tell_seconds=float(row["tell_seconds"]),
            trials=int(row["trials"]),
            own_seconds_per_trial=float(row["own_seconds"]) / float(row["trials"]),
        )
        for row in sums[sums["trials"] > 0].reset_index().to_dict("records")
    )


def study_sums(store: Store) -> pd.DataFrame:
    """Sums over the trials of each study, one row a study as in `store.studies`.

    trials, failures, evaluation_seconds, ask_seconds, tell_seconds, own_seconds (of asking and telling).
    """
    outcomes = store.outcomes
    position, count = outcomes["position"].to_numpy(), len(store.studies)
    sums = pd.DataFrame(
        {
            "trials": np.bincount(position, minlength=count),
            "failures": np.bincount(position, weights=outcomes["status"] != "ok", minlength=count),
            "evaluation_seconds": np.bincount(position, weights=outcomes["seconds"], minlength=count),
            "ask_seconds": np.bincount(position, weights=outcomes["ask_seconds"], minlength=count),
            "tell_seconds": np.bincount(position, weights=outcomes["tell_seconds"], minlength=count),
        }
    )
    sums["own_seconds"] = sums["ask_seconds"] + sums["tell_seconds"]
    return sums
