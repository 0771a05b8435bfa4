"""Methods: HEAD is answered as GET would be, without its body; and which methods a path has."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl, urlencode

import anyio
from starlette.requests import Request
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .guard_checks import METHODS
from .guard_visitors import ENTRANCE

_WAITING: Final = "wait"
"""The parameter of long polls: nobody waits for what is not told."""


def methods_of(request: Request) -> str:
    """What the path of a request could be asked with, as the header Allow has it."""
    routes, scope = request.app.router.routes, request.scope
    found = {
        method
        for method in METHODS
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in routes)
    }
    if "GET" in found and request.url.path != ENTRANCE:
        found.add("HEAD")
    return ", ".join(sorted(found))


class Heads:
    """Wraps an app whose routes know nothing of HEAD. Nothing is worked on once the headers are out."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; at the entrance HEAD is left alone, since GET uses up a code there."""
        if scope["type"] != "http" or scope["method"] != "HEAD" or scope["path"] == ENTRANCE:
            await self.app(scope, receive, send)
            return
        with anyio.CancelScope() as work:

            async def send_head(message: Message) -> None:
                if message["type"] == "http.response.start":
                    await send(message)
                    await send({"type": "http.response.body"})
                    work.cancel()

            await self.app(
                {**scope, "method": "GET", "query_string": _at_once(scope["query_string"])}, receive, send_head
            )


def _at_once(query: bytes) -> bytes:
    """The query without what asks for a long poll; else as it was sent."""
    fields = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    kept = [field for field in fields if field[0] != _WAITING]
    return query if kept == fields else urlencode(kept).encode()
