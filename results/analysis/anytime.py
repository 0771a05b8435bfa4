"""The best so far over seconds: of evaluation alone, and with the strategy's own time.

A trial ends, in seconds since its study's start, when its evaluation does. One at a time, that is the sum over the
trials so far of their seconds, and of what the strategy took to be asked and told where its own time counts. Where
several ran at once, or on the simulated clock, it is the rule of `assumed_cost`: a strategy proposes when all those
results have come that it had been told of, and its own time, where it counts, delays what follows.

What a study has found is a step function of time: NaN before its first success at the highest fidelity, from the end
of a trial on what it has found by then, that trial included, and the last value until the study's end. Beyond it the
value stands if the study ended of its own accord, and is NaN if a larger budget would have let it go on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..store import Store
from .assumed_cost import StudyCourse, end_times, study_courses
from .curves import TaskCurves, incumbent_curves
from .hypervolume import joint_results
from .simulated_clock import simulated_spans


@dataclass(frozen=True, slots=True)
class TimeCurve:
    """What one study has found over time."""

    strategy: str
    seed: int
    times: NDArray[np.float64]
    """When its trials ended [n], ascending, in seconds since its start."""
    losses: NDArray[np.float64]
    """The lowest loss by then [n], or minus the hypervolume; NaN until the first success."""
    goes_on: bool
    """Whether a larger budget would have let it go on."""

    @property
    def end(self) -> float:
        """When its last trial ended."""
        return float(self.times[-1])

    def at(self, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        """The losses at these times [m]."""
        place = np.searchsorted(self.times, seconds, side="right")
        found = np.concatenate([[np.nan], self.losses])[place]
        return np.where(self.goes_on & (seconds > self.end), np.nan, found)


@dataclass(frozen=True, slots=True)
class TimeCurves:
    """All studies of one task over one kind of time."""

    task: str
    objective: str
    """Name of the objective; `hypervolume` where there are several."""
    goal: str
    """`minimize` or `maximize`; the losses are negated values where it is `maximize`."""
    strategies: tuple[str, ...]
    seeds: tuple[int, ...]
    studies: tuple[TimeCurve, ...]
    """Of every study that ran, in the order of the plan."""
    counts_own_time: bool
    """Whether the strategy's own time counts, beside that of the evaluations."""

    def losses(self, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        """On a common grid of times [m]: [strategies, seeds, m].

        A strategy's are NaN from where the first of its studies ends that would have gone on: beyond, its seeds would
        be others than before.
        """
        found = np.full((len(self.strategies), len(self.seeds), seconds.size), np.nan)
        for study in self.studies:
            row = self.strategies.index(study.strategy)
            found[row, self.seeds.index(study.seed)] = study.at(seconds)
        for row, name in enumerate(self.strategies):
            found[row, :, seconds > self.limit(name)] = np.nan
        return found

    def limit(self, strategy: str) -> float:
        """When the first of its studies ends that would have gone on; infinite where all ended of their own accord."""
        return min((s.end for s in self.studies if s.strategy == strategy and s.goes_on), default=float("inf"))

    def grid(self, points: int = 120) -> NDArray[np.float64]:
        """Times [m] in equal ratios, from when the first trial of any study ended until the last; at most `points`.

        Few where little time passed; empty where none did.
        """
        ends = np.concatenate([study.times for study in self.studies] or [np.empty(0)])
        ends = ends[ends > 0]
        return np.unique(np.geomspace(ends.min(), ends.max(), points)) if ends.size else np.empty(0)


def time_curves(store: Store, *, own_time: bool) -> tuple[TimeCurves, ...]:
    """Those of every task with a trial, in the order of the plan; with the strategies' own time, or without."""
    durations = _durations(store)
    by_task: dict[str, list[StudyCourse]] = {}
    tasks = store.studies["task"].tolist()
    for course in study_courses(store):
        by_task.setdefault(tasks[course.position], []).append(course)
    return tuple(
        _curves_of(store, curves, by_task[curves.task], durations, own_time=own_time)
        for curves in incumbent_curves(store)
        if curves.task in by_task
    )


def _durations(store: Store) -> NDArray[np.float64]:
    """Seconds of each evaluation, by row of `store.outcomes`: as stored, or as the simulated clock had them."""
    seconds = store.outcomes["seconds"].to_numpy(dtype=np.float64, copy=True)
    spans = simulated_spans(store)
    seconds[spans.index] = spans["ended"] - spans["began"]
    return seconds


def _curves_of(
    store: Store, curves: TaskCurves, courses: Sequence[StudyCourse], durations: NDArray[np.float64], *, own_time: bool
) -> TimeCurves:
    strategies, seeds = store.studies["strategy"].tolist(), store.studies["seed"].tolist()
    ordered = [_in_order(course, durations, own_time=own_time) for course in courses]
    single = store.outcomes["loss"].where(store.outcomes["full"]).to_numpy()
    losses = _joint_losses(store, curves.task, ordered) if curves.is_hypervolume else single
    studies = tuple(
        TimeCurve(strategies[place], int(seeds[place]), times, np.fmin.accumulate(losses[rows]), course.goes_on)
        for course, (times, rows) in zip(courses, ordered, strict=True)
        for place in [course.position]
    )
    names = (curves.task, curves.objective, curves.goal, curves.strategies, curves.seeds)
    return TimeCurves(*names, studies, own_time)


def _in_order(
    course: StudyCourse, durations: NDArray[np.float64], *, own_time: bool
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """When the trials of a study ended [n], ascending, and their rows in `store.outcomes` [n]."""
    own = course.own if own_time else np.zeros_like(course.own)
    ends = end_times(replace(course, own=own, relative=durations[course.rows]), 1.0)
    order = np.argsort(ends, kind="stable")
    return ends[order], course.rows[order]


def _joint_losses(
    store: Store, task: str, ordered: Sequence[tuple[NDArray[np.float64], NDArray[np.intp]]]
) -> NDArray[np.float64]:
    """Minus the share of the hypervolume after each successful trial of a study, in this order, by row of outcomes."""
    losses = np.full(len(store.outcomes), np.nan)
    joint = joint_results(store, task)
    if joint is not None:
        place = np.full(len(store.outcomes), -1, dtype=np.intp)
        place[joint.rows] = np.arange(joint.rows.size)
        found = place[np.concatenate([rows for _, rows in ordered])]
        found = found[found >= 0]
        rows, positions = joint.rows[found], joint.positions[found]
        turned = replace(joint, rows=rows, positions=positions, losses=joint.losses[found])
        losses[rows] = -turned.shares_over_trials
    return losses
