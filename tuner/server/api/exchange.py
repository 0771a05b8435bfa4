"""Where the workers of runs ask remote strategies and tasks; only the exchange token, or the full one, opens it."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from ...remote.question import Question
from ..bodies import json_body
from ..remote_desk import Desk
from ..remote_requests import QuestionRequest, documented, messages_of, read
from ..remote_waiting import end_of
from ..tellable import read_tellable
from .answers import PREFIX, problems

router = APIRouter(
    prefix=f"{PREFIX}/exchange",
    tags=["remote"],
    responses=problems(
        _400="The body is no JSON.",
        _404="There is no such session.",
        _409="The question was asked before, in other words, or its stored answer cannot be told.",
        _410="The session has ended.",
        _415="The body is not application/json.",
        _429="As many questions wait as may, or as many requests: come again.",
        _503="The mailbox cannot be read or written just now: come again.",
        _507="The session stores as much as it may.",
    ),
)
_PLACE: Final = r"^[0-9a-f]{32}$"
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The answer.",
        "content": {"application/json": {"schema": {"type": "object"}, "example": {"answer": {"proposals": []}}}},
    },
    202: {
        "description": "The question waits: ask again. `answered` grows with every answer of the session.",
        "content": {"application/json": {"schema": {"type": "object"}, "example": {"answered": 7}}},
    },
}


@router.post(
    "/{session}/{conversation}/{number}",
    summary="Ask what is remote",
    operation_id="askRemote",
    openapi_extra=documented(QuestionRequest),
    responses=_ANSWERS,
    response_class=JSONResponse,
)
async def ask_remote(
    *,
    session: Annotated[str, Path(pattern=_PLACE)],
    conversation: Annotated[str, Path(pattern=_PLACE)],
    number: Annotated[int, Path(ge=0, le=2**31)],
    body: Annotated[Any, Depends(json_body)],
    desk: Desk,
    request: Request,
) -> JSONResponse:
    """The question is stored before it is acknowledged; asked again with the same text, it has the same answer."""
    asked = await run_in_threadpool(_checked, body)
    answer = await desk.ask(Question(session, conversation, number, asked.text), asked.wait, end_of(request))
    if answer is None:
        return JSONResponse({"answered": await desk.answers(session)}, 202)
    return await run_in_threadpool(_told, answer)


def _checked(body: object) -> QuestionRequest:
    asked = read(QuestionRequest, body)
    try:
        messages_of(asked.text)
    except ValueError as error:
        raise HTTPException(422, f"text holds messages of the program protocol, one a line: {error}") from None
    return asked


def _told(answer: str) -> JSONResponse:
    try:
        return JSONResponse({"answer": read_tellable(answer)})
    except ValueError as error:
        raise HTTPException(409, f"the answer that is stored cannot be told: {error}") from None
