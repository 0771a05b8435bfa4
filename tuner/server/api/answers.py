"""What all parts of the API have in common: lists, problems, and the names in its paths."""

from __future__ import annotations

from typing import Annotated, Any, Final, Generic, TypeVar
from urllib.parse import urlencode

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from ..listing_page import Page

PREFIX: Final = "/api/v1"
_Item = TypeVar("_Item")
_LARGEST: Final = 2**63 - 1
_CARD: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$"
_CARD_TEXT: Final = "The registered name."

RunName = Annotated[
    str,
    Path(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,95}$",
        description="Name of the run: that of its folder.",
        examples=["quick", "quick-2"],
    ),
]
StrategyName = Annotated[str, Path(pattern=_CARD, description=_CARD_TEXT, examples=["random"])]
TaskName = Annotated[str, Path(pattern=_CARD, description=_CARD_TEXT, examples=["branin"])]
SuiteName = Annotated[str, Path(pattern=_CARD, description=_CARD_TEXT, examples=["quick"])]
Number = Annotated[int, Path(ge=0, le=_LARGEST, description="Counted from 0.", examples=[0])]
Offset = Annotated[int, Query(ge=0, le=_LARGEST, description="How many to pass over.")]
Limit = Annotated[int, Query(ge=1, le=500, description="The most that are answered.")]
Label = Annotated[str, Field(min_length=1, max_length=200)]


class Problem(BaseModel):
    """An error, as RFC 9457 has it."""

    model_config = ConfigDict(
        use_attribute_docstrings=True,
        json_schema_extra={
            "examples": [{"type": "about:blank", "title": "Not Found", "status": 404, "detail": "no run called 'x'"}]
        },
    )

    type: str
    title: str
    """The name of the status."""
    status: int
    detail: str
    """One line: what was wrong, the value, what is allowed."""


class Listing(BaseModel, Generic[_Item]):
    """A part of a list."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    items: list[_Item]
    total: int
    """How many there are on all pages together."""
    offset: int
    """How many come before the first item."""
    limit: int
    """The most that are answered."""
    next: str | None
    """The next page: path and query; null for the last one."""


def listing(request: Request, page: Page[_Item]) -> Listing[_Item]:
    """A page as the API answers it."""
    return Listing(
        items=page.items,
        total=page.total,
        offset=page.offset,
        limit=page.limit,
        next=None if page.next is None else _from(request, page.next),
    )


def _from(request: Request, offset: int) -> str:
    """The address of the same list, from another item on."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "offset"]
    return f"{request.scope['path']}?{urlencode([*kept, ('offset', offset)])}"


def problems(**told: str) -> dict[int | str, dict[str, Any]]:
    """Documentation of errors: `_404="no such run"`; what the guard refuses is among every route's."""
    common = {
        "_401": "Neither a token nor a session, or one that is not valid.",
        "_403": "The token does not allow it, or the request came from elsewhere.",
        "_422": "Something in the request is not allowed; the detail says what, and what is.",
        "_429": "Too many requests; Retry-After says when to come back.",
        "default": "Any other error.",
    }
    return {_status(key): _problem(text) for key, text in {**common, **told}.items()}


def _status(key: str) -> int | str:
    return int(key[1:]) if key.startswith("_") else key


def _problem(text: str) -> dict[str, Any]:
    return {"description": text, "content": {"application/problem+json": {"schema": Problem.model_json_schema()}}}
