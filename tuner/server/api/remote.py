"""Strategies and tasks of clients: registered, asked, answered and ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from ..bodies import json_body
from ..guard_visitors import visitor_of
from ..listing_page import Page
from ..mailbox_tables import Kind
from ..remote_answers import (
    ListedSessionAnswer,
    QuestionAnswer,
    QuestionsAnswer,
    SessionAnswer,
    listed_answer,
    question_answers,
    questions_response,
    session_answer,
)
from ..remote_desk import Desk, RemoteDesk
from ..remote_requests import (
    AnswerRequest,
    StrategyRequest,
    TaskRequest,
    checked_answer,
    documented,
    failure_answer,
    read,
)
from ..remote_waiting import end_of
from ..tokens import Access
from .answers import PREFIX, Limit, Listing, Offset, listing, problems

_KINDS: Final[dict[str, Kind]] = {"remote-strategies": "strategy", "remote-tasks": "task"}
router = APIRouter(
    prefix=PREFIX,
    tags=["remote"],
    responses=problems(_404="There is no such session, or no such question."),
)
_BODY: Final = problems(_400="The body is no JSON.", _415="The body is not application/json.")
_OPENING: Final = problems(_409="As many are open as may.") | _BODY


Session = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="As it was given out.")]
Conversation = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="One study, or one trial of a task.")]
QuestionNumber = Annotated[int, Path(ge=0, le=2**31, description="Of the question, from 0.", examples=[0])]
Wait = Annotated[float, Query(ge=0, le=30, allow_inf_nan=False, description="Seconds to wait for a question.")]
Json = Annotated[Any, Depends(json_body)]
_Handler = TypeVar("_Handler", bound=Callable[..., Any])


async def kind_of(request: Request) -> Kind:
    """Whether a path is about strategies or about tasks: a dependency of handlers."""
    return _KINDS[request.url.path.removeprefix(f"{PREFIX}/").partition("/")[0]]


async def place_of(kind: Annotated[Kind, Depends(kind_of)], session: Session) -> tuple[str, Kind]:
    """The session that a path is about: a dependency of handlers."""
    return session, kind


Place = Annotated[tuple[str, Kind], Depends(place_of)]


def on_both(method: str, path: str, operation: str, **told: Any) -> Callable[[_Handler], _Handler]:
    """Register a handler for strategies and for tasks; it learns by `Place` which of them it is."""

    def register(handler: _Handler) -> _Handler:
        for collection, kind in _KINDS.items():
            named = f"{operation}{kind.title()}"
            router.add_api_route(f"/{collection}{path}", handler, methods=[method], operation_id=named, **told)
        return handler

    return register


@router.post(
    "/remote-strategies",
    status_code=201,
    summary="Bring a strategy",
    operation_id="openRemoteStrategy",
    openapi_extra=documented(StrategyRequest),
    responses=_OPENING,
)
async def open_strategy(body: Json, desk: Desk, response: Response) -> SessionAnswer:
    """Answer for a strategy: the `entry` of the answer goes into a suite, and its questions then come here."""
    return await _opened("strategy", StrategyRequest, body, desk, response)


@router.post(
    "/remote-tasks",
    status_code=201,
    summary="Bring a task",
    operation_id="openRemoteTask",
    openapi_extra=documented(TaskRequest),
    responses=_OPENING,
)
async def open_task(body: Json, desk: Desk, response: Response) -> SessionAnswer:
    """Measure a task: the `entry` of the answer goes into a suite, and its trials then come here."""
    return await _opened("task", TaskRequest, body, desk, response)


@on_both("GET", "", "listRemote", summary="List what clients have brought")
async def list_sessions(
    request: Request, kind: Annotated[Kind, Depends(kind_of)], desk: Desk, offset: Offset = 0, limit: Limit = 50
) -> Listing[ListedSessionAnswer]:
    """The sessions that have not ended, newest first; the entry of one is told with it."""
    found = await desk.sessions(kind, offset, limit)
    return listing(request, Page([listed_answer(one) for one in found.items], found.total, offset, limit))


@on_both("GET", "/{session}", "getRemote", summary="Tell of one session")
async def get_session(place: Place, desk: Desk) -> SessionAnswer:
    """When its client was there last, how much was answered, and the entry for a suite."""
    return await run_in_threadpool(session_answer, await desk.session(*place))


@on_both("DELETE", "/{session}", "endRemote", summary="End a session", status_code=204, response_class=Response)
async def end_session(place: Place, desk: Desk) -> Response:
    """Studies that ask something new now fail; what is answered stays for as long as a run may be resumed by it."""
    await desk.end(*place)
    return Response(status_code=204)


@on_both(
    "GET",
    "/{session}/questions",
    "getQuestionsOf",
    summary="Fetch what is asked",
    response_model=QuestionsAnswer,
    responses=problems(_429="As many requests as may wait for questions already: come again."),
)
async def get_questions(place: Place, desk: Desk, request: Request, wait: Wait = 0.0) -> Response:
    """The oldest questions without an answer. With `wait`, the answer comes as soon as there is one.

    Nothing is waited for with the token for reading.
    """
    if visitor_of(request).access is Access.READ:  # a guest, and not the client
        found = await run_in_threadpool(question_answers, await desk.waiting_now(*place))
    else:
        found = await run_in_threadpool(question_answers, await desk.waiting(*place, wait, end_of(request)))
        await _fail_broken(found, place, desk)
    known = await desk.session(*place)
    told = QuestionsAnswer([one for one in found if not one.is_broken], known.ended is not None)
    return await run_in_threadpool(questions_response, told)


@on_both(
    "GET",
    "/{session}/questions/{conversation}",
    "getConversationOf",
    summary="Read a conversation again",
    response_model=QuestionsAnswer,
)
async def get_conversation(
    place: Place,
    conversation: Conversation,
    desk: Desk,
    first: Annotated[int, Query(ge=0, le=2**31, description="Number of the first question.")] = 0,
) -> Response:
    """Questions of a conversation with their answers, at most 100: for a client that has forgotten what it knew."""
    found = await desk.conversation(*place, conversation, first)
    return await run_in_threadpool(lambda: questions_response(QuestionsAnswer(question_answers(found))))


@on_both(
    "POST",
    "/{session}/questions/{conversation}/{number}",
    "answerQuestionOf",
    summary="Answer a question",
    status_code=204,
    response_class=Response,
    openapi_extra=documented(AnswerRequest),
    responses=problems(_409="It was answered otherwise before.", _507="The session stores as much as it may.") | _BODY,
)
async def answer_question(
    place: Place, conversation: Conversation, number: QuestionNumber, body: Json, desk: Desk
) -> Response:
    """Stored before it is acknowledged; the same answer may come again, another one is refused."""
    answer = await run_in_threadpool(lambda: checked_answer(place[1], read(AnswerRequest, body).answer))
    await desk.answer(*place, conversation, number, answer)
    return Response(status_code=204)


async def _opened(
    kind: Kind, request: type[StrategyRequest | TaskRequest], body: object, desk: Desk, response: Response
) -> SessionAnswer:
    asked = await run_in_threadpool(_checked, request, body)
    session = await desk.open(kind, asked.name, asked.model_dump())
    response.headers["Location"] = f"{PREFIX}/remote-{'strategies' if kind == 'strategy' else 'tasks'}/{session.id}"
    return await run_in_threadpool(session_answer, session)


def _checked(request: type[StrategyRequest | TaskRequest], body: object) -> StrategyRequest | TaskRequest:
    """What is wrong with it is told before there is a session."""
    asked = read(request, body)
    asked.entry("")
    return asked


async def _fail_broken(found: Sequence[QuestionAnswer], place: tuple[str, Kind], desk: RemoteDesk) -> None:
    """The study of a question that cannot be told fails, and the others go on."""
    failure = failure_answer(place[1], "the question that is stored cannot be told")
    for one in found:
        if one.is_broken:
            with suppress(HTTPException):  # another client was quicker, or there is no room for it
                await desk.answer(*place, one.conversation, one.number, failure)
