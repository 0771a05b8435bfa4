"""The bin: runs that were deleted, and can be taken back."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from ..facade import Facade
from ..service import Service
from ..service_folder import RUN_ID, UnknownRun
from .runs_page import Offset
from .templating import page
from .wording import with_query

router: Final = APIRouter(include_in_schema=False)

_ROWS: Final = 30


@router.get("/bin")
def bin_page(request: Request, service: Facade, *, moved: str = "", gone: str = "", offset: Offset = 0) -> Response:
    """What is in it; `moved` is what has just come there, `gone` what was deleted and had stored nothing."""
    runs = service.bin(offset=offset, limit=_ROWS)
    return page(
        request,
        "bin",
        runs=runs,
        moved=moved if any(run.run == moved for run in runs.items) else "",
        gone=gone if RUN_ID.fullmatch(gone) and not _is_there(service, gone) else "",
        chosen_address=lambda start: with_query("/bin", {"offset": start}),
    )


def _is_there(service: Service, name: str) -> bool:
    """Whether a run is called so, again perhaps."""
    try:
        service.summary(name)
    except UnknownRun:
        return False
    return True
