"""What is compared, where a report joins several runs: what was matched, and what does not compare across them."""

from __future__ import annotations

from ..analysis.joining import Joining, joining
from ..items import Column, Item, Points, Table, Text
from ..report import Section
from ..store import Store
from ..wording import listed

TITLE = "What is compared"


def section(store: Store) -> Section | None:
    """The runs, what was matched, and what is not the same; nothing for a single run."""
    if len(store.runs) < 2:
        return None
    found = joining(store)
    items: list[Item] = [Text(_EXPLANATION), Points(_matched(found)), _runs(found)]
    return Section("joined", TITLE, (*items, *_mismatches(found)))


_EXPLANATION = (
    "This report joins several runs. A task or strategy is the same in two of them where name, options, version, "
    "space, objectives, budget and parallelism are; a study that several runs hold is taken from the first."
)


def _matched(found: Joining) -> tuple[str, ...]:
    told = [
        f"The same task in several runs: {listed(found.tasks) or 'none'}.",
        f"The same strategy in several runs: {listed(found.strategies) or 'none'}.",
    ]
    shared = [f"The same luck for the same seed, as far as tasks are shared: {', '.join(g)}." for g in found.same_luck]
    return (*told, *shared)


def _runs(found: Joining) -> Table:
    columns = (
        Column("Run"),
        Column("Suite"),
        Column("State"),
        Column("Schema"),
        Column("Studies", "integer"),
        Column("Repeated", "integer"),
        Column("Seeds from", "integer"),
    )
    rows = tuple(
        (run.name, run.suite, run.state, run.schema, run.studies, run.repeated, run.first_seed) for run in found.runs
    )
    return Table("The runs; repeated studies are those that an earlier run holds, and are left out", columns, rows)


def _mismatches(found: Joining) -> tuple[Item, ...]:
    if not found.mismatches:
        return (Text("Nothing else differs: versions, machines, limits and budgets are the same."),)
    columns = (Column("What"), Column("Difference"), Column("So"))
    rows = tuple((one.subject, one.difference, one.consequence) for one in found.mismatches)
    return (Table("What is not the same in all runs", columns, rows),)
