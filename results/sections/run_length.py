"""How soon each strategy gets as far as random search does: speed-ups, expected run lengths, targets over trials."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ..analysis.random_reference import random_references
from ..analysis.run_length import TaskRunLengths, run_lengths, shares_reached, tenth
from ..analysis.speed_up import SpeedUp, expected_estimate, speed_ups
from ..charts.palette import Point
from ..errors import NothingToCompare
from ..items import Cell, Chart, Column, Item, Key, Note, Points, Specification, Table, Text
from ..report import Section
from ..store import Store
from .random_multiples import random_multiple_items

TITLE = "How soon"

_MOST_POINTS = 120
"""Points of a line in the chart; more would not be seen."""

_EXPLANATION = (
    "How many {unit} until a strategy is as far as random search? A target is the best value that random search is "
    "expected to reach within so many {unit}, by all its trials together; where many of them found the same value it "
    "takes fewer, and a strategy is compared to these. A strategy's expected run length (ERT) is "
    "what its studies spent until they reached the target or ended, over how many of them reached it. It may exceed "
    "the budget; where none reached the target, all that is known is that it is longer. Sentences tell the median over "
    "tasks. Intervals (95%) are over the strategy's seeds, with the targets held fixed."
)


def section(store: Store) -> Section | None:
    """Sentences, a chart and two tables; nothing where there is only one strategy."""
    if len(store.strategies) < 2:
        return None
    references = random_references(store)
    if not references:
        raise NothingToCompare(
            "random search took no part, and it is by random search that run lengths are measured; "
            "with the strategy random in the suite there is a yardstick"
        )
    runs = run_lengths(store)
    if not runs:
        raise NothingToCompare("random search hardly ever succeeded at the highest fidelity, so there are no targets")
    random = frozenset[str]().union(*(one.strategies for one in references))
    speeds = speed_ups(runs, store.strategies)
    told = tuple(_sentence(one, runs) for one in speeds if one.strategy not in random)
    items: list[Item] = [Text(_EXPLANATION.format(unit=_unit(runs))), *map(Note, _notes(runs, speeds, store))]
    items += [Points(told)] if told else []
    items += [Key(store.strategies), _chart(runs, store.strategies), _table(runs)]
    return Section("run-length", TITLE, (*items, *random_multiple_items(store, references)))


def _unit(runs: Sequence[TaskRunLengths]) -> str:
    units = {"full evaluations" if run.is_by_work else "trials" for run in runs}
    return " or ".join(sorted(units, reverse=True))


def _notes(runs: Sequence[TaskRunLengths], speeds: Sequence[SpeedUp], store: Store) -> Iterable[str]:
    if absent := ", ".join(task for task in store.tasks if task not in {run.task for run in runs}):
        yield f"Left out, since random search found too little on them or took no part: {absent}."
    if all(run.steps.shape[1] < 2 for run in runs):
        yield "One seed only: there are no intervals, and no way to tell luck from skill."
    most = max((one.tasks for one in speeds), default=0)
    if fewer := ", ".join(f"{one.strategy} ({one.tasks} of {most})" for one in speeds if one.tasks < most):
        yield f"Ran on fewer tasks, so what is said of them does not compare: {fewer}."
    if censored := ", ".join(f"{one.strategy} ({one.unreached} of {one.studies})" for one in speeds if one.unreached):
        yield (
            "Studies that ended before they reached what random search is expected to reach within its budget, so that "
            f"all that is known of their run length is that it is longer: {censored}."
        )


def _sentence(one: SpeedUp, runs: Sequence[TaskRunLengths]) -> str:
    random, unit = (
        [run.random_trials(place) for run in runs if (place := run.place(run.budget)) is not None],
        _unit(runs),
    )
    is_one = len(set(map(_count, random))) == 1
    goal = (
        f"what takes random search {_count(random[0])}"
        if is_one
        else "what random search is expected to reach within its budget"
    )
    if np.isinf(one.share.value):
        told = f"{one.strategy} did not reach {goal}{f' {unit}' if is_one else ''} on half of the tasks or more"
        return f"{told} ({len(one.without)} of {one.tasks}: {', '.join(one.without)})."
    ends = (one.share.value, one.share.low, one.share.high)
    value, low, high = (_trials(end * random[0]) if is_one else f"{end:.0%}" for end in ends)
    spent = f"{value} {unit}" if is_one else f"{value} of the {unit}"
    told = f"{one.strategy} reaches in {spent}{_interval(one, low, high)} {goal}: {_times(one.share.value)}"
    nowhere = f"; not at all on {', '.join(one.without)}" if one.without else ""
    return f"{told}{nowhere}."


def _interval(one: SpeedUp, low: str, high: str) -> str:
    if np.isnan(one.share.low):
        return ""
    return f" (95%: {low} or more)" if np.isinf(one.share.high) else f" (95%: {low} to {high})"


def _trials(number: float) -> str:
    return f"{number:,.0f}" if number >= 10 else f"{number:.1f}"


def _count(number: float) -> str:
    """As `_trials`, but a whole number without decimals."""
    return _trials(number) if number % 1 else f"{number:,.0f}"


def _times(share: float) -> str:
    return f"{1 / share:.1f} times as fast" if share <= 1 else f"{share:.1f} times as slow"


def _table(runs: Sequence[TaskRunLengths]) -> Table:
    columns = (
        Column("Task"),
        Column("Strategy"),
        Column("Random's budget", "integer"),
        Column("Takes random", "number", 1),
        Column("To all of it", "number", 1),
        Column("95% from", "number", 1, field="low"),
        Column("to", "number", 1, field="high"),
        Column("Reached it", "integer"),
        Column("Studies", "integer"),
        Column("To a tenth of it", "number", 1),
        Column("Near the best", "number", 1),
    )
    rows = tuple(_row(run, name) for run in runs for name in run.strategies if run.ran(name))
    caption = (
        f"Expected {_unit(runs)} until a study is as far as random search is expected to be with all of its budget, "
        "after those that this takes random search; the same with a tenth of it, and 99% of the way from a typical "
        "random trial to the best known value; a dash where no study got there"
    )
    return Table(caption, columns, rows)


def _row(run: TaskRunLengths, name: str) -> tuple[Cell, ...]:
    row, whole = run.strategies.index(name), run.place(run.budget)
    near = len(run.targets) - 1 if run.targets[-1].trials is None else None
    early, late = (None if p is None else float(run.expected[row, p]) for p in (run.place(tenth(run.budget)), near))
    if whole is None:
        return (run.task, name, run.budget, *[None] * 6, early, late)
    found = expected_estimate(run, name, whole)
    ran = int((~np.isnan(run.steps[row, :, whole])).sum())
    numbers = (found.value, found.low, found.high, int(run.reached[row, :, whole].sum()), ran)
    return (run.task, name, run.budget, run.random_trials(whole), *numbers, early, late)


def _chart(runs: Sequence[TaskRunLengths], strategies: tuple[str, ...]) -> Chart:
    last = max(2.0, *(float(np.nanmax(run.steps)) for run in runs))
    ends = {name: shares_reached(runs, name, np.array([last]))[0] for name in strategies}
    best = max(ends, key=lambda name: np.nan_to_num(ends[name]))
    targets = [target.trials for run in runs for target in run.targets if target.trials is not None]
    return Chart(
        "Share of the targets that have been reached, over targets and seeds and then over tasks, each with the same "
        f"weight. Targets: what takes random search {_count(min(targets))} to {_count(max(targets))} {_unit(runs)}, "
        "and 99% of the way to the best known value where one is declared. Of studies that ended nothing more is "
        "known.",
        f"Rising steps, one line a strategy, over {_unit(runs)} on a logarithmic axis: in the end {best} has reached "
        f"most, {ends[best]:.0%} of the targets.",
        partial(_specification, runs, strategies, last),
        _milestones(runs, strategies, last),
    )


def _milestones(runs: Sequence[TaskRunLengths], strategies: Sequence[str], last: float) -> Table:
    steps = np.array(sorted({1.0, last, *(d * 10.0**p for p in range(8) for d in (1, 2, 5) if d * 10.0**p < last)}))
    columns = (Column("Strategy"), Column(_unit(runs).capitalize(), "integer"), Column("Targets reached", "percent", 1))
    rows = tuple(
        (name, int(step), float(share))
        for name in strategies
        for step, share in zip(steps, shares_reached(runs, name, steps), strict=True)
    )
    return Table("Share of the targets that have been reached", columns, rows)


def _specification(runs: Sequence[TaskRunLengths], strategies: tuple[str, ...], last: float) -> Specification:
    from ..charts.run_length import targets_reached

    steps: NDArray[np.float64] = np.unique(np.geomspace(1.0, last, _MOST_POINTS).round())
    points: list[Point] = [
        {"strategy": name, "trial": int(step), "share": float(share)}
        for name in strategies
        for step, share in zip(steps, shares_reached(runs, name, steps), strict=True)
        if np.isfinite(share)
    ]
    return targets_reached(points, strategies, along=_unit(runs))
