"""Tasks with several objectives: the share of the hypervolume that is known to be possible."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..remembering import once_a_store
from ..store import Store
from .fronts import hypervolume, hypervolume_over_trials, non_dominated, reference_point, single_volumes


@dataclass(frozen=True, slots=True)
class JointResults:
    """The successful trials of one task with several objectives, and the box in which they are compared.

    The box reaches in each objective from the best loss on the fronts of all studies to the reference point. Volumes
    are shares of what all trials of all studies dominate together: 0 is nothing, 1 is the front of them all. The box
    and that front are the same for every strategy; both move when trials are added.
    """

    task: str
    objectives: tuple[str, ...]
    goals: tuple[str, ...]
    """`minimize` or `maximize` for each objective; losses are negated values where it is `maximize`."""
    rows: NDArray[np.intp]
    """The trials' places in `store.outcomes` [n], in order of study and trial."""
    positions: NDArray[np.intp]
    """Their studies' places in `store.studies` [n]."""
    losses: NDArray[np.float64]
    """[n, k]."""
    best: NDArray[np.float64]
    """The lowest loss of each objective on any study's front [k]."""
    reference: NDArray[np.float64]
    """Where hypervolumes end [k]: the same for all strategies."""
    volume: float
    """The hypervolume of all trials together, as a share of the box."""

    def share(self, losses: NDArray[np.float64]) -> float:
        """What some trials dominate together [n, k], in any order."""
        return hypervolume(self._in_box(losses), np.ones(len(self.best))) / self.volume

    @property
    def single_shares(self) -> NDArray[np.float64]:
        """What each trial dominates by itself [n]."""
        return single_volumes(self._in_box(self.losses), np.ones(len(self.best))) / self.volume

    @property
    def shares_over_trials(self) -> NDArray[np.float64]:
        """What the trials of a study up to this one dominate together [n]."""
        shares = np.empty(len(self.losses))
        for mine in _by_study(self.positions):
            shares[mine] = hypervolume_over_trials(self._in_box(self.losses[mine]), np.ones(len(self.best)))
        return shares / self.volume

    def front_of(self, position: int) -> NDArray[np.float64]:
        """The losses [m, k] of the study's trials that no other one of them dominates."""
        mine: NDArray[np.float64] = self.losses[self.positions == position]
        return mine[non_dominated(mine)]

    def values(self, losses: NDArray[np.float64]) -> NDArray[np.float64]:
        """Losses [..., k] as they were measured."""
        signs = np.where(np.array(self.goals) == "maximize", -1.0, 1.0)
        measured: NDArray[np.float64] = losses * signs + 0.0
        return measured

    def _in_box(self, losses: NDArray[np.float64]) -> NDArray[np.float64]:
        scaled: NDArray[np.float64] = (losses - self.best) / (self.reference - self.best)
        return scaled


def tasks_with_several_objectives(store: Store) -> tuple[str, ...]:
    """Their labels, in the order of the plan."""
    firsts = store.studies.drop_duplicates("task")
    return tuple(firsts["task"][firsts["objectives"].map(len) > 1])


@once_a_store
def joint_results(store: Store, task: str) -> JointResults | None:
    """The successful trials at the highest fidelity of a task with several objectives; None where there is none."""
    studies = store.studies[store.studies["task"] == task]
    first = studies.iloc[0]
    objectives, goals = tuple(first["objectives"]), tuple(first["goals"])
    rows = _usable(store, studies, len(objectives))
    if not rows.size:
        return None
    positions, losses = store.outcomes["position"].to_numpy()[rows], store.losses[rows, : len(objectives)]
    fronts = [losses[mine][non_dominated(losses[mine])] for mine in _by_study(positions)]
    best, reference = np.concatenate(fronts).min(axis=0), reference_point(fronts)
    scaled = (np.concatenate(fronts) - best) / (reference - best)
    volume = hypervolume(scaled, np.ones(len(objectives)))
    return JointResults(task, objectives, goals, rows, positions, losses, best, reference, volume)


def _usable(store: Store, studies: pd.DataFrame, objectives: int) -> NDArray[np.intp]:
    """The rows of the studies' trials that succeeded at the highest fidelity, in order of study and trial."""
    outcomes, losses = store.outcomes, store.losses
    if losses.shape[1] < objectives:
        return np.empty(0, dtype=np.intp)
    is_complete = np.isfinite(losses[:, :objectives]).all(axis=1)
    is_wanted = (outcomes["position"].isin(studies.index) & outcomes["full"]).to_numpy()
    rows = np.flatnonzero(is_wanted & is_complete)
    return rows[np.lexsort((outcomes["trial"].to_numpy()[rows], outcomes["position"].to_numpy()[rows]))]


def _by_study(positions: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """The places [m] of each study's trials, where those of a study stand together."""
    return np.split(np.arange(positions.size), np.flatnonzero(np.diff(positions)) + 1)
