"""What went wrong: failed trials by kind, and studies that did not run to their end."""

from __future__ import annotations

from ..analysis.failures import failures, study_problems
from ..items import Column, Item, Table, Text
from ..report import Section
from ..store import Store

TITLE = "Failures"

_FAILURE_COLUMNS = (
    Column("Strategy"),
    Column("Task"),
    Column("Kind"),
    Column("Trials", "integer"),
    Column("Share", "percent", 1),
    Column("For example"),
)
_PROBLEM_COLUMNS = (Column("Strategy"), Column("Task"), Column("Seeds"), Column("Status"), Column("Reason"))


def section(store: Store) -> Section:
    """Both tables, or a sentence that nothing failed."""
    items = (*_failed_trials(store), *_unfinished_studies(store))
    nothing = (Text("No trial failed, and every study ran to its end."),)
    return Section("failures", TITLE, items or nothing)


def _failed_trials(store: Store) -> list[Item]:
    rows = tuple(
        (row.strategy, row.task, row.kind, row.count, row.share, _first_line(row.example)) for row in failures(store)
    )
    if not rows:
        return []
    explanation = "A failed trial spends its part of the budget and leaves the best value as it was."
    return [Text(explanation), Table("Failed trials by kind", _FAILURE_COLUMNS, rows)]


def _unfinished_studies(store: Store) -> list[Item]:
    seeds: dict[tuple[str, str, str, str], list[str]] = {}
    for problem in study_problems(store):
        alike = (problem.strategy, problem.task, problem.status, _first_line(problem.message))
        seeds.setdefault(alike, []).append(str(problem.seed))
    rows = tuple(
        (strategy, task, ", ".join(numbers), status, reason)
        for (strategy, task, status, reason), numbers in seeds.items()
    )
    return [Table("Studies that did not run to their end", _PROBLEM_COLUMNS, rows)] if rows else []


def _first_line(message: str, longest: int = 200) -> str:
    line = next(iter(message.strip().splitlines()), "")
    return line if len(line) <= longest else line[: longest - 1] + "…"
