"""Anytime performance: the best so far of each study, after each trial or each full evaluation's worth of work."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..remembering import once_a_store
from ..store import Store
from .hypervolume import joint_results, tasks_with_several_objectives
from .lowest_so_far import begins_of_runs, is_ascending, lowest_so_far


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
    trials = _trials_of(store)
    rows = _rows_of_tasks(store, trials.position)
    return tuple(_curves_of(task, store, trials.among(rows[task]), by_trials=by_trials) for task in store.tasks)


def single_losses(store: Store, positions: pd.Index[int]) -> NDArray[np.float64]:
    """The loss of every successful trial by itself [n], at the highest fidelity, of the studies at these positions."""
    outcomes = store.outcomes
    wanted = outcomes["position"].isin(positions) & outcomes["full"]
    losses: NDArray[np.float64] = outcomes.loc[wanted, "loss"].dropna().to_numpy()
    return losses


@dataclass(frozen=True, slots=True)
class _Trials:
    """What the curves are made of, one number a trial [n]."""

    position: NDArray[np.intp]
    """Of its study in `store.studies`."""
    trial: NDArray[np.int64]
    work: NDArray[np.float64]
    loss: NDArray[np.float64]
    """NaN for one that is no incumbent; with several objectives, minus the share of the hypervolume after it."""

    def among(self, rows: slice | NDArray[np.intp]) -> _Trials:
        """Those in these rows."""
        return _Trials(self.position[rows], self.trial[rows], self.work[rows], self.loss[rows])


def _trials_of(store: Store) -> _Trials:
    read = store.read_outcomes("position", "trial", "work", "loss", "full")
    position, trial, work, loss, full = (read[name].to_numpy() for name in read)
    joint = tasks_with_several_objectives(store)
    if joint or not full.all():
        loss = np.where(full & ~store.studies["task"].isin(joint).to_numpy()[position], loss, np.nan)
    for task in joint:
        if (found := joint_results(store, task)) is not None:
            loss[found.rows] = -found.shares_over_trials
    return _Trials(position, trial, work, loss)


def _rows_of_tasks(store: Store, positions: NDArray[np.intp]) -> dict[str, slice | NDArray[np.intp]]:
    """Where the trials of each task are; `positions` are those of their studies [n]."""
    codes = pd.Categorical(store.studies["task"], categories=store.tasks).codes
    if is_ascending(codes) and is_ascending(positions):
        ends = np.searchsorted(positions, np.searchsorted(codes, np.arange(len(store.tasks) + 1))).tolist()
        return {task: slice(*ends[place : place + 2]) for place, task in enumerate(store.tasks)}
    return {task: np.flatnonzero(codes[positions] == place) for place, task in enumerate(store.tasks)}


def _curves_of(task: str, store: Store, trials: _Trials, *, by_trials: bool) -> TaskCurves:
    """The curves of one task, of whose trials there may be none."""
    studies = store.studies[["strategy", "seed", "objectives", "goals"]][store.studies["task"] == task]
    strategies, seeds = studies["strategy"].unique(), np.sort(studies["seed"].unique())
    is_by_work = not by_trials and bool((trials.work != 1.0).any())
    step = _steps_of_work(trials) if is_by_work else trials.trial
    shape = len(strategies), len(seeds)
    row = pd.Categorical(studies["strategy"], categories=strategies).codes.astype(np.intp)
    lines = np.zeros(len(store.studies), dtype=np.intp)
    lines[studies.index] = row * shape[1] + np.searchsorted(seeds, studies["seed"])
    losses = lowest_so_far(trials.position, step, trials.loss, lines, shape[0] * shape[1])
    ran = np.zeros(losses.shape[0], dtype=np.bool_)
    ran[lines[trials.position[begins_of_runs(trials.position)]]] = True
    joint = len(studies["objectives"].iloc[0]) > 1
    return TaskCurves(
        task=task,
        objective="hypervolume" if joint else studies["objectives"].iloc[0][0],
        goal="maximize" if joint else studies["goals"].iloc[0][0],
        strategies=tuple(strategies),
        seeds=tuple(seeds.tolist()),
        losses=losses.reshape(*shape, -1),
        ran=ran.reshape(shape),
        is_hypervolume=joint,
        is_by_work=is_by_work,
    )


def _steps_of_work(trials: _Trials) -> NDArray[np.intp]:
    """In which full evaluation's worth of work each trial ended, from 0; trials stand in the order of their studies."""
    spent = np.asarray(pd.Series(trials.work).groupby(trials.position).cumsum(), dtype=np.float64)
    return np.maximum(np.ceil(spent - 1e-9).astype(np.intp), 1) - 1
