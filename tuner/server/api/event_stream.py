"""What happens to a run, told as it happens: server-sent events."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import APIRouter, Header
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from results.errors import ResultsError

from ...errors import TunerError
from ..events import SECONDS, RunEvent
from ..facade import Facade
from ..service import Service
from .answers import PREFIX, RunName, problems

router = APIRouter(prefix=PREFIX, tags=["runs"], responses=problems(_404="There is no run of this name."))
_SILENT_SECONDS: Final = 15.0
"""After so long without an event a comment is sent, so that nobody on the way takes the connection for dead."""
LONGEST_SECONDS: Final = 3600.0
"""After so long a stream ends, so that nobody who has stopped to listen keeps one for ever; browsers come back."""
_EXAMPLE: Final = 'id: 1764300000001\nevent: progress\ndata: {"summary": {"name": "quick", "trials": 12}}\n\n'

_SCHEMA: Final = {
    "type": "object",
    "required": ["id", "event", "data"],
    "properties": {
        "id": {"type": "string", "pattern": "^[0-9]+$"},
        "event": {"enum": ["progress", "failure", "end"]},
        "data": {"type": "string", "description": "JSON: of `failure` as in the list of failures, else as progress."},
    },
}
"""Of one event, each field a line."""


@router.get(
    "/runs/{run}/events",
    summary="Listen to a run",
    operation_id="listenToRun",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Events `progress`, `failure` and `end`; the stream ends after the last one, or an hour.",
            "content": {"text/event-stream": {"schema": _SCHEMA, "example": _EXAMPLE}},
        }
    },
)
async def listen_to_run(
    service: Facade,
    run: RunName,
    last: Annotated[
        str | None, Header(alias="Last-Event-ID", max_length=40, description="The id of the last event that was heard.")
    ] = None,
) -> StreamingResponse:
    """`progress` tells all of how far the run is, `failure` of one trial, `end` that nothing more comes.

    Who comes back with the id of the last event hears the failures that were missed, and how far the run is by now. A
    stream that ends without `end` is to be opened again.
    """
    after = int(last) if last is not None and last.isascii() and last.isdigit() else None
    first = await run_in_threadpool(service.events, run, after)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_told(service, run, first, after), media_type="text/event-stream", headers=headers)


async def _told(service: Service, run: str, events: list[RunEvent], after: int | None) -> AsyncIterator[str]:
    silent, until = 0.0, time.monotonic() + LONGEST_SECONDS
    while not service.is_closed and time.monotonic() < until:
        for event in events:
            yield f"id: {event.number}\nevent: {event.kind}\ndata: {event.text}\n\n"
            after = event.number
            if event.kind == "end":
                return
        silent = 0.0 if events else silent + SECONDS
        if silent >= _SILENT_SECONDS:
            silent = 0.0
            yield ": nothing new\n\n"
        await asyncio.sleep(SECONDS)
        try:
            events = await run_in_threadpool(service.events, run, after)
        except (TunerError, ResultsError):  # it was deleted meanwhile
            return
