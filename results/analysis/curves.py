"""Anytime performance: the best so far of each study, after each trial or each full evaluation's worth of work."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..remembering import once_a_store
from ..store import Store
from .hypervolume import joint_results, tasks_with_several_objectives


@dataclass(frozen=True, slots=True)
class TaskCurves:
    """The incumbents of all studies of one task.

    With several objectives, what a study has so far is the hypervolume of its trials, as a share of that of the trials
    of all studies together: a value to be maximised, in [0, 1].
    """

    task: str
    objective: str
    """Name of the objective; `hypervolume` where there are several."""
    goal: str
    """`minimize` or `maximize`; the losses are negated values where it is `maximize`."""
    strategies: tuple[str, ...]
    seeds: tuple[int, ...]
    losses: NDArray[np.float64]
    """Lowest loss after each trial [strategies, seeds, length]. NaN until the first success, and throughout for a
    study that did not run. A failure spends budget and leaves the incumbent as it was; a study that ended early keeps
    its last incumbent up to the longest budget of the task."""
    ran: NDArray[np.bool_] = field(default_factory=lambda: np.array(True))
    """Whether the study has any trial [strategies, seeds]: False where it was skipped, or is still to come. By
    default all have."""
    is_hypervolume: bool = False
    """Whether the task has several objectives."""
    is_by_work: bool = False
    """Whether a step is one full evaluation's worth of work and not a trial: so it is where some trial of the task
    cost another amount of work, since it would be unfair to count cheap trials as if they were full ones."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "ran", np.broadcast_to(self.ran, self.losses.shape[:2]))
        self.losses.setflags(write=False)

    @property
    def length(self) -> int:
        """The longest budget of the task, in trials or in full evaluations."""
        return int(self.losses.shape[2])

    @property
    def values(self) -> NDArray[np.float64]:
        """The incumbents as measured, not negated [strategies, seeds, trials]."""
        return -self.losses if self.goal == "maximize" else self.losses


@once_a_store
def incumbent_curves(store: Store, *, by_trials: bool = False) -> tuple[TaskCurves, ...]:
    """The curves of every task, in the order of the plan; `by_trials` counts trials even where some cost less work.

    A trial at less than the highest fidelity spends budget but is no incumbent: its loss is not comparable.
    """
    outcomes = store.outcomes
    task_of_trial = store.studies["task"].to_numpy()[outcomes["position"]]
    codes = pd.Categorical(task_of_trial, categories=store.tasks).codes
    joint = {task: _joint_losses(store, task) for task in tasks_with_several_objectives(store)}
    return tuple(
        _curves_of(task, store.studies, outcomes[codes == code], joint.get(task), by_trials=by_trials)
        for code, task in enumerate(store.tasks)
    )


def single_losses(store: Store, positions: pd.Index[int]) -> NDArray[np.float64]:
    """The loss of every successful trial by itself [n], at the highest fidelity, of the studies at these positions."""
    outcomes = store.outcomes
    wanted = outcomes["position"].isin(positions) & outcomes["full"]
    losses: NDArray[np.float64] = outcomes.loc[wanted, "loss"].dropna().to_numpy()
    return losses


def _curves_of(
    task: str, all_studies: pd.DataFrame, outcomes: pd.DataFrame, joint: pd.Series | None, *, by_trials: bool
) -> TaskCurves:
    """The curves of one task; `joint` is the loss after each successful trial where there are several objectives."""
    studies = all_studies[all_studies["task"] == task]
    strategies, seeds = studies["strategy"].unique(), np.sort(studies["seed"].unique())
    row, column = np.zeros((2, len(all_studies)), dtype=np.intp)
    row[studies.index] = pd.Categorical(studies["strategy"], categories=strategies).codes
    column[studies.index] = np.searchsorted(seeds, studies["seed"])
    position, is_by_work = outcomes["position"].to_numpy(), not by_trials and bool((outcomes["work"] != 1.0).any())
    step = _steps_of_work(outcomes) if is_by_work else outcomes["trial"].to_numpy()
    losses = np.full((len(strategies), len(seeds), int(step.max(initial=0)) + 1), np.nan)
    loss = outcomes["loss"].where(outcomes["full"]) if joint is None else joint.reindex(outcomes.index)
    np.fmin.at(losses, (row[position], column[position], step), loss.to_numpy())
    ran = np.zeros(losses.shape[:2], dtype=np.bool_)
    ran[row[position], column[position]] = True
    return TaskCurves(
        task=task,
        objective=studies["objectives"].iloc[0][0] if joint is None else "hypervolume",
        goal=studies["goals"].iloc[0][0] if joint is None else "maximize",
        strategies=tuple(strategies),
        seeds=tuple(seeds.tolist()),
        losses=np.fmin.accumulate(losses, axis=2),
        ran=ran,
        is_hypervolume=joint is not None,
        is_by_work=is_by_work,
    )


def _steps_of_work(outcomes: pd.DataFrame) -> NDArray[np.intp]:
    """In which full evaluation's worth of work each trial ended, from 0; trials stand in the order of their studies."""
    spent = outcomes["work"].groupby(outcomes["position"]).cumsum().to_numpy()
    return np.maximum(np.ceil(spent - 1e-9).astype(np.intp), 1) - 1


def _joint_losses(store: Store, task: str) -> pd.Series:
    """For several objectives: minus the share of the hypervolume after each successful trial, by row of `outcomes`."""
    found = joint_results(store, task)
    return pd.Series(dtype=np.float64) if found is None else pd.Series(-found.shares_over_trials, index=found.rows)
