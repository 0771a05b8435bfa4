"""How errors are told over HTTP: as problem+json (RFC 9457) to programs, as a page to people; nothing of the inside."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from results.errors import ResultsError

from ..errors import TunerError, one_line
from .guard_checks import API_PAGE
from .methods import methods_of

PROBLEM: Final = "application/problem+json"
_RETRY_SECONDS = 2
_LOG: Final = logging.getLogger(__name__)
_STATUS: Final = {
    "UnknownRun": 404,
    "UnknownCard": 404,
    "UnknownTrial": 404,
    "UnknownPlugin": 404,
    "UnknownLabel": 404,
    "NoSuchRun": 404,
    "WrongState": 409,
    "KeyReused": 409,
    "LeaseLost": 409,
    "NotSealed": 409,
    "RunExists": 409,
    "RunLocked": 409,
    "HeldElsewhere": 423,
    "RunChanged": 409,
    "PlaceTaken": 409,
    "CatalogueMissing": 503,
    "WorkshopFailed": 503,
    "TooManyJobs": 429,
    "RunTooLarge": 413,
    "QueueUnreachable": 503,
    "ClusterUnavailable": 503,
    "CorruptStore": 500,
    "UnreadableVersion": 500,
}
"""By name of the class or of a class that it is derived from, since many live beside heavy code. Others are 422."""


def problem_body(status: int, detail: str) -> bytes:
    """The JSON of a problem."""
    return json.dumps(
        {"type": "about:blank", "title": title_of(status), "status": status, "detail": detail}, ensure_ascii=False
    ).encode()


def title_of(status: int) -> str:
    """As in "Not Found"."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def status_of(error: Exception) -> int:
    """The status of an error that was raised on purpose."""
    return next((_STATUS[kind.__name__] for kind in type(error).__mro__ if kind.__name__ in _STATUS), 422)


def problem_response(request: Request, status: int, detail: str, headers: dict[str, str] | None = None) -> Response:
    """The error in the form that the client understands."""
    response = _page(request, status, detail, headers or {}) if _wants_page(request) else None
    if response is None:
        response = Response(problem_body(status, detail), status, media_type=PROBLEM)
    response.headers.update(headers or {})
    return response


def install_problems(app: FastAPI) -> None:
    """Turn every error of the app's handlers into a problem."""
    handlers: dict[type[Exception], Callable[[Request, Any], Awaitable[Response]]] = {
        HTTPException: _of_http,
        RequestValidationError: _of_validation,
        TunerError: _of_ours,
        ResultsError: _of_ours,
        Exception: _of_bug,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


async def _of_http(request: Request, error: HTTPException) -> Response:
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = methods_of(request)
    return problem_response(request, error.status_code, str(error.detail), headers)


async def _of_validation(request: Request, error: RequestValidationError) -> Response:
    told = [f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors()]
    return problem_response(request, 422, one_line("; ".join(told)))


async def _of_ours(request: Request, error: Exception) -> Response:
    status = status_of(error)
    folder = str(request.app.state.settings.runs)
    detail = one_line(str(error).replace(f"{folder}/", ""))
    if status == 500:
        _LOG.error("%s %r failed: %s", request.method, request.url.path, detail)
    is_worth_a_try = status in {429, 503} and type(error).__name__ != "WorkshopFailed"  # which has worked for minutes
    return problem_response(request, status, detail, {"Retry-After": str(_RETRY_SECONDS)} if is_worth_a_try else None)


async def _of_bug(request: Request, _error: Exception) -> Response:
    """What it was stands in the log, which the guard writes."""
    return problem_response(request, 500, internal_error(request.state.number))


def internal_error(number: str) -> str:
    """All that is told of an error that nobody foresaw."""
    return f"internal error; the log of the service has it as {number}"


def _wants_page(request: Request) -> bool:
    path = request.url.path
    return "text/html" in request.headers.get("accept", "") and (path == API_PAGE or not path.startswith("/api/"))


def _page(request: Request, status: int, detail: str, headers: Mapping[str, str]) -> Response:
    """The page that `tuner.server.pages` makes of an error; a line of text where even that fails."""
    try:
        from .pages import error_page

        return error_page(request, status, detail, again="Retry-After" in headers)
    except Exception:  # noqa: BLE001  an error on the way to an error's page must not hide it
        return PlainTextResponse(f"{title_of(status)}: {detail}", status)
