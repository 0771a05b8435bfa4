"""Which hyperparameters matter on each task, what they do, and where each strategy looked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from ..analysis.hypervolume import tasks_with_several_objectives
from ..analysis.importance import DEPTH, LEAST_TRIALS, TREES, Importance, importances
from ..analysis.partial_dependence import grow_forest
from ..analysis.pooled_trials import MOST_TRIALS, PooledTrials, pooled_trials
from ..analysis.regions import Region, searched_regions
from ..analysis.stored_space import StoredParameter
from ..items import Cell, Column, Heading, Item, Key, Note, Panels, Table, Text
from ..report import Section
from ..store import Store
from .parameter_charts import dependence_chart, parallel_chart, region_chart

TITLE = "Which hyperparameters matter?"

MOST_TASKS = 6
"""So many tasks are shown with charts."""
MOST_ROWS = 5
"""So many parameters of a task are in the table."""
MOST_PARAMETERS = 2
"""So many have charts of their own."""
MOST_LINES, BEST_SHARE = 60, 0.1
"""Of the parallel coordinates."""
MOST_AXES = 8

_EXPLANATION = (
    "Which parameters make a trial good? PED-ANOVA asks which ones tell the best tenth of the trials from all of them; "
    "its importances sum to 100%. fANOVA asks which share of the variance each explains by itself, in a random forest; "
    "what is left to 100% are interactions. Both are Optuna\u2019s, and see the ranks of the losses. The trials are "
    "those of all strategies, so they lie where the strategies searched, and where none did nothing is known: take the "
    "importances as a rough order."
)
_CHARTS = (
    "How the charts are to be read: a line is what a random forest of scikit-learn expects of trials with this value "
    "(partial dependence, 0% is best); the band is the middle half of its predictions, so it is wide where other "
    "parameters matter too. A bar is where a strategy spent the middle half of the last half of its trials, its marker "
    "the median."
)


@dataclass(frozen=True, slots=True)
class _TaskFindings:
    """What the trials of one task say of its parameters."""

    trials: PooledTrials
    ranked: tuple[Importance, ...]
    """The most important first, by the larger of the two importances: each sees what the other one misses. Empty where
    Optuna is absent, or the space has one parameter."""

    @property
    def task(self) -> str:
        """The task's label."""
        return self.trials.task

    @property
    def parameters(self) -> tuple[StoredParameter, ...]:
        """Of the space, the most important first."""
        by_name = {parameter.name: parameter for parameter in self.trials.space.parameters}
        return tuple(by_name[one.parameter] for one in self.ranked) or self.trials.space.parameters


def section(store: Store) -> Section | None:
    """A table for all tasks, charts for the first ones; nothing where no task's space and trials allow it."""
    able = [one for one in pooled_trials(store, store.tasks).values() if len(one.losses) >= LEAST_TRIALS]
    if not able:
        return None
    found, lacking = _judge(able)
    items = (
        Text(_EXPLANATION),
        *map(Note, _notes(store, found, lacking)),
        *_table(found),
        Text(_CHARTS),
        Key(store.strategies),
        *_charts(store, found[:MOST_TASKS]),
    )
    return Section("hyperparameters", TITLE, items)


def _judge(able: Sequence[PooledTrials]) -> tuple[list[_TaskFindings], str]:
    """The importances on each task, and which package is lacking for them, if any is."""
    try:
        return [_TaskFindings(trials, _ranked(importances(trials))) for trials in able], ""
    except ImportError as error:
        return [_TaskFindings(trials, ()) for trials in able], error.name or "optuna"


def _ranked(found: Sequence[Importance]) -> tuple[Importance, ...]:
    return tuple(sorted(found, key=lambda one: -np.fmax(one.ped_anova, one.fanova)))


def _notes(store: Store, found: Sequence[_TaskFindings], lacking: str) -> Iterator[str]:
    if lacking:
        yield f"No importances, since {lacking} is not installed: parameters stand in the order of the plan."
    shown = [one.task for one in found]
    if few := ", ".join(task for task in store.tasks if task not in shown):
        yield f"Left out, with fewer than {LEAST_TRIALS} successful trials or a space that cannot be read: {few}."
    if any(one.trials.total > MOST_TRIALS for one in found):
        yield f"Of tasks with more than {MOST_TRIALS:,} successful trials, so many are sampled, always the same ones."
    if conditional := ", ".join(one.task for one in found if one.trials.space.is_conditional):
        yield (
            "Some parameters are active only where others have certain values: PED-ANOVA counts whether they are, "
            f"fANOVA leaves them out: {conditional}."
        )
    if several := ", ".join(task for task in tasks_with_several_objectives(store) if task in shown):
        yield f"With several objectives it is the first one that is explained: {several}."
    if len(found) > MOST_TASKS:
        yield f"Charts are shown for the first {MOST_TASKS} tasks, importances for all."


def _table(found: Sequence[_TaskFindings]) -> Iterator[Table]:
    columns = (
        Column("Task"),
        Column("Parameter"),
        Column("Range"),
        Column("PED-ANOVA", "percent", 0),
        Column("fANOVA", "percent", 0),
        Column("Trials", "integer"),
    )
    rows: list[tuple[Cell, ...]] = []
    for one in found:
        ranges = {parameter.name: parameter.describe() for parameter in one.trials.space.parameters}
        rows += [
            (row.task, row.parameter, ranges[row.parameter], row.ped_anova, row.fanova, len(one.trials.losses))
            for row in one.ranked[:MOST_ROWS]
        ]
    if rows:
        yield Table(
            f"Importance of parameters, at most {MOST_ROWS} a task, the larger of the two first (PED-ANOVA; fANOVA "
            f"with {TREES} trees of depth {DEPTH})",
            columns,
            tuple(rows),
        )


def _charts(store: Store, found: Sequence[_TaskFindings]) -> Iterator[Item]:
    """Task by task: what the parameters do, where strategies searched, and what the best trials share."""
    wanted = {one.task: [parameter.name for parameter in one.parameters[:MOST_PARAMETERS]] for one in found}
    regions = searched_regions(store, wanted)
    best = pooled_trials(store, tuple(wanted), most=MOST_LINES, best_share=BEST_SHARE)
    for one in found:
        yield Heading(one.task)
        yield from _dependences(one.trials, wanted[one.task])
        yield from _regions([region for region in regions if region.task == one.task], store.strategies)
        if len(one.parameters) > 1:
            yield parallel_chart(best[one.task], one.parameters[:MOST_AXES], store.strategies)


def _dependences(trials: PooledTrials, names: Sequence[str]) -> Iterator[Item]:
    try:
        forest = grow_forest(trials)
    except ImportError as error:
        yield Note(f"No partial dependence, since the package {error.name} is not installed.")
        return
    charts = tuple(dependence_chart(forest.dependence(name), trials.task) for name in names)
    told = f"What the most important parameters of {trials.task} do; the forest\u2019s R\u00b2 is {forest.fit:.2f}."
    yield Panels(told, charts)


def _regions(regions: Sequence[Region], strategies: tuple[str, ...]) -> Iterator[Item]:
    by_parameter = [list(mine) for _, mine in groupby(regions, key=lambda region: region.parameter.name)]
    if by_parameter:
        charts = tuple(region_chart(mine, strategies) for mine in by_parameter)
        yield Panels(f"Where each strategy searched on {regions[0].task}.", charts)
