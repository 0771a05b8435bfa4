"""Trials of a run: page by page, one by one, and all of them as a file."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import StreamingResponse

from ..at_once import at_once_if_at_hand
from ..exports import ExportFormat
from ..facade import Facade
from ..service import Service
from ..trial_query import TrialColumn, TrialDetail, TrialQuery, TrialRow
from .answers import PREFIX, Label, Limit, Listing, Number, Offset, RunName, listing, problems

router = APIRouter(
    prefix=f"{PREFIX}/runs/{{run}}",
    tags=["trials"],
    responses=problems(_404="There is no run, or no trial, of this name."),
)
_MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "arrow": "application/vnd.apache.arrow.stream",
}
_UNSEALED = problems(_409="The table is written once the run stops.")


def _file(form: ExportFormat, what: str) -> dict[int | str, dict[str, Any]]:
    media = _MEDIA[form].partition(";")[0]
    return {**_UNSEALED, 200: {"description": what, "content": {media: {"schema": {"type": "string"}}}}}


@router.get("/trials", summary="List trials", operation_id="listTrials")
@at_once_if_at_hand
def list_trials(
    *,
    request: Request,
    service: Facade,
    run: RunName,
    study: Annotated[int | None, Query(ge=0, le=2**31 - 1, description="Of this study only.")] = None,
    task: Annotated[Label | None, Query(description="On the task of this label only.")] = None,
    strategy: Annotated[Label | None, Query(description="Of the strategy of this label only.")] = None,
    seed: Annotated[int | None, Query(ge=0, le=2**63 - 1, description="With this seed index only.")] = None,
    status: Annotated[
        str | None,
        Query(
            pattern="^(ok|error|timeout|memory|crash|invalid|failed)$",
            description="Only those that ended so; `failed` stands for all but `ok`.",
        ),
    ] = None,
    text: Annotated[
        str, Query(max_length=200, description="Only those with this in the configuration, as JSON, or the message.")
    ] = "",
    sort: Annotated[TrialColumn | None, Query(description="Left out: by study and trial.")] = None,
    descending: Annotated[bool, Query(description="Largest first; missing values come last either way.")] = False,
    offset: Offset = 0,
    limit: Limit = 50,
) -> Listing[TrialRow]:
    """Filtered and sorted; of a run under way those that are stored so far."""
    query = TrialQuery(study, task, strategy, status, seed, text, sort, descending, offset, limit)
    return listing(request, service.trials(run, query))


@router.get("/trials/{study}/{trial}", summary="Tell of one trial", operation_id="getTrial")
@at_once_if_at_hand
def get_trial(service: Facade, run: RunName, study: Number, trial: Number) -> TrialDetail:
    """All that is stored of it, what its configuration teaches if the run has kept that, and how to see it again."""
    return service.trial(run, study, trial)


@router.get(
    "/trials.parquet",
    summary="Export trials as Parquet",
    operation_id="exportParquet",
    response_class=StreamingResponse,
    responses=_file("parquet", "The table as it is stored."),
)
def export_parquet(service: Facade, run: RunName) -> StreamingResponse:
    """One row a trial, all columns, exactly as stored."""
    return _streamed(service, run, "parquet")


@router.get(
    "/trials.csv",
    summary="Export trials as CSV",
    operation_id="exportCsv",
    response_class=StreamingResponse,
    responses=_file("csv", "A line a trial, and one of headings."),
)
def export_csv(service: Facade, run: RunName) -> StreamingResponse:
    """For spreadsheets: a text that one would take for a formula has an apostrophe before it."""
    return _streamed(service, run, "csv")


@router.get(
    "/trials.arrow",
    summary="Export trials as Arrow",
    operation_id="exportArrow",
    response_class=StreamingResponse,
    responses=_file("arrow", "An Arrow IPC stream."),
)
def export_arrow(service: Facade, run: RunName) -> StreamingResponse:
    """For programs that read Arrow without a file."""
    return _streamed(service, run, "arrow")


def _streamed(service: Service, run: str, form: ExportFormat) -> StreamingResponse:
    headers = {"Content-Disposition": f'attachment; filename="{run}-trials.{form}"'}
    return StreamingResponse(service.export(run, form), media_type=_MEDIA[form], headers=headers)
