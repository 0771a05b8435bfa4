"""The first page: all runs, newest first, to be searched and filtered in the address."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from ..at_once import kept_while_same
from ..catalogue import CatalogueMissing
from ..facade import Facade
from ..run_views import STATES
from ..service import Service
from .templating import page
from .wording import with_query

router: Final = APIRouter(include_in_schema=False)

_ROWS: Final = 30
Offset = Annotated[int, Query(ge=0, le=10**9)]
"""Where a page of a list begins."""


@router.get("/")
@kept_while_same
def runs_page(
    request: Request, service: Facade, *, state: str = "", suite: str = "", text: str = "", offset: Offset = 0
) -> Response:
    """The list of runs."""
    chosen = {"state": state, "suite": suite, "text": text}
    runs = service.runs(state=state or None, suite=suite or None, text=text or None, offset=offset, limit=_ROWS)
    return page(
        request,
        "runs",
        runs=runs,
        chosen=chosen,
        states=STATES,
        suites=_suites(service, suite),
        is_filtered=any(chosen.values()),
        address=with_query("/", {**chosen, "offset": offset}),
        is_moving=any(run.is_under_way for run in runs.items),
        chosen_address=lambda start: with_query("/", {**chosen, "offset": start}),
    )


def _suites(service: Service, chosen: str) -> list[str]:
    """Suites to choose from: those that are installed, and the one that is chosen."""
    try:
        known = {suite.name for suite in service.suites()}
    except CatalogueMissing:
        known = set()
    return sorted(known | ({chosen} if chosen else set()))
