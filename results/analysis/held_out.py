"""Validation against held-out data: does the incumbent keep what it promised?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..store import Store


@dataclass(frozen=True, slots=True)
class HeldOutRow:
    """The final incumbents of one strategy on one task, averaged over seeds."""

    task: str
    strategy: str
    name: str
    """Which held-out value: the first that the task reports."""
    validation: float
    """Mean of the incumbents' first objective, as measured, on validation data."""
    held_out: float
    """Mean of the same trials' held-out value, which no strategy saw."""
    goal: str
    """`minimize` or `maximize`, of the first objective."""


def held_out(store: Store) -> tuple[HeldOutRow, ...]:
    """One row for each task and strategy with held-out values, in the order of the plan.

    Tasks with several objectives have none: no single trial is their best.
    """
    has_one = (store.studies["objectives"].map(len) == 1).to_numpy()[store.outcomes["position"]]
    rows = _incumbents(store.outcomes[["position", "trial", "loss"]].assign(full=store.outcomes["full"] & has_one))
    found = store.pick(rows, "value", "held_out")
    studies = store.studies.loc[store.outcomes["position"].to_numpy()[rows], ["task", "strategy"]]
    found = found.assign(task=studies["task"].to_numpy(), strategy=studies["strategy"].to_numpy())
    found = found[found["held_out"].map(bool).astype(bool)]
    found["name"] = found["held_out"].map(lambda values: next(iter(values)))
    found["first"] = [values[name] for values, name in zip(found["held_out"], found["name"], strict=True)]
    goals = store.studies.drop_duplicates("task").set_index("task")["goals"]
    means = found.groupby(["task", "strategy", "name"], sort=False)[["value", "first"]].mean().reset_index()
    return tuple(
        HeldOutRow(row["task"], row["strategy"], row["name"], row["value"], row["first"], goals[row["task"]][0])
        for row in means.to_dict("records")
    )


def _incumbents(outcomes: pd.DataFrame) -> NDArray[np.intp]:
    """The row in `outcomes` of each study's best trial at the highest fidelity; of equals the first."""
    able = np.flatnonzero(outcomes["full"] & outcomes["loss"].notna())
    position, trial, loss = (outcomes[name].to_numpy()[able] for name in ("position", "trial", "loss"))
    order = np.lexsort((trial, loss, position))
    _, first = np.unique(position[order], return_index=True)
    return able[order[first]]
