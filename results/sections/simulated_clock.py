"""The simulated clock: how long the studies took on it, and how well they used their workers."""

from __future__ import annotations

from ..analysis.simulated_clock import UtilisationRow, utilisation
from ..items import Cell, Column, Table, Text
from ..report import Section
from ..store import Store

TITLE = "On the simulated clock"

_COLUMNS = (
    Column("Task"),
    Column("Strategy"),
    Column("Workers", "integer"),
    Column("Makespan", "seconds"),
    Column("Workers in use", "percent", 1, field="in_use"),
    Column("Trials", "integer"),
)

_EXPLANATION = (
    "These studies ran on a simulated clock: trials end when the costs that the task reports let them. The makespan is "
    "when the last trial of a study ends. Up to then the workers are in use while they evaluate, and idle while their "
    "strategy waits for other results, or for what is left to end."
)


def section(store: Store) -> Section | None:
    """A table; nothing where all studies ran on the wall's clock."""
    rows = utilisation(store)
    if not rows:
        return None
    table = Table("Medians over seeds, in seconds of the simulated clock", _COLUMNS, tuple(map(_cells, rows)))
    return Section("simulated-clock", TITLE, (Text(_EXPLANATION), table))


def _cells(row: UtilisationRow) -> tuple[Cell, ...]:
    return (row.task, row.strategy, row.workers, row.makespan, row.in_use, row.trials)
