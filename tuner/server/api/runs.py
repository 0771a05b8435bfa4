"""Runs: listed, told of, steered and deleted."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from ..at_once import kept_while_same
from ..facade import Facade
from ..run_views import CurveView, FailureView, RunDetail, RunProgress, RunState, RunSummary
from .answers import PREFIX, Label, Limit, Listing, Offset, RunName, listing, problems

router = APIRouter(prefix=f"{PREFIX}/runs", tags=["runs"], responses=problems(_404="There is no run of this name."))
_STATE = problems(_409="The state of the run does not allow it; the detail says which state that is.")


@dataclass(frozen=True, slots=True)
class RunAnswer(RunDetail):
    """A run, and where to go on from there."""

    links: dict[str, str]
    """Paths of what belongs to it, by what that is."""


@router.get("", summary="List the runs", operation_id="listRuns")
@kept_while_same
def list_runs(
    *,
    request: Request,
    service: Facade,
    state: Annotated[RunState | None, Query(description="Only runs in this state.")] = None,
    suite: Annotated[str | None, Query(max_length=64, description="Only runs of the suite of this name.")] = None,
    text: Annotated[str | None, Query(max_length=96, description="Only runs with this in their names.")] = None,
    offset: Offset = 0,
    limit: Limit = 50,
) -> Listing[RunSummary]:
    """Newest first: those that were submitted here, and those that the command line has made in the same folder."""
    return listing(request, service.runs(state=state, suite=suite, text=text, offset=offset, limit=limit))


@router.get("/{run}", summary="Tell of one run", operation_id="getRun")
@kept_while_same
def get_run(service: Facade, run: RunName) -> RunAnswer:
    """Its state, its studies, the suite as it is run, and on which versions and which machine."""
    found = service.run(run)
    place = f"{PREFIX}/runs/{run}"
    parts = ("progress", "events", "curves", "failures", "trials", "report", "report.html")
    links = {"self": place, **{part: f"{place}/{part}" for part in parts}}
    links |= {f"trials.{form}": f"{place}/trials.{form}" for form in ("parquet", "csv", "arrow") if found.is_sealed}
    return RunAnswer(**{field.name: getattr(found, field.name) for field in fields(RunDetail)}, links=links)


@router.delete(
    "/{run}",
    status_code=204,
    summary="Delete a run",
    operation_id="deleteRun",
    response_class=Response,
    responses=_STATE,
)
def delete_run(service: Facade, run: RunName) -> Response:
    """Move the run to the bin. It has to be over: cancel one that is under way first."""
    service.delete(run)
    return Response(status_code=204)


@router.post("/{run}/pause", summary="Pause a run", operation_id="pauseRun", responses=_STATE)
def pause_run(service: Facade, run: RunName) -> RunSummary:
    """Stop once what is in flight is stored; `resume` goes on from there."""
    return service.pause(run)


@router.post("/{run}/resume", summary="Resume a run", operation_id="resumeRun", responses=_STATE)
def resume_run(service: Facade, run: RunName) -> RunSummary:
    """Queue a run again that was paused, cancelled or interrupted, or has failed. It goes on where it stopped."""
    return service.resume(run)


@router.post("/{run}/cancel", summary="Cancel a run", operation_id="cancelRun", responses=_STATE)
def cancel_run(service: Facade, run: RunName) -> RunSummary:
    """End a run; what is stored stays, and can be looked at."""
    return service.cancel(run)


@router.get("/{run}/progress", summary="How far a run is", operation_id="getProgress")
@kept_while_same
def get_progress(service: Facade, run: RunName) -> RunProgress:
    """By task and strategy, with the latest failures. To be told of changes, listen to `events`."""
    return service.progress(run)


@router.get("/{run}/failures", summary="List the trials that failed", operation_id="listFailures")
@kept_while_same
def list_failures(
    request: Request, service: Facade, run: RunName, offset: Offset = 0, limit: Limit = 50
) -> Listing[FailureView]:
    """Newest first, while the run is under way, too."""
    return listing(request, service.failures(run, offset=offset, limit=limit))


@router.get(
    "/{run}/curves",
    summary="The best values so far",
    operation_id="getCurves",
    responses=problems(_404="There is no run, or no task, of this name."),
)
@kept_while_same
def get_curves(
    service: Facade,
    run: RunName,
    task: Annotated[Label | None, Query(description="Label of a task; left out for all of them.")] = None,
) -> dict[str, list[CurveView]]:
    """By task, for each strategy the median over seeds of the best value after so many trials."""
    return service.curves(run, task)
