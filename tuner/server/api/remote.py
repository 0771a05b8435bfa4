"""Strategies and tasks of clients: registered, asked, answered and ended."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final, TypeVar

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import ConfigDict, ValidationError
from starlette.exceptions import HTTPException

from ...errors import TunerError
from ..bodies import json_body
from ..mailbox_tables import AskedQuestion, Kind, RemoteSession
from ..remote_desk import Desk
from ..remote_requests import (
    AnswerRequest,
    StrategyRequest,
    TaskRequest,
    checked_answer,
    documented,
    failure_answer,
    messages_of,
    read,
)
from ..remote_waiting import end_of
from ..tellable import read_tellable
from .answers import PREFIX, problems

_KINDS: Final[dict[str, Kind]] = {"remote-strategies": "strategy", "remote-tasks": "task"}
_DOCUMENTED = ConfigDict(use_attribute_docstrings=True)
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


def kind_of(request: Request) -> Kind:
    """Whether a path is about strategies or about tasks: a dependency of handlers."""
    return _KINDS[request.url.path.removeprefix(f"{PREFIX}/").partition("/")[0]]


def place_of(kind: Annotated[Kind, Depends(kind_of)], session: Session) -> tuple[str, Kind]:
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


@dataclass(frozen=True, slots=True)
class SessionAnswer:
    """A strategy or task of a client."""

    __pydantic_config__: ClassVar[ConfigDict] = _DOCUMENTED

    id: str
    """Where it is asked; 128 random bits."""
    name: str
    """How reports call it."""
    entry: dict[str, Any]
    """What to put under `strategies`, or `tasks`, of a suite; empty where what is stored of it cannot be told."""
    created: float
    """Seconds since 1970."""
    last_seen: float
    """When its client was there last, likewise, to within some seconds."""
    is_ended: bool
    answers: int
    """How many questions were answered."""


@dataclass(frozen=True, slots=True)
class QuestionAnswer:
    """A question, in the messages of the program protocol."""

    __pydantic_config__: ClassVar[ConfigDict] = _DOCUMENTED

    conversation: str
    """Of one study, whose questions build on one another; or of one trial of a task."""
    number: int
    """From 0. The messages of question 0 begin with `start`."""
    messages: list[dict[str, Any]]
    """What is new since the question before: `tell`, and last `ask`; of a task `evaluate` alone."""
    answer: dict[str, Any] | None = None
    """What was answered; null where the question waits."""
    is_broken: bool = False
    """Whether what is stored cannot be told; then there are no messages, or there is no answer."""


@dataclass(frozen=True, slots=True)
class QuestionsAnswer:
    """Questions, oldest first; at most 100 at once, and fewer where they are long."""

    questions: list[QuestionAnswer]
    is_ended: bool = False
    """Whether nothing more will be asked."""


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
    return await _opened("strategy", read(StrategyRequest, body), desk, response)


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
    return await _opened("task", read(TaskRequest, body), desk, response)


@on_both("GET", "", "listRemote", summary="List what clients have brought")
async def list_sessions(kind: Annotated[Kind, Depends(kind_of)], desk: Desk) -> list[SessionAnswer]:
    """The sessions that have not ended, newest first."""
    return [_told(session) for session in await desk.sessions(kind)]


@on_both("GET", "/{session}", "getRemote", summary="Tell of one session")
async def get_session(place: Place, desk: Desk) -> SessionAnswer:
    """When its client was there last, how much was answered, and the entry for a suite."""
    return _told(await desk.session(*place))


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
    responses=problems(_429="As many requests as may wait for questions already: come again."),
)
async def get_questions(place: Place, desk: Desk, request: Request, wait: Wait = 0.0) -> QuestionsAnswer:
    """The oldest questions without an answer. With `wait`, the answer comes as soon as there is one."""
    found = [_question(one) for one in await desk.waiting(*place, wait, end_of(request))]
    for one in found:
        if one.is_broken:  # its study fails, and the others go on
            failure = failure_answer(place[1], "the question that is stored cannot be told")
            with suppress(HTTPException):  # another client was quicker, or there is no room for it
                await desk.answer(*place, one.conversation, one.number, failure)
    known = await desk.session(*place)
    return QuestionsAnswer([one for one in found if not one.is_broken], known.ended is not None)


@on_both("GET", "/{session}/questions/{conversation}", "getConversationOf", summary="Read a conversation again")
async def get_conversation(
    place: Place,
    conversation: Conversation,
    desk: Desk,
    first: Annotated[int, Query(ge=0, le=2**31, description="Number of the first question.")] = 0,
) -> QuestionsAnswer:
    """Questions of a conversation with their answers, at most 100: for a client that has forgotten what it knew."""
    found = await desk.conversation(*place, conversation, first)
    return QuestionsAnswer([_question(one) for one in found])


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
    answer = checked_answer(place[1], read(AnswerRequest, body).answer)
    await desk.answer(*place, conversation, number, answer)
    return Response(status_code=204)


async def _opened(kind: Kind, asked: StrategyRequest | TaskRequest, desk: Desk, response: Response) -> SessionAnswer:
    asked.entry("")  # what is wrong with it is told before there is a session
    session = await desk.open(kind, asked.name, asked.model_dump())
    response.headers["Location"] = f"{PREFIX}/remote-{'strategies' if kind == 'strategy' else 'tasks'}/{session.id}"
    return _told(session)


def _told(session: RemoteSession) -> SessionAnswer:
    is_ended = session.ended is not None
    times = (session.created, session.last_seen)
    return SessionAnswer(session.id, session.name, _entry(session), *times, is_ended, session.answers)


def _entry(session: RemoteSession) -> dict[str, Any]:
    request = StrategyRequest if session.kind == "strategy" else TaskRequest
    try:
        return request.model_validate(session.definition).entry(session.id)
    except (ValidationError, TunerError):
        return {}


def _question(asked: AskedQuestion) -> QuestionAnswer:
    is_broken = False
    messages: list[dict[str, Any]] = []
    answer: dict[str, Any] | None = None
    try:
        messages = messages_of(asked.text)
        answer = None if asked.answer is None else read_tellable(asked.answer)
    except ValueError:
        is_broken = True
    return QuestionAnswer(asked.conversation, asked.number, messages, answer, is_broken)
