"""The bin: runs that were deleted, and taking them out again."""

from __future__ import annotations

from fastapi import APIRouter, Request

from ..facade import Facade
from ..run_views import BinnedRun, RunSummary
from .answers import PREFIX, Limit, Listing, Offset, RunName, listing, problems

router = APIRouter(prefix=f"{PREFIX}/bin", tags=["runs"], responses=problems())


@router.get("", summary="List the bin", operation_id="listBin")
def list_bin(request: Request, service: Facade, offset: Offset = 0, limit: Limit = 50) -> Listing[BinnedRun]:
    """Runs that were deleted, latest first."""
    return listing(request, service.bin(offset=offset, limit=limit))


@router.post(
    "/{run}/restore",
    summary="Restore a run",
    operation_id="restoreRun",
    responses=problems(_404="It is not in the bin.", _409="There is another run of its name by now."),
)
def restore_run(service: Facade, run: RunName) -> RunSummary:
    """Take a run out of the bin, by its name there."""
    return service.restore(run)
