"""The description of the API that programs read (OpenAPI), arranged for people."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

from markupsafe import Markup

from ..api.answers import problems
from .schema_words import name_of, sample, text_of, title_of, words

_JSON: Final = "application/json"
_COMMON: Final = {str(status): told["description"] for status, told in problems().items()}
"""What every request may be answered, told once."""
_SAVED: Final = ("application/vnd.apache", "application/octet-stream", "text/csv", "text/html")
"""Answers that belong into a file."""
_FILE: Final = "--data-binary @FILE"


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a part of a body or an answer."""

    name: str
    place: str
    """path, query or header; empty for parts."""
    kind: Markup
    is_required: bool
    text: str


@dataclass(frozen=True, slots=True)
class Content:
    """A body, or what an answer holds."""

    media: str
    kind: Markup
    text: str
    fields: list[Field]
    example: str
    """Empty where there is none to show."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One of the answers to a request."""

    status: str
    """With its name, as in "201 Created"."""
    text: str
    contents: list[Content]


@dataclass(frozen=True, slots=True)
class Operation:
    """What can be asked."""

    anchor: str
    method: str
    path: str
    summary: str
    text: str
    parameters: list[Field]
    bodies: list[Content]
    answers: list[Answer]
    """But for those that every request may have."""
    command: str
    """That asks it with curl."""


@dataclass(frozen=True, slots=True)
class Section:
    """Operations about one thing."""

    name: str
    title: str
    text: str
    operations: list[Operation]


@dataclass(frozen=True, slots=True)
class Kind:
    """What several answers hold."""

    name: str
    title: str
    kind: Markup
    text: str
    fields: list[Field]


class Description:
    """An OpenAPI document of this service, which is reached at `url`."""

    def __init__(self, document: Mapping[str, Any], url: str) -> None:
        self._document = document
        self._url = url
        self._known: Mapping[str, Any] = document.get("components", {}).get("schemas", {})

    @property
    def common(self) -> list[Answer]:
        """What every request may be answered."""
        return [Answer(_status(status), text, []) for status, text in _COMMON.items()]

    @property
    def sections(self) -> list[Section]:
        """All operations, by the tag that they bear, in the order of the document's tags."""
        found: dict[str, list[Operation]] = {tag["name"]: [] for tag in self._document.get("tags", ())}
        for tag, operation in self._operations():
            found.setdefault(tag, []).append(operation)
        told = {tag["name"]: tag for tag in self._document.get("tags", ())}
        return [
            Section(
                name, told.get(name, {}).get("x-title", name), told.get(name, {}).get("description", ""), operations
            )
            for name, operations in found.items()
            if operations
        ]

    @property
    def kinds(self) -> list[Kind]:
        """What answers refer to, by name."""
        return [
            Kind(name, title_of(name), words(schema), text_of(schema), self._fields(schema))
            for name, schema in sorted(self._known.items())
        ]

    def _operations(self) -> Iterator[tuple[str, Operation]]:
        for path, methods in self._document["paths"].items():
            for method, told in methods.items():
                yield told["tags"][0], self._operation(method.upper(), path, told)

    def _operation(self, method: str, path: str, told: Mapping[str, Any]) -> Operation:
        bodies = self._contents(told.get("requestBody", {}).get("content", {}))
        answers = [
            Answer(_status(status), answer["description"], self._contents(_unless_problem(answer)))
            for status, answer in sorted(told["responses"].items())
            if _COMMON.get(status) != answer["description"]
        ]
        return Operation(
            anchor=told["operationId"],
            method=method,
            path=path,
            summary=told["summary"],
            text=told.get("description", ""),
            parameters=[_parameter(one) for one in told.get("parameters", ())],
            bodies=bodies,
            answers=answers,
            command=self._command(method, path, told, bodies, answers),
        )

    def _contents(self, content: Mapping[str, Any]) -> list[Content]:
        return [self._content(media, told) for media, told in content.items()]

    def _content(self, media: str, told: Mapping[str, Any]) -> Content:
        schema = told.get("schema", {})
        example = told.get("example")
        if example is None and media == _JSON:
            example = sample(schema, self._known)
        kind = words(schema) if media == _JSON else Markup("")
        return Content(media, kind, text_of(schema), self._fields(schema), _shown(example))

    def _fields(self, schema: Mapping[str, Any]) -> list[Field]:
        needed = schema.get("required", ())
        return [
            Field(name, "", words(part), name in needed, text_of(part) or self._text_of_reference(part))
            for name, part in schema.get("properties", {}).items()
        ]

    def _text_of_reference(self, schema: Mapping[str, Any]) -> str:
        return text_of(self._known[name_of(schema["$ref"])]) if "$ref" in schema else ""

    def _command(
        self,
        method: str,
        path: str,
        told: Mapping[str, Any],
        bodies: Sequence[Content],
        answers: Sequence[Answer],
    ) -> str:
        parts = ['curl --fail --silent --header "$AUTH"']
        if method not in {"GET", "POST"} or (method == "POST" and not bodies):
            parts.append(f"--request {method}")
        if bodies:
            parts.append(f"--header {shlex.quote(f'Content-Type: {bodies[0].media}')}")
            parts.append(f"--data {shlex.quote(_in_one_line(bodies[0].example))}" if bodies[0].example else _FILE)
        media = [content.media for answer in answers for content in answer.contents]
        if any(one.startswith(_SAVED) for one in media):
            parts.append("--remote-name")
        if "text/event-stream" in media:
            parts.append("--no-buffer")
        return " \\\n  ".join([*parts, shlex.quote(f"{self._url}{_address(path, told)}")])


def _parameter(told: Mapping[str, Any]) -> Field:
    schema = told["schema"]
    text = text_of({**schema, "description": told.get("description", schema.get("description", ""))})
    return Field(told["name"], told["in"], words(schema), bool(told.get("required")), text)


def _address(path: str, told: Mapping[str, Any]) -> str:
    """The path with examples in it, or names in capitals for what has none, and the parameters that must be there."""
    query = []
    for parameter in told.get("parameters", ()):
        schema, name = parameter["schema"], parameter["name"]
        example = (schema.get("examples") or [name.upper()])[0]
        if parameter["in"] == "path":
            path = path.replace("{" + name + "}", str(example))
        elif parameter["in"] == "query" and parameter.get("required"):
            query.append((name, example))
    return f"{path}?{urlencode(query, doseq=True)}" if query else path


def _unless_problem(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    return {media: told for media, told in answer.get("content", {}).items() if media != "application/problem+json"}


def _status(status: str) -> str:
    return f"{status} {HTTPStatus(int(status)).phrase}" if status.isdigit() else "Others"


def _shown(example: Any) -> str:
    if example is None or isinstance(example, str):
        return example or ""
    return json.dumps(example, indent=2, ensure_ascii=False)


def _in_one_line(example: str) -> str:
    try:
        return json.dumps(json.loads(example), ensure_ascii=False)
    except ValueError:
        return example
