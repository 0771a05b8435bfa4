"""What clients say of their strategies and tasks, checked, and the entries that a suite then needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from ..errors import InvalidProblem
from ..remote.definition import MOST_CHARACTERS, definition_of, read_problem
from ..remote.remote_strategy import ALL_NAMED, MOST_SECONDS, features_of
from ..remote.task_messages import answer_of, wrong_with
from ..suite_entries import Name
from ..trial import Failure, FailureKind
from .mailbox import canonical
from .mailbox_tables import Kind
from .tellable import check_tellable, read_tellable

MOST_PROPOSALS: Final = 10_000
"""Of one answer."""
_PROPOSAL_KEYS = {"configuration", "unit", "fidelity", "resume"}
_CONFIG = ConfigDict(extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False)
_Seconds = Annotated[float, Field(gt=0, le=MOST_SECONDS)]
_FEATURES: Final = "^({0})( *, *({0}))*$".format(ALL_NAMED.replace(", ", "|"))
"""For programs that read the description; what is wrong with them is told in better words."""
_Model = TypeVar("_Model", bound=BaseModel)


class StrategyRequest(BaseModel):
    """A strategy that the client answers for."""

    model_config = _CONFIG | ConfigDict(json_schema_extra={"examples": [{"name": "mine"}]})

    name: Name
    """How reports call it."""
    supports: Annotated[str, Field(max_length=200, json_schema_extra={"pattern": _FEATURES})] = ALL_NAMED
    """The problems that it can work on, with commas between them."""
    needs_fidelity: bool = False
    """Whether it makes sense only on problems with a fidelity."""
    seconds: _Seconds = 60.0
    """How long an answer may take while the client answers nothing else."""

    def entry(self, session: str) -> dict[str, Any]:
        """The entry for `strategies` of a suite."""
        features_of(self.supports)
        options: dict[str, Any] = {"session": session, "seconds": self.seconds, "supports": self.supports}
        if self.needs_fidelity:
            options["needs_fidelity"] = True
        return {"name": "remote", "label": self.name, "options": options}


class TaskRequest(BaseModel):
    """A task that the client measures."""

    model_config = _CONFIG | ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "mine",
                    "space": {"parameters": {"x": {"kind": "Float", "low": 0.0, "high": 1.0}}},
                    "objectives": [{"name": "error", "goal": "minimize"}],
                }
            ]
        }
    )

    name: Name
    """How reports call it."""
    space: dict[str, Any]
    """`parameters` by name, and perhaps `conditions`, as in the program protocol."""
    objectives: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=10)]
    """Each with `name`, and `goal`: minimize or maximize."""
    fidelity: dict[str, Any] | None = None
    """`name`, `low` and `high`."""
    seconds: _Seconds = 60.0
    """How long a measurement may take while the client answers nothing else."""

    def definition(self) -> str:
        """The problem as canonical JSON; raises `InvalidProblem` or `InvalidSpace`."""
        told = {"space": self.space, "objectives": self.objectives, "fidelity": self.fidelity}
        try:
            check_tellable(told)
        except ValueError as error:
            raise InvalidProblem(f"a task is told as JSON: {error}") from None
        text = definition_of(read_problem(told))
        if len(text) > MOST_CHARACTERS:
            raise InvalidProblem(f"a task's space has at most {MOST_CHARACTERS} characters of JSON, not {len(text)}")
        return text

    def entry(self, session: str) -> dict[str, Any]:
        """The entry for `tasks` of a suite."""
        options = {"session": session, "definition": self.definition(), "seconds": self.seconds}
        return {"name": "remote-task", "label": self.name, "options": options}


class AnswerRequest(BaseModel):
    """The answer to one question."""

    model_config = _CONFIG | ConfigDict(json_schema_extra={"examples": [{"answer": {"proposals": [{"unit": [0.5]}]}}]})

    answer: dict[str, JsonValue]
    """`proposals` of a strategy, or a text as `failure`; `values` of a task, or an object as `failure`."""


class QuestionRequest(BaseModel):
    """A question of a worker."""

    model_config = _CONFIG | ConfigDict(
        json_schema_extra={"examples": [{"text": '{"type": "ask", "count": 1}', "wait": 10}]}
    )

    text: Annotated[str, Field(min_length=2)]
    """Messages of the program protocol, one a line."""
    wait: Annotated[float, Field(ge=0, le=30)] = 0.0
    """Seconds to wait for the answer."""


def read(kind: type[_Model], body: object) -> _Model:
    """The request in a body of JSON; raises `RequestValidationError`."""
    try:
        return kind.model_validate(body, strict=True)
    except ValidationError as error:
        told = [{**one, "loc": ("body", *one["loc"])} for one in error.errors(include_url=False, include_context=False)]
        raise RequestValidationError(told) from None


def documented(kind: type[BaseModel]) -> dict[str, Any]:
    """The documentation of a body that `read` reads; it refers to nothing outside of itself."""
    schema = kind.model_json_schema()
    known = schema.pop("$defs", {})
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": _whole(schema, known)}}},
    }


def _whole(schema: Any, known: Mapping[str, Any]) -> Any:
    """A schema with what it refers to in the place of its references."""
    if isinstance(schema, list):
        return [_whole(one, known) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _whole(known[schema["$ref"].rpartition("/")[2]], known)
    return {name: _whole(one, known) for name, one in schema.items()}


def checked_answer(kind: Kind, answer: Mapping[str, Any]) -> str:
    """The answer as canonical JSON; raises `InvalidProblem` where it is none, whatever was asked."""
    try:
        check_tellable(answer)
    except ValueError as error:
        raise InvalidProblem(f"an answer is told to workers as JSON: {error}") from None
    wrong = wrong_with(dict(answer)) if kind == "task" else _wrong_proposals(answer)
    if wrong is not None:
        raise InvalidProblem(wrong)
    return canonical(answer)


def messages_of(text: str) -> list[dict[str, Any]]:
    """The messages of a question; raises ValueError where a line is no message, or none that could be told on."""
    messages = [read_tellable(line) for line in text.split("\n")]
    if not all(isinstance(message, dict) and isinstance(message.get("type"), str) for message in messages):
        raise ValueError("a message is an object with a type")
    return messages


def failure_answer(kind: Kind, message: str) -> str:
    """The answer of whoever cannot answer."""
    if kind == "task":
        return canonical(answer_of(Failure(FailureKind.INVALID, message)))
    return canonical({"failure": message})


def _wrong_proposals(answer: Mapping[str, Any]) -> str | None:
    if set(answer) == {"failure"}:
        return None if isinstance(answer["failure"], str) else "the failure of a strategy is a text"
    proposals = answer.get("proposals")
    if set(answer) != {"proposals"} or not isinstance(proposals, list) or len(proposals) > MOST_PROPOSALS:
        return f'an answer is {{"proposals": […]}}, with at most {MOST_PROPOSALS} of them'
    for one in proposals:
        if not isinstance(one, dict) or not set(one) <= _PROPOSAL_KEYS or ("unit" in one) == ("configuration" in one):
            return f"a proposal holds a configuration or a unit, perhaps a fidelity and a resume, not {one!r:.80}"
    return None
