"""What clients are told of the strategies and tasks that they have brought, and of what these are asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Final

from pydantic import ConfigDict, TypeAdapter, ValidationError
from starlette.responses import Response

from ..errors import TunerError
from .mailbox_tables import AskedQuestion, ListedSession, RemoteSession
from .remote_requests import StrategyRequest, TaskRequest, messages_of
from .tellable import read_tellable

_DOCUMENTED = ConfigDict(use_attribute_docstrings=True)


@dataclass(frozen=True, slots=True)
class ListedSessionAnswer:
    """A strategy or task of a client, but for its entry."""

    __pydantic_config__: ClassVar[ConfigDict] = _DOCUMENTED

    id: str
    """Where it is asked; 128 random bits."""
    name: str
    """How reports call it."""
    created: float
    """Seconds since 1970."""
    last_seen: float
    """When its client was there last, likewise, to within some seconds."""
    is_ended: bool
    answers: int
    """How many questions were answered."""


@dataclass(frozen=True, slots=True)
class SessionAnswer(ListedSessionAnswer):
    """A strategy or task of a client."""

    __pydantic_config__: ClassVar[ConfigDict] = _DOCUMENTED

    entry: dict[str, Any]
    """What to put under `strategies`, or `tasks`, of a suite; empty where what is stored of it cannot be told."""


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


_QUESTIONS: Final = TypeAdapter(QuestionsAnswer)


def listed_answer(session: ListedSession) -> ListedSessionAnswer:
    """The session in a list."""
    is_ended = session.ended is not None
    return ListedSessionAnswer(session.id, session.name, session.created, session.last_seen, is_ended, session.answers)


def session_answer(session: RemoteSession) -> SessionAnswer:
    """The session with its entry. Takes milliseconds for a large space."""
    return SessionAnswer(**asdict(listed_answer(session)), entry=_entry(session))


def question_answers(asked: Sequence[AskedQuestion]) -> list[QuestionAnswer]:
    """The questions in messages. Takes up to seconds for long ones: not for the event loop."""
    return [_question(one) for one in asked]


def questions_response(told: QuestionsAnswer) -> Response:
    """What FastAPI would answer, but would check all over again, and in the event loop."""
    return Response(_QUESTIONS.dump_json(told), media_type="application/json")


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
