"""What handlers read of a request's body: JSON of bounded depth, and the fields of a form."""

from __future__ import annotations

import json
import re
from typing import Any, Final, NoReturn
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

from .settings import ServerSettings

_MARK: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
"""A string, to its end or the text's; or a bracket. Takes time in proportion to the text, whatever it holds."""
_MOST_FIELDS: Final = 1000


async def json_body(request: Request) -> Any:
    """The JSON of a request: a dependency of handlers.

    Raises an HTTPException: 415 for another content type, 400 for what is no JSON or too deep.
    """
    if content_type_of(request) != "application/json":
        raise HTTPException(415, "the body must be application/json")
    settings: ServerSettings = request.app.state.settings
    body = await request.body()
    if depth_of(body) > settings.limits.json_depth:
        raise HTTPException(400, f"the JSON is nested deeper than {settings.limits.json_depth} levels")
    try:
        return json.loads(body, parse_constant=_refuse_constant)
    except ValueError as error:
        raise HTTPException(400, f"the body is no JSON: {error}") from None


async def form_fields(request: Request) -> list[tuple[str, str]]:
    """The fields of a form in their order, empty ones included; raises an HTTPException likewise."""
    if content_type_of(request) != "application/x-www-form-urlencoded":
        raise HTTPException(415, "the body must be application/x-www-form-urlencoded")
    try:
        text = (await request.body()).decode()
        return parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise HTTPException(400, "the body is no form") from None


def content_type_of(request: Request) -> str:
    """The content type without its parameters, in small letters; empty where there is none."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def depth_of(body: bytes) -> int:
    """How deep arrays and objects of a JSON text are nested; of what is no JSON a number without meaning."""
    depth = deepest = 0
    for mark in _MARK.finditer(body):
        first = mark.group()[:1]
        if first in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif first in b"]}":
            depth -= 1
    return deepest


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
