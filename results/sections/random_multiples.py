"""What random search would have reached with more trials, beside what the strategies did reach."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..analysis.ax_score import AxScores, ax_score, ax_scores
from ..analysis.bootstrap import final_scores
from ..analysis.random_reference import RandomReference, random_multiples
from ..analysis.scores import TaskScores, task_scores
from ..items import Column, Item, Note, Table, Text
from ..store import Store

_Row: TypeAlias = tuple[str, float, float]
"""Name, mean score, mean Ax score."""

_FACTORS = (2, 4)
_COLUMNS = (Column("Strategy"), Column("Mean score", "number"), Column("Mean Ax score", "number", 1))

_EXPLANATION = (
    "Is a better strategy worth more than more trials of random search? A random trial is as good as another, so what "
    "to expect of random search with two and four times its budget follows from all its trials together, as far as "
    "they suffice; a failed one counts as a trial that finds nothing. The Ax score, as in Ax's benchmarks, is 0 for "
    "{baseline} and 100 for the best known value, and is not cut off. All are means over the seeds of a task, and then "
    "over tasks."
)


def random_multiple_items(store: Store, references: Sequence[RandomReference]) -> tuple[Item, ...]:
    """A table of the strategies and of random search with more trials; nothing where its trials cannot be pooled."""
    pooled = [one for one in references if one.draws]
    if not pooled:
        return ()
    tasks = [one.task for one in pooled]
    ax = [one for one in ax_scores(store) if one.task in tasks]
    scores = [one for one in task_scores(store) if one.task in tasks]
    rows = [*_strategies(store, scores, ax), *_multiples(scores, pooled, ax)]
    rows.sort(key=lambda row: (np.isnan(row[1]), -np.nan_to_num(row[1])))
    notes = map(Note, _notes(store, tasks, rows))
    table = Table("Scores, with those to be expected of random search with more trials", _COLUMNS, tuple(rows))
    return (Text(_EXPLANATION.format(baseline=_baseline(ax))), *notes, table)


def _strategies(store: Store, scores: Sequence[TaskScores], ax: Sequence[AxScores]) -> list[_Row]:
    finals = final_scores(scores)
    of_ax = [dict(zip(one.strategies, one.scores, strict=True)) for one in _known(ax)]
    return [
        (name, _mean([*finals[name]]), _mean([of_task.get(name, np.empty(0)) for of_task in of_ax]))
        for name in store.strategies
        if name in finals
    ]


def _multiples(scores: Sequence[TaskScores], pooled: Sequence[RandomReference], ax: Sequence[AxScores]) -> list[_Row]:
    by_task = {one.task: one for one in pooled}
    return [
        (
            f"random \u00d7 {multiple.factor}, expected",
            multiple.mean,
            _mean([_expected_ax(by_task[one.task], one, multiple.factor) for one in _known(ax)]),
        )
        for multiple in random_multiples(pooled, scores, _FACTORS)
    ]


def _expected_ax(random: RandomReference, ax: AxScores, factor: int) -> NDArray[np.float64]:
    return ax_score(random.expected_losses([factor * random.budget]), ax.baseline, ax.optimum)


def _known(ax: Sequence[AxScores]) -> list[AxScores]:
    """Those whose 0 is known and worse than their 100."""
    return [one for one in ax if one.baseline > one.optimum]


def _mean(by_task: Sequence[NDArray[np.float64]]) -> float:
    """The mean over tasks of the mean of what is known of each; NaN where of a task nothing is."""
    known = [values[~np.isnan(values)] for values in by_task]
    return float(np.mean([values.mean() for values in known])) if known and all(v.size for v in known) else float("nan")


def _baseline(ax: Sequence[AxScores]) -> str:
    """What scores 0, in words."""
    named = {"sobol": "five Sobol points", "random": "five random trials"}
    told = {named[one.baseline_of]: [o.task for o in ax if o.baseline_of == one.baseline_of] for one in _known(ax)}
    if len(told) < 2:
        return f"the expected best of {next(iter(told), named['random'])}"
    parts = (f"{points} on {', '.join(tasks)}" for points, tasks in told.items())
    return f"the expected best of {' and of '.join(parts)}"


def _notes(store: Store, tasks: Sequence[str], rows: Sequence[_Row]) -> Iterable[str]:
    if others := ", ".join(task for task in store.tasks if task not in tasks):
        yield (
            "Left out, since random search took no part, or its best of several trials is not the best single one "
            f"(several objectives, first trials that the suite gave, imported curves): {others}."
        )
    if unknown := ", ".join(name for name, score, _ in rows if np.isnan(score)):
        yield f"Without a mean, since on some of these tasks nothing is known of them: {unknown}."
