"""What makes a comparison look better than it is: over-tuning, noise, repetitions, and an order that changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from ..analysis.duplicates import repeated_shares
from ..analysis.order_flips import OrderFlip, order_flips
from ..analysis.over_tuning import (
    IncumbentCourse,
    OverTuning,
    incumbent_courses,
    mean_ranks_with_and_without_noise,
    noise_free_losses,
    over_tuning_by,
)
from ..analysis.scores import task_scores
from ..items import Cell, Column, Item, Note, Points, Table, Text
from ..report import Section
from ..store import Store
from ..wording import counted

TITLE = "How honest is this comparison?"

MOST_FLIPS = 8
"""So many changes of order are told one by one."""

_SOURCE = "Schneider, Bischl and Feurer, Overtuning in Hyperparameter Optimization, AutoML 2025"
_POINTERS = (
    "What this table leaves to sections of its own: failed trials by kind, the strategies' own time, and the held-out "
    "values themselves."
)


@dataclass(frozen=True, slots=True)
class _Findings:
    """All that is known of the store's honesty."""

    courses: Sequence[IncumbentCourse]
    ranks: pd.DataFrame
    """Mean ranks by noisy and by true value, by strategy; empty where no task stores a value without noise."""
    noisy_tasks: tuple[str, ...]
    repeated: Mapping[str, float]
    flips: Sequence[OrderFlip]
    strategies: tuple[str, ...]


def section(store: Store) -> Section | None:
    """A table with one row a strategy and what its columns mean; nothing where no trial was made."""
    if store.outcomes.empty:
        return None
    found = _find(store)
    columns = [column for column in _columns(found) if any(cell is not None for cell in column.cells)]
    names = [name for name in store.strategies if name in found.repeated]
    table = Table(
        "What may flatter a strategy",
        (Column("Strategy"), *(column.heading for column in columns)),
        tuple((name, *(column.cells[place] for column in columns)) for place, name in enumerate(names)),
    )
    meanings = Points(tuple(f"{column.heading.name}: {column.meaning}" for column in columns))
    items: tuple[Item, ...] = (table, meanings, *_tasks(found), *_told(found), Text(_POINTERS))
    return Section("honesty", TITLE, items)


def _find(store: Store) -> _Findings:
    losses = noise_free_losses(store)
    return _Findings(
        courses=incumbent_courses(store),
        ranks=mean_ranks_with_and_without_noise(losses),
        noisy_tasks=tuple(losses["task"].unique()),
        repeated=repeated_shares(store),
        flips=order_flips(task_scores(store)),
        strategies=store.strategies,
    )


@dataclass(frozen=True, slots=True)
class _Shown:
    """One column of the table."""

    heading: Column
    meaning: str
    cells: tuple[Cell, ...]
    """One a strategy; all None where the store has nothing to say."""


def _columns(found: _Findings) -> Iterator[_Shown]:
    names = [name for name in found.strategies if name in found.repeated]
    yield from _over_tuning_columns(over_tuning_by(found.courses, "strategy"), names)
    meanings = {
        "noisy": f"mean rank, 1 is best, of the final choices on {', '.join(found.noisy_tasks)}, by the values that "
        "the strategies saw, which luck flatters.",
        "true": "the same choices, ranked by their values without the noise.",
    }
    for by, meaning in meanings.items():
        ranks = found.ranks[by].to_dict()
        yield _Shown(Column(f"Rank by {by} value", "number", 2), meaning, tuple(map(ranks.get, names)))
    yield _Shown(
        Column("Repeated", "percent", 1),
        "share of trials whose configuration the same study had already evaluated at the same fidelity. Without noise "
        "such a trial teaches nothing; in a space with few configurations it cannot be avoided.",
        tuple(found.repeated[name] for name in names),
    )
    shown = [flip for flip in found.flips if flip.is_shown]
    if shown:
        yield _Shown(
            Column("Overtakes", "integer"),
            "how often it is behind another strategy on a task after a quarter of the budget and ahead at the end, "
            "where the seeds show both.",
            tuple(sum(flip.ahead_late == name for flip in shown) for name in names),
        )
        yield _Shown(
            Column("Is overtaken", "integer"),
            "how often the other way round: with a smaller budget it would have looked better.",
            tuple(sum(flip.ahead_early == name for flip in shown) for name in names),
        )


def _over_tuning_columns(by_strategy: Mapping[str, OverTuning], names: Sequence[str]) -> Iterator[_Shown]:
    """How often, how much, and how badly."""
    known = [by_strategy.get(name) for name in names]
    yield _Shown(
        Column("Over-tuned", "percent", 0),
        "share of studies whose final choice is worse on held-out data than an earlier one was, though its validation "
        "value is better. Held-out values have luck of their own, so compare strategies rather than hope for zero.",
        tuple(None if one is None else one.share for one in known),
    )
    yield _Shown(
        Column("Given away", "percent", 0),
        "relative over-tuning, median over these studies: (final - best) / (first - best), of the held-out losses of "
        f"the choices that the study made one after the other ({_SOURCE}). 100% is all that had been gained.",
        tuple(None if one is None else one.relative for one in known),
    )
    yield _Shown(
        Column("Worse than first", "percent", 0),
        "share of studies whose final choice is worse on held-out data than their first trial that succeeded.",
        tuple(None if one is None else one.worse_than_first for one in known),
    )


def _tasks(found: _Findings) -> Iterator[Item]:
    """Over-tuning by task, where there are several tasks to tell apart."""
    by_task = over_tuning_by(found.courses, "task")
    if len(by_task) < 2:
        return
    judges = {course.task: course.judge for course in found.courses}
    columns = (
        Column("Task"),
        Column("Judged by"),
        Column("Studies", "integer"),
        Column("Over-tuned", "percent", 0),
        Column("Given away", "percent", 0),
        Column("Worse than first", "percent", 0),
    )
    rows = tuple(
        (task, judges[task], one.studies, one.share, one.relative, one.worse_than_first)
        for task, one in by_task.items()
    )
    yield Table("Over-tuning by task, all strategies together", columns, rows)


def _told(found: _Findings) -> Iterator[Item]:
    """What the table cannot say."""
    if not found.courses:
        yield Note("No task tells held-out values that differ from validation: over-tuning cannot be seen here.")
    if not found.ranks.empty:
        leaders = [_leader(found.ranks[by]) for by in ("noisy", "true")]
        if leaders[0] != leaders[1]:
            yield Note(f"By the values with noise {leaders[0]} ranks first; by those without, {leaders[1]}.")
    yield from _flips(found.flips)


def _leader(ranks: pd.Series) -> str:
    return " and ".join(str(name) for name in ranks.index[ranks == ranks.min()])


def _flips(flips: Sequence[OrderFlip]) -> Iterator[Item]:
    shown = sorted((flip for flip in flips if flip.is_shown), key=lambda flip: flip.p_holm)
    if shown:
        more = f" The {MOST_FLIPS} surest:" if len(shown) > MOST_FLIPS else ""
        yield Text(f"Who is ahead depends on the budget, as the seeds show, in {_pairs_on_tasks(shown)}.{more}")
        yield Points(tuple(map(_sentence, shown[:MOST_FLIPS])))
    rest = [flip for flip in flips if not flip.is_shown]
    if rest:
        yield Text(
            "The order of medians changes between a quarter of the budget and its end, within luck, in "
            f"{_pairs_on_tasks(rest)} (paired sign-flip tests over seeds of both leads, Holm over all changes of "
            "order)."
        )
    if not flips:
        yield Text("On no task does the order of the medians change between a quarter of the budget and its end.")


def _pairs_on_tasks(flips: Sequence[OrderFlip]) -> str:
    return f"{counted(len(flips), 'pair')} on {counted(len({flip.task for flip in flips}), 'task')}"


def _sentence(flip: OrderFlip) -> str:
    return f"{flip.task}: {flip.ahead_early} is ahead early, {flip.ahead_late} at the end (p = {flip.p_holm:.3f})."
