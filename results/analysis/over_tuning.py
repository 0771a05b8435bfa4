"""Over-tuning: does the incumbent get worse on held-out data while its validation value improves?"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..store import Store
from .lowest_so_far import begins_of_runs

_NOISE_FREE = "noise_free {}"
"""What a task with noise put on it calls the exact value of an objective, among its `extras`."""
_TIE = 1e-9
"""Held-out losses that differ by less, relative to their size, are equal."""


@dataclass(frozen=True, slots=True)
class IncumbentCourse:
    """The incumbents of one study, one after the other: each has a better validation value than those before it."""

    task: str
    strategy: str
    seed: int
    judge: str
    """What judges them: the name of the held-out value, or "noise-free OBJECTIVE" where the task has only that."""
    trials: NDArray[np.int64]
    """Numbers of the trials [k], at the highest fidelity."""
    losses: NDArray[np.float64]
    """Their losses on validation data [k], falling."""
    judged: NDArray[np.float64]
    """Their losses on held-out data, or without the noise [k]; lower is better."""

    @property
    def over_tuning(self) -> float:
        """judged(last) - min of judged: how much worse the last incumbent is than the best that there was; 0 or more.

        This is ot_T of Schneider, Bischl and Feurer, Overtuning in Hyperparameter Optimization (AutoML 2025,
        PMLR 293:17), definition of over-tuning, with held-out data in place of the unknown test error.
        """
        excess = float(self.judged[-1] - self.judged.min())
        return excess if excess > _TIE * max(1.0, float(np.abs(self.judged).max())) else 0.0

    @property
    def relative(self) -> float:
        """over_tuning / (judged(first) - min of judged): the part of the progress that was given away again.

        0: the last incumbent is the best; 1: all progress is lost; above 1: the last is worse than the first. NaN where
        no incumbent was better than the first one, so that there was no progress to lose (ibid.).
        """
        progress = float(self.judged[0] - self.judged.min())
        made_some = progress > _TIE * max(1.0, float(np.abs(self.judged).max()))
        return self.over_tuning / progress if made_some else float("nan")

    @property
    def is_worse_than_first(self) -> bool:
        """Whether the last incumbent is worse on held-out data than the first trial that succeeded."""
        return float(self.judged[-1] - self.judged[0]) > _TIE * max(1.0, float(np.abs(self.judged).max()))


@dataclass(frozen=True, slots=True)
class OverTuning:
    """The over-tuning of some studies together."""

    studies: int
    share: float
    """Of the studies: those whose last incumbent is worse on held-out data than an earlier one, in [0, 1]."""
    relative: float
    """Median of the relative over-tuning of these, where it is defined; NaN where it is for none."""
    worse_than_first: float
    """Share of the studies whose last incumbent is worse on held-out data than their first."""


def incumbent_courses(store: Store) -> tuple[IncumbentCourse, ...]:
    """The course of each study whose incumbents were also judged otherwise, in the order of the plan.

    The judge is the held-out value of the objective's name, else the first one, else the noise-free value; its goal is
    the objective's. Left out: tasks with several objectives, where no trial is the incumbent, and tasks whose judge
    always says what validation said, as nothing can be over-tuned to it.
    """
    made = (_course(*study) for study in _incumbents(store))
    courses = [course for course in made if course is not None]
    telling: set[str] = set()
    for one in courses:
        if one.task not in telling and not np.allclose(one.judged, one.losses, rtol=_TIE, atol=_TIE):
            telling.add(one.task)
    return tuple(one for one in courses if one.task in telling)


def over_tuning(courses: Iterable[IncumbentCourse]) -> OverTuning:
    """How often and how much, over these studies; all NaN for none."""
    studies = tuple(courses)
    if not studies:
        return OverTuning(0, float("nan"), float("nan"), float("nan"))
    relative = np.array([one.relative for one in studies if one.over_tuning > 0])
    known = relative[~np.isnan(relative)]
    return OverTuning(
        studies=len(studies),
        share=float(np.mean([one.over_tuning > 0 for one in studies])),
        relative=float(np.median(known)) if known.size else float("nan"),
        worse_than_first=float(np.mean([one.is_worse_than_first for one in studies])),
    )


def over_tuning_by(courses: Iterable[IncumbentCourse], key: str) -> dict[str, OverTuning]:
    """The same for each `task` or `strategy`, whichever the key names, in order of appearance."""
    groups: dict[str, list[IncumbentCourse]] = {}
    for course in courses:
        groups.setdefault(course.task if key == "task" else course.strategy, []).append(course)
    return {name: over_tuning(mine) for name, mine in groups.items()}


def noise_free_losses(store: Store) -> pd.DataFrame:
    """The last incumbents of the studies whose task stores a value without noise: one row a study.

    task, strategy, seed, noisy (the loss as the strategy met it) and true (the same trial's loss without the noise).
    """
    rows = _incumbent_rows(store)
    position = store.outcomes["position"].to_numpy()[rows]
    last = rows[np.r_[position[1:] != position[:-1], True]] if rows.size else rows
    studies = store.studies.loc[store.outcomes["position"].to_numpy()[last]]
    frame = studies[["task", "strategy", "seed"]].reset_index(drop=True)
    frame["noisy"] = store.outcomes["loss"].to_numpy()[last]
    names = [_NOISE_FREE.format(objectives[0]) for objectives in studies["objectives"]]
    exact = [_number(extras, name) for extras, name in zip(store.pick(last, "extras")["extras"], names, strict=True)]
    frame["true"] = _signs(studies) * np.array(exact, dtype=np.float64)
    return frame[frame["true"].notna()].reset_index(drop=True)


def mean_ranks_with_and_without_noise(losses: pd.DataFrame) -> pd.DataFrame:
    """Mean ranks of the strategies by `noisy` and by `true` loss, 1 is best; the index is the strategy.

    Ranked within each task and seed, ties shared; averaged over seeds, then over tasks.
    """
    blocks = losses.groupby(["task", "seed"], sort=False)
    ranks = losses[["task", "strategy"]].assign(noisy=blocks["noisy"].rank(), true=blocks["true"].rank())
    by_task = ranks.groupby(["task", "strategy"], sort=False)[["noisy", "true"]].mean()
    means: pd.DataFrame = by_task.groupby("strategy", sort=False).mean()
    return means


def _incumbent_rows(store: Store) -> NDArray[np.intp]:
    """The rows in `outcomes` of all trials that were the best of their study when they ended, in order of study."""
    outcomes = store.outcomes
    has_one = (store.studies["objectives"].map(len) == 1).to_numpy(dtype=np.bool_)
    able = np.flatnonzero(has_one[outcomes["position"]] & outcomes["full"] & outcomes["loss"].notna())
    able = able[np.lexsort((outcomes["trial"].to_numpy()[able], outcomes["position"].to_numpy()[able]))]
    part = outcomes[["position", "loss"]].iloc[able]
    best_before = part.groupby("position")["loss"].cummin().groupby(part["position"]).shift()
    rows: NDArray[np.intp] = able[(best_before.isna() | (part["loss"] < best_before)).to_numpy()]
    return rows


_Values: TypeAlias = Sequence[Mapping[str, float] | None]
"""What is stored of each of some trials, by name."""


@dataclass(frozen=True, slots=True)
class _Incumbents:
    """The incumbents of one study [k]."""

    trials: NDArray[np.int64]
    losses: NDArray[np.float64]
    held_out: _Values
    extras: _Values


def _incumbents(store: Store) -> Iterator[tuple[dict[Hashable, Any], _Incumbents]]:
    """Those of each study that has any, with what `store.studies` says of it."""
    rows = _incumbent_rows(store)
    position, trial, loss = (store.outcomes[name].to_numpy()[rows] for name in ("position", "trial", "loss"))
    told = store.pick(rows, "held_out", "extras")
    held_out, extras = told["held_out"].tolist(), told["extras"].tolist()
    begins = begins_of_runs(position)
    studies = store.studies[["task", "strategy", "seed", "objectives", "goals"]].iloc[position[begins]]
    ends = pairwise([*begins.tolist(), rows.size])
    for (begin, end), study in zip(ends, studies.to_dict("records"), strict=True):
        mine = slice(begin, end)
        yield study, _Incumbents(trial[mine], loss[mine], held_out[mine], extras[mine])


def _course(study: Mapping[Hashable, Any], mine: _Incumbents) -> IncumbentCourse | None:
    objective = study["objectives"][0]
    judge, values = _judged(objective, mine)
    if np.isnan(values).any():
        return None
    sign = -1.0 if study["goals"][0] == "maximize" else 1.0
    names = (str(study["task"]), str(study["strategy"]), int(study["seed"]), judge)
    return IncumbentCourse(*names, mine.trials, mine.losses, sign * values)


def _judged(objective: str, mine: _Incumbents) -> tuple[str, NDArray[np.float64]]:
    """The judge's name and its values [k], NaN where it has none."""
    held_out = mine.held_out[0] or {}
    if held_out:
        name = objective if objective in held_out else next(iter(held_out))
        return name, np.array([_number(values, name) for values in mine.held_out])
    exact = _NOISE_FREE.format(objective)
    return f"noise-free {objective}", np.array([_number(values, exact) for values in mine.extras])


def _number(values: Mapping[str, float] | None, name: str) -> float:
    found = (values or {}).get(name)
    return float("nan") if found is None else float(found)


def _signs(studies: pd.DataFrame) -> NDArray[np.float64]:
    """-1 for each study whose first objective is maximised, else 1."""
    return np.array([-1.0 if goals[0] == "maximize" else 1.0 for goals in studies["goals"]])
