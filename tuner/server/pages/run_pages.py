"""One run: how far it is and who leads, growing while it is watched, and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from ..run_views import ProgressCell, RunDetail, RunState
from ..service import Service
from ..study_views import cells_of
from .drawing import plots_of, swatches_of
from .runs_page import Facade
from .templating import page

router: Final = APIRouter(include_in_schema=False)

_MOST_PLOTS: Final = 24
_MOST_FAILURES: Final = 10
_STEPS: Final[dict[str, frozenset[RunState]]] = {
    "pause": frozenset({"queued", "running"}),
    "resume": frozenset({"paused", "cancelled", "interrupted", "failed"}),
    "cancel": frozenset({"queued", "running", "pausing", "paused"}),
    "delete": frozenset({"paused", "cancelled", "interrupted", "failed", "finished"}),
}
"""What can be done in which state."""


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task in the table of progress: one cell a strategy, None where it does not meet the task."""

    task: str
    objective: str
    goal: str
    cells: list[ProgressCell | None]
    best: float | None
    """Of all strategies."""


@router.get("/runs/{run}")
def run_page(request: Request, service: Facade, run: str) -> Response:
    """The whole page."""
    detail = service.run(run)
    return page(request, "run", detail=detail, **_live(service, detail))


@router.get("/runs/{run}/live")
def live_part(request: Request, service: Facade, run: str) -> Response:
    """What changes while the run goes on, to be put in the place of what was there."""
    detail = service.run(run)
    return page(request, "live", detail=detail, **_live(service, detail))


def _live(service: Service, detail: RunDetail) -> dict[str, Any]:
    run = detail.summary
    curves = service.curves(run.name) if detail.studies else {}
    plots = plots_of(curves, detail.studies, detail.strategies)
    return {
        "run": run,
        "steps": [step for step, states in _STEPS.items() if _may(step, run.state in states, detail)],
        "rows": rows_of(cells_of(detail.studies), detail.tasks, detail.strategies),
        "swatches": list(swatches_of(detail.strategies).values()),
        "plots": plots[:_MOST_PLOTS],
        "plots_left_out": len(plots[_MOST_PLOTS:]),
        "failures": service.failures(run.name, limit=_MOST_FAILURES),
    }


def _may(step: str, is_state: bool, detail: RunDetail) -> bool:  # noqa: FBT001  a table's cell
    """Whether to offer a step: only who started a run can stop it."""
    return is_state and (detail.is_here or step not in {"pause", "cancel"}) and not detail.summary.is_broken


def rows_of(cells: Sequence[ProgressCell], tasks: Sequence[str], strategies: Sequence[str]) -> list[TaskRow]:
    """The cells as a table, tasks downwards and strategies across."""
    found = {(cell.task, cell.strategy): cell for cell in cells}
    rows = []
    for task in tasks:
        mine = [found.get((task, strategy)) for strategy in strategies]
        there = [cell for cell in mine if cell is not None]
        values = [cell.best for cell in there if cell.best is not None]
        pick = min if there[0].goal == "minimize" else max
        rows.append(TaskRow(task, there[0].objective, there[0].goal, mine, pick(values, default=None)))
    return rows
