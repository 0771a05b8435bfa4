"""The bin: runs that were deleted, and can be taken back."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from .runs_page import Facade, Offset
from .templating import page
from .wording import with_query

router: Final = APIRouter(include_in_schema=False)

_ROWS: Final = 30


@router.get("/bin")
def bin_page(request: Request, service: Facade, *, moved: str = "", offset: Offset = 0) -> Response:
    """What is in it; `moved` is what has just come there."""
    runs = service.bin(offset=offset, limit=_ROWS)
    is_here = any(run.run == moved for run in runs.items)
    return page(
        request,
        "bin",
        runs=runs,
        moved=moved if is_here else "",
        is_gone=bool(moved) and not is_here,
        chosen_address=lambda start: with_query("/bin", {"offset": start}),
    )
