"""One run: how far it is and who leads, growing while it is watched, and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from ..at_once import kept_while_same
from ..facade import Facade
from ..listing_page import page_of
from ..run_views import ProgressCell, RunDetail, RunState
from ..seen_run import SeenRun
from ..service import Service
from .drawing import plots_of, swatches_of
from .runs_page import Offset
from .templating import kept_part, page
from .wording import link, with_query

router: Final = APIRouter(include_in_schema=False)

_MOST_PLOTS: Final = 24
_MOST_FAILURES: Final = 10
_STUDIES: Final = 100
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
@kept_while_same
def run_page(request: Request, service: Facade, run: str) -> Response:
    """The whole page."""
    seen = service.seen(run)
    live = kept_part(request, seen, "live", lambda: _live(service, seen))
    return page(request, "run", run=seen.summary, live=live, how=_how(request, seen))


@router.get("/runs/{run}/live")
@kept_while_same
def live_part(request: Request, service: Facade, run: str) -> Response:
    """What changes while the run goes on, to be put in the place of what was there."""
    seen = service.seen(run)
    return HTMLResponse(kept_part(request, seen, "live", lambda: _live(service, seen)))


@router.get("/runs/{run}/how")
@kept_while_same
def how_part(request: Request, service: Facade, run: str) -> Response:
    """How it is run, likewise: all of it is known once the run is over."""
    return HTMLResponse(_how(request, service.seen(run)))


@router.get("/runs/{run}/studies")
@kept_while_same
def studies(request: Request, service: Facade, run: str, *, offset: Offset = 0) -> Response:
    """Every study by its number, page by page."""
    seen = service.seen(run)
    found, base = page_of(seen.studies, offset, _STUDIES), link("runs", run, "studies")
    return page(
        request,
        "studies",
        run=seen.summary,
        studies=found,
        page_address=lambda start: with_query(base, {"offset": start}),
    )


def _how(request: Request, seen: SeenRun) -> Markup:
    return kept_part(request, seen, "how", lambda: {"detail": seen.detail, "run": seen.summary}, seen.setting)


def _live(service: Service, seen: SeenRun) -> dict[str, Any]:
    run, detail = seen.summary, seen.detail
    curves = service.curves(run.name) if detail.studies else {}
    plots = plots_of(curves, detail.studies, detail.strategies)
    return {
        "run": run,
        "detail": detail,
        "steps": [step for step, states in _STEPS.items() if _may(step, run.state in states, detail)],
        "rows": rows_of(seen.cells, detail.tasks, detail.strategies),
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
