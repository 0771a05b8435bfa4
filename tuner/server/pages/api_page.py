"""The API, told to people: a page that is made of the description that programs read."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from ..guard_checks import API_PAGE
from ..settings import ServerSettings
from .api_description import Description
from .templating import page

router: Final = APIRouter(include_in_schema=False)


@router.get(API_PAGE)
def api_page(request: Request) -> Response:
    """The page; it knows under which address the service is reached."""
    settings: ServerSettings = request.app.state.settings
    return page(request, "api", told=Description(request.app.openapi(), settings.url), url=settings.url)
