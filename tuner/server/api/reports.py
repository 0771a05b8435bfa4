"""Reports and comparisons, made when they are first asked for."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from ..facade import Facade
from ..reports import policy_of
from .answers import PREFIX, Label, RunName, problems

router = APIRouter(
    prefix=PREFIX,
    tags=["reports"],
    responses=problems(
        _404="There is no run, or no strategy or task, of this name.",
        _409="The run has no tables yet: they are written once it stops.",
        _503="It took too long, the process that worked on it died, or too many reports wait already.",
    ),
)
_Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,95}$")]
Tasks = Annotated[
    list[Label],
    Query(alias="task", default_factory=list, max_length=100, description="Only these tasks; repeatable."),
]
Strategies = Annotated[
    list[Label],
    Query(alias="strategy", default_factory=list, max_length=100, description="Only these strategies; repeatable."),
]
Others = Annotated[
    list[_Name],
    Query(alias="with", default_factory=list, max_length=19, description="More runs, compared together; repeatable."),
]
Runs = Annotated[
    list[_Name],
    Query(alias="run", min_length=1, max_length=20, description="Names of runs; repeatable.", examples=[["quick"]]),
]


@router.get("/runs/{run}/report", summary="The report as data", operation_id="getReport")
def get_report(
    service: Facade,
    run: RunName,
    others: Others,
    tasks: Tasks,
    strategies: Strategies,
) -> dict[str, Any]:
    """`title`, `strategies`, `tasks`, and `sections` with their texts, tables and charts."""
    return service.report_json((run, *others), tasks, strategies)


@router.get(
    "/runs/{run}/report.html",
    summary="The report as a page",
    operation_id="getReportPage",
    response_class=Response,
    responses={200: {"description": "A page that needs nothing else.", "content": {"text/html": {}}}},
)
def get_report_page(
    service: Facade,
    run: RunName,
    others: Others,
    tasks: Tasks,
    strategies: Strategies,
) -> Response:
    """One file to keep or to send on: it asks the network for nothing."""
    page = service.report_html((run, *others), tasks, strategies)
    return Response(page, media_type="text/html", headers={"Content-Security-Policy": policy_of(page)})


@router.get("/comparison", summary="Compare two strategies", operation_id="compareStrategies")
def compare_strategies(
    *,
    service: Facade,
    runs: Runs,
    a: Annotated[Label, Query(description="Label of a strategy.", examples=["random"])],
    b: Annotated[Label, Query(description="Label of the strategy to compare it with.", examples=["tpe"])],
    planned: Annotated[
        bool, Query(description="Only this pair was to be compared, before anyone saw a result.")
    ] = False,
) -> dict[str, Any]:
    """Who is better, by how much, how sure that is, and at what cost: a report of one section."""
    return service.comparison(runs, a, b, planned=planned)
