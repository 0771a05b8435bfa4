"""How a browser comes in and goes: the one-time link, and the way out."""

from __future__ import annotations

import time
from typing import Final

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from .browser_sessions import IDLE_SECONDS, BrowserSessions
from .guard_visitors import ENTRANCE, visitor_of
from .settings import ServerSettings

router: Final = APIRouter(include_in_schema=False)


@router.get(ENTRANCE)
def enter(request: Request, code: str = "") -> Response:
    """Exchange a one-time code for a cookie."""
    sessions: BrowserSessions = request.app.state.sessions
    settings: ServerSettings = request.app.state.settings
    session = sessions.enter(code, time.time())
    if session is None:
        raise HTTPException(403, "This link was used already, or is older than ten minutes.")
    answer = RedirectResponse("/", status_code=303)
    answer.set_cookie(
        settings.cookie_name,
        session.secret,
        max_age=int(IDLE_SECONDS),
        path="/",
        secure=settings.is_secure_in_browser,
        httponly=True,
        samesite="strict",
    )
    return answer


@router.post("/leave")
def leave(request: Request) -> Response:
    """End the session of this browser."""
    sessions: BrowserSessions = request.app.state.sessions
    settings: ServerSettings = request.app.state.settings
    session = visitor_of(request).session
    if session is None:
        raise HTTPException(409, "there is nothing to leave: this request came with a token")
    sessions.leave(session.secret)
    answer = RedirectResponse("/", status_code=303)
    answer.delete_cookie(
        settings.cookie_name, path="/", secure=settings.is_secure_in_browser, httponly=True, samesite="strict"
    )
    return answer
