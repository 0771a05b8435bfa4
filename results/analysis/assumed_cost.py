"""Who wins by the clock, if a full evaluation took so and so long: the strategies' own time beside it.

For a trial i of a study, with o the seconds that the strategy took to propose it and to learn of it:

    end_i = think_i + d_i         think_i = max(think_(i-1), ready_i) + o_i

A trial is ready when all those have ended whose results its strategy had been told of before it proposed the trial: so
many of them as is stored, in the order in which they were told (in runs from before that was stored, the trials of
earlier rounds, each as large as the parallelism). Its evaluation
takes d_i = cost * work_i seconds. On the simulated clock trials of equal work differ in what they cost, so there d_i
is the cost that the task reported times a factor of the task: its trials' total work, times cost, over their total
seconds. With one trial at a time, end_i is the sum of cost * work + o over the trials up to i.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..store import Store
from .hypervolume import joint_results, tasks_with_several_objectives
from .scores import TaskScores, rescaled, task_scores
from .simulated_clock import simulated_spans


@dataclass(frozen=True, slots=True)
class EqualTime:
    """All studies, each task's stopped at one time, under an assumed cost of a full evaluation."""

    cost: float
    """Seconds that a full evaluation takes."""
    scores: tuple[TaskScores, ...]
    """By task, with one step: the scores at that time."""
    seconds: tuple[float, ...]
    """That time for each task: the longest that every study reached, but for those that ended of their own accord."""
    trials: Mapping[str, float]
    """By strategy, the median over its studies of the number of trials that had ended."""


@dataclass(frozen=True, slots=True)
class StudyCourse:
    """The trials of one study in order, without what an evaluation costs."""

    position: int
    """The study's place in `store.studies`."""
    rows: NDArray[np.intp]
    """The trials' places in `store.outcomes` [n]."""
    own: NDArray[np.float64]
    """Seconds that the strategy took for itself [n]."""
    relative: NDArray[np.float64]
    """What the evaluation costs, as a multiple of a full one [n]."""
    told: NDArray[np.intp]
    """The trials [n] in the order in which the strategy was told of them."""
    known: NDArray[np.intp]
    """Of how many it had been told when it proposed each trial [n]."""
    goes_on: bool
    """Whether it would have gone on with a larger budget."""


def equal_times(store: Store, costs: Sequence[float]) -> tuple[EqualTime, ...]:
    """For each of the costs the scores at equal time, if a full evaluation took so many seconds.

    In each task the time is the longest that every study reached. A study that ended of its own accord, or because
    its strategy broke its contract, keeps what it had by then, and does not hold the others back.
    """
    by_task: dict[str, list[StudyCourse]] = {task: [] for task in store.tasks}
    tasks = store.studies["task"].tolist()
    for course in study_courses(store):
        by_task[tasks[course.position]].append(course)
    contests = [_Contest(store, scores, tuple(by_task[scores.task])) for scores in task_scores(store)]
    strategies = store.studies["strategy"].tolist()
    return tuple(_equal_time(contests, cost, strategies) for cost in costs)


def end_times(course: StudyCourse, cost: float) -> NDArray[np.float64]:
    """When each trial ends [n], in seconds since the study's start, if a full evaluation took `cost` seconds."""
    durations = cost * course.relative
    in_turn = np.arange(durations.size)
    if np.array_equal(course.known, in_turn):
        return np.cumsum(course.own + durations)
    ends = np.empty(durations.size)
    think, heard = 0.0, 0
    for i, known in enumerate(course.known.tolist()):
        if known > heard:
            think = max(think, float(ends[course.told[heard:known]].max()))
            heard = known
        think += course.own[i]
        ends[i] = think + durations[i]
    return ends


def study_courses(store: Store) -> Iterator[StudyCourse]:
    """One for each study with a trial, in the order of the plan."""
    outcomes, studies = store.outcomes, store.studies
    own = (outcomes["ask_seconds"] + outcomes["tell_seconds"]).to_numpy()
    positions = outcomes["position"].to_numpy()
    spans = simulated_spans(store)
    relative = _relative_costs(store, spans)
    known = _known_results(outcomes, studies)
    ended = np.zeros(len(outcomes))  # on the wall's clock a strategy is told in the order of trials
    ended[spans.index] = spans["ended"]
    go_on = _go_on(store, spans)
    order = np.lexsort((outcomes["trial"].to_numpy(), positions))
    for rows in np.split(order, np.flatnonzero(np.diff(positions[order])) + 1):
        if rows.size:
            place, told = int(positions[rows[0]]), np.argsort(ended[rows], kind="stable")
            yield StudyCourse(place, rows, own[rows], relative[rows], told, known[rows], bool(go_on[place]))


def _relative_costs(store: Store, spans: pd.DataFrame) -> NDArray[np.float64]:
    """Work; on the simulated clock the reported cost, as a multiple of the task's mean for a full evaluation."""
    relative = store.outcomes["work"].to_numpy(dtype=np.float64, copy=True)
    lasted = spans["ended"] - spans["began"]
    for _, seconds in lasted.groupby(store.studies["task"].to_numpy()[spans["position"]]):
        if seconds.sum() > 0:
            relative[seconds.index] = seconds * (relative[seconds.index].sum() / seconds.sum())
    return relative


def _known_results(outcomes: pd.DataFrame, studies: pd.DataFrame) -> NDArray[np.intp]:
    """As stored; where nothing is, as many as there are in earlier rounds of the parallelism."""
    at_once = studies["parallelism"].to_numpy()[outcomes["position"]]
    in_rounds = outcomes["trial"] // at_once * at_once
    known: NDArray[np.intp] = outcomes["known_results"].fillna(in_rounds).to_numpy(dtype=np.intp)
    return known


def _go_on(store: Store, spans: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether the budget, or an interruption, ended each of `store.studies`; not its strategy."""
    studies, count = store.studies, len(store.studies)
    position = store.outcomes["position"].to_numpy()
    seconds = np.bincount(position, weights=store.outcomes["seconds"], minlength=count)
    on_clock = spans.groupby("position")["ended"].max()
    seconds[on_clock.index] = on_clock
    spent = {
        "budget_trials": np.bincount(position, minlength=count),
        "budget_work": np.bincount(position, weights=store.outcomes["work"], minlength=count) + 1e-9,
        "budget_seconds": seconds,
    }
    is_spent = np.zeros(count, dtype=np.bool_)
    for name, amount in spent.items():
        is_spent |= amount >= studies[name].fillna(np.inf).to_numpy(dtype=np.float64)
    status = studies["status"].to_numpy()
    return np.where(status == "finished", is_spent, status != "failed")


class _Contest:
    """The studies of one task, to be stopped at equal times."""

    def __init__(self, store: Store, scores: TaskScores, courses: tuple[StudyCourse, ...]) -> None:
        self.courses = courses
        self._scores = scores
        self._loss = store.outcomes["loss"].where(store.outcomes["full"]).to_numpy()
        studies = store.studies
        self._strategies, self._seeds = studies["strategy"].tolist(), studies["seed"].tolist()
        is_joint = scores.task in tasks_with_several_objectives(store)
        self._joint = joint_results(store, scores.task) if is_joint else None
        if self._joint is not None:
            self._place = np.full(len(self._loss), -1, dtype=np.intp)
            self._place[self._joint.rows] = np.arange(self._joint.rows.size)

    def stopped(self, in_time: Mapping[int, NDArray[np.intp]]) -> TaskScores:
        """The scores with these rows of `store.outcomes` only, by study."""
        losses = np.full((len(self._scores.strategies), len(self._scores.seeds)), np.nan)
        ran = np.zeros(losses.shape, dtype=np.bool_)
        for position, rows in in_time.items():
            strategy, seed = self._strategies[position], self._seeds[position]
            place = self._scores.strategies.index(strategy), self._scores.seeds.index(seed)
            losses[place], ran[place] = self._best(rows), True
        reached = np.where(ran, rescaled(losses, self._scores.zero, self._scores.one), np.nan)
        return replace(self._scores, scores=reached[:, :, None], found=np.isfinite(losses))

    def _best(self, rows: NDArray[np.intp]) -> float:
        """The lowest loss of these trials, or minus what they dominate; NaN without a success."""
        if self._joint is None:
            return float(np.fmin.reduce(self._loss[rows], initial=np.nan))
        known = self._place[rows]
        chosen = self._joint.losses[known[known >= 0]]
        return -self._joint.share(chosen) if len(chosen) else float("nan")


def _equal_time(contests: Sequence[_Contest], cost: float, strategies: Sequence[str]) -> EqualTime:
    """At one cost; `strategies` names that of each study."""
    scores: list[TaskScores] = []
    limits: list[float] = []
    counts: dict[str, list[int]] = {}
    for contest in contests:
        ends = [end_times(course, cost) for course in contest.courses]
        limit = _limit(contest.courses, ends)
        in_time = {c.position: c.rows[end <= limit * (1 + 1e-9)] for c, end in zip(contest.courses, ends, strict=True)}
        for position, rows in in_time.items():
            counts.setdefault(strategies[position], []).append(rows.size)
        scores.append(contest.stopped(in_time))
        limits.append(limit)
    medians = {name: float(np.median(numbers)) for name, numbers in counts.items()}
    return EqualTime(cost, tuple(scores), tuple(limits), medians)


def _limit(courses: Sequence[StudyCourse], ends: Sequence[NDArray[np.float64]]) -> float:
    """The longest time that all studies reached which would have gone on; all of the time where none would have."""
    lasts = [float(end.max()) for end in ends]
    reached = [last for course, last in zip(courses, lasts, strict=True) if course.goes_on]
    return min(reached, default=max(lasts, default=0.0))
