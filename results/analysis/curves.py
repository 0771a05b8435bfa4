"""Anytime performance: the best loss so far after each trial of each study."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..store import Store


@dataclass(frozen=True, slots=True)
class TaskCurves:
    """The incumbents of all studies of one task, for its first objective."""

    task: str
    objective: str
    """Name of the first objective."""
    goal: str
    """`minimize` or `maximize`; the losses are negated values where it is `maximize`."""
    strategies: tuple[str, ...]
    seeds: tuple[int, ...]
    losses: NDArray[np.float64]
    """Lowest loss after each trial [strategies, seeds, trials]. NaN until the first success, and throughout for a
    study that did not run. A failure spends budget and leaves the incumbent as it was; a study that ended early keeps
    its last incumbent up to the longest budget of the task."""
    ran: NDArray[np.bool_] = field(default_factory=lambda: np.array(True))
    """Whether the study has any trial [strategies, seeds]: False where it was skipped, or is still to come. By
    default all have."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "ran", np.broadcast_to(self.ran, self.losses.shape[:2]))

    @property
    def trials(self) -> int:
        """The longest budget of the task, in trials."""
        return int(self.losses.shape[2])

    @property
    def values(self) -> NDArray[np.float64]:
        """The incumbents as measured, not negated [strategies, seeds, trials]."""
        return -self.losses if self.goal == "maximize" else self.losses


def incumbent_curves(store: Store) -> tuple[TaskCurves, ...]:
    """The curves of every task, in the order of the plan.

    A trial at less than the highest fidelity spends budget but is no incumbent: its loss is not comparable.
    """
    outcomes = store.outcomes
    task_of_trial = store.studies["task"].to_numpy()[outcomes["position"]]
    codes = pd.Categorical(task_of_trial, categories=store.tasks).codes
    return tuple(_curves_of(task, store.studies, outcomes[codes == code]) for code, task in enumerate(store.tasks))


def single_losses(store: Store, positions: pd.Index[int]) -> NDArray[np.float64]:
    """The loss of every successful trial by itself [n], at the highest fidelity, of the studies at these positions."""
    outcomes = store.outcomes
    wanted = outcomes["position"].isin(positions) & outcomes["full"]
    losses: NDArray[np.float64] = outcomes.loc[wanted, "loss"].dropna().to_numpy()
    return losses


def _curves_of(task: str, all_studies: pd.DataFrame, outcomes: pd.DataFrame) -> TaskCurves:
    studies = all_studies[all_studies["task"] == task]
    strategies, seeds = studies["strategy"].unique(), np.sort(studies["seed"].unique())
    row, column = np.zeros((2, len(all_studies)), dtype=np.intp)
    row[studies.index] = pd.Categorical(studies["strategy"], categories=strategies).codes
    column[studies.index] = np.searchsorted(seeds, studies["seed"])
    position, trial = outcomes["position"].to_numpy(), outcomes["trial"].to_numpy()
    budget = int(trial.max(initial=0)) + 1
    losses = np.full((len(strategies), len(seeds), budget), np.nan)
    losses[row[position], column[position], trial] = outcomes["loss"].where(outcomes["full"])
    ran = np.zeros(losses.shape[:2], dtype=np.bool_)
    ran[row[position], column[position]] = True
    return TaskCurves(
        task=task,
        objective=studies["objectives"].iloc[0][0],
        goal=studies["goals"].iloc[0][0],
        strategies=tuple(strategies),
        seeds=tuple(seeds.tolist()),
        losses=np.fmin.accumulate(losses, axis=2),
        ran=ran,
    )
