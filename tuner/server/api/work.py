"""Where runners on other machines get jobs and leave runs; only a runner's token, or the full one, opens it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from ..bodies import json_body
from ..facade import service_of
from ..job import JobState, Wish
from ..remote_requests import documented, read
from ..run_files import LARGEST_PIECE, RunFile
from ..run_writing import Piece, Whole
from ..work_desk import WorkDesk
from ..work_requests import (
    BYTES,
    DOCUMENTED_BYTES,
    OWNER,
    ClaimRequest,
    EndRequest,
    OwnerRequest,
    PutBackRequest,
    RenewRequest,
    bytes_body,
)
from .answers import PREFIX, RunName, problems

router = APIRouter(
    prefix=f"{PREFIX}/work",
    tags=["work"],
    responses=problems(
        _400="The body is no JSON.",
        _409="The job is not this owner's, or not any more.",
        _415="The body has another content type.",
        _423="Somebody on the service's machine writes to the run.",
        _503="The queue or the catalogue cannot be read just now: try again.",
    ),
)
_LARGEST: Final = 2**53


async def desk_of(request: Request) -> WorkDesk:
    """The desk that a request is for: a dependency of handlers."""
    return service_of(request).work


Desk = Annotated[WorkDesk, Depends(desk_of)]
Body = Annotated[Any, Depends(json_body)]
Owner = Annotated[str, Query(pattern=OWNER, description="By which name the job was claimed.", examples=["node-7-4f1d"])]
FileName = Annotated[
    str,
    Path(
        min_length=1,
        max_length=128,
        description="One of the files of a run, below its folder.",
        examples=["journal/000001.journal"],
    ),
]
Place = Annotated[int, Query(ge=0, le=_LARGEST, description="The first byte.", examples=[0])]


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """A job that is now the runner's, for 30 seconds unless it renews."""

    run: str
    suite: str
    """TOML."""
    workers: int | None
    """Worker processes; null for as many as the runner likes."""
    wish: Wish | None
    """What was asked of it meanwhile: it is to stop before it evaluates anything."""
    attempts: int
    """How often it was taken up since it last stored a trial, this time included."""
    message: str
    """What was wrong the last time; else empty."""


@dataclass(frozen=True, slots=True)
class Renewed:
    """What is asked of the run."""

    wish: Wish | None


@dataclass(frozen=True, slots=True)
class PutBack:
    """Where the job stands now."""

    state: JobState


@router.post(
    "/claim",
    summary="Take a job",
    operation_id="claimJob",
    openapi_extra=documented(ClaimRequest),
    response_model=ClaimedJob,
    responses={204: {"description": "No job waits."}},
)
def claim_job(desk: Desk, body: Body) -> ClaimedJob | Response:
    """The oldest job that waits, or that its runner has been silent about for too long."""
    asked = read(ClaimRequest, body)
    job = desk.claim(asked.owner, asked.version)
    if job is None:
        return Response(status_code=204)
    return ClaimedJob(job.run, job.suite, job.workers, job.wish, job.attempts, job.message)


@router.post(
    "/release",
    status_code=204,
    summary="Let go of what a name holds",
    operation_id="releaseJobs",
    openapi_extra=documented(OwnerRequest),
    response_class=Response,
)
def release_jobs(desk: Desk, body: Body) -> Response:
    """For a runner that was started anew: others need not wait for the end of the lease that it had by this name."""
    desk.release(read(OwnerRequest, body).owner)
    return Response(status_code=204)


@router.post("/{run}/renew", summary="Renew a lease", operation_id="renewLease", openapi_extra=documented(RenewRequest))
def renew_lease(desk: Desk, run: RunName, body: Body) -> Renewed:
    """Say that the runner is alive, at least every 30 seconds; the answer says whether the run is to stop."""
    asked = read(RenewRequest, body)
    return Renewed(desk.renew(run, asked.owner, asked.trials))


@router.post(
    "/{run}/end",
    status_code=204,
    summary="Say how a job ended",
    operation_id="endJob",
    openapi_extra=documented(EndRequest),
    response_class=Response,
)
def end_job(desk: Desk, run: RunName, body: Body) -> Response:
    """All files of the run have to be here before."""
    asked = read(EndRequest, body)
    desk.end(run, asked.owner, JobState(asked.state), asked.message)
    return Response(status_code=204)


@router.post(
    "/{run}/put-back", summary="Give a job back", operation_id="putBackJob", openapi_extra=documented(PutBackRequest)
)
def put_back_job(desk: Desk, run: RunName, body: Body) -> PutBack:
    """It waits again, or rests where that was asked for."""
    asked = read(PutBackRequest, body)
    return PutBack(desk.put_back(run, asked.owner, asked.failure))


@router.get("/{run}/files", summary="List the files of a run", operation_id="listRunFiles")
def list_run_files(desk: Desk, run: RunName, owner: Owner) -> list[RunFile]:
    """What another runner has left, to go on with; empty for a run that is not begun."""
    return desk.files(run, owner)


@router.get(
    "/{run}/files/{path:path}",
    summary="Read a file of a run",
    operation_id="readRunFile",
    response_class=Response,
    responses={200: {"description": "The bytes; none beyond the end.", "content": {BYTES: {}}}},
)
def read_run_file(
    *,
    desk: Desk,
    run: RunName,
    path: FileName,
    owner: Owner,
    place: Place = 0,
    length: Annotated[int, Query(ge=1, le=LARGEST_PIECE, description="How many bytes.")] = LARGEST_PIECE,
) -> Response:
    """A piece of a file."""
    return Response(desk.read(run, owner, path, place, length), media_type=BYTES)


@router.put(
    "/{run}/files/{path:path}",
    status_code=204,
    summary="Write a file of a run",
    operation_id="writeRunFile",
    openapi_extra=DOCUMENTED_BYTES,
    response_class=Response,
    responses=problems(_413="The piece is larger than 1 MiB, or the run larger than any may be."),
)
def write_run_file(
    *,
    desk: Desk,
    run: RunName,
    path: FileName,
    owner: Owner,
    place: Place,
    piece: Annotated[bytes, Depends(bytes_body)],
    size: Annotated[int | None, Query(ge=0, le=_LARGEST, description="Of the whole file; not for journals.")] = None,
    sha256: Annotated[str | None, Query(max_length=64, description="Of the whole file, likewise.")] = None,
) -> Response:
    """Write one piece at exactly its place; when it is answered, it survives a crash.

    Journals grow in place. Other files are put in place once all of their pieces are there, and only if they are what
    `size` and `sha256` announced. A piece that is there already may be sent again.
    """
    whole = None if size is None or sha256 is None else Whole(size, sha256)
    desk.write(run, owner, path, Piece(place, piece, whole))
    return Response(status_code=204)


@router.delete(
    "/{run}/files/journal",
    status_code=204,
    summary="Remove the journal of a finished run",
    operation_id="clearJournal",
    response_class=Response,
)
def clear_journal(desk: Desk, run: RunName, owner: Owner) -> Response:
    """Its tables hold all of it."""
    desk.clear_journal(run, owner)
    return Response(status_code=204)
