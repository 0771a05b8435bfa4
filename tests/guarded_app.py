"""A small app behind the real guard, and a client that sends it requests byte by byte, wrong ones too."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from fastapi import Depends, FastAPI, Request
from fastapi.routing import iter_route_contexts
from starlette.responses import HTMLResponse, JSONResponse, StreamingResponse
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message

from tuner.server import entering
from tuner.server.bodies import form_fields, json_body
from tuner.server.browser_sessions import BrowserSession, BrowserSessions
from tuner.server.guard import Guard
from tuner.server.guard_visitors import csrf_of, visitor_of
from tuner.server.problems import install_problems
from tuner.server.service_folder import UnknownRun
from tuner.server.settings import Limits, ServerSettings
from tuner.server.tokens import Access, open_tokens

HOST = "127.0.0.1:8321"
ORIGIN = f"http://{HOST}"
NOON = 1_800_000_000.0


@dataclass
class Ticks:
    """A clock that stands until it is moved."""

    now: float = NOON

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    """Of one that stands there twice both values, with a comma."""
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def detail(self) -> str:
        told: str = json.loads(self.body)["detail"]
        return told


@dataclass
class Client:
    """Sends one request at a time to an ASGI app."""

    app: ASGIApp
    host: str = HOST
    peer: str = "127.0.0.1"

    def ask(
        self,
        target: str,
        method: str = "GET",
        *,
        token: str | None = None,
        cookie: str | None = None,
        headers: Sequence[tuple[str, str]] = (),
        body: bytes | Sequence[bytes] = b"",
        host: str | None = None,
    ) -> Reply:
        path, _, query = target.partition("?")
        sent = [("host", self.host if host is None else host), *headers]
        sent += [("authorization", f"Bearer {token}")] if token is not None else []
        sent += [("cookie", cookie)] if cookie is not None else []
        scope = http_scope(method, path, query, sent, self.peer)
        return asyncio.run(self._send(scope, [body] if isinstance(body, bytes) else list(body)))

    async def _send(self, scope: dict[str, Any], parts: list[bytes]) -> Reply:
        messages = [
            {"type": "http.request", "body": part, "more_body": number < len(parts)}
            for number, part in enumerate(parts, start=1)
        ]
        waiting = iter(messages)
        answered: list[Message] = []

        async def receive() -> Message:
            return next(waiting, {"type": "http.disconnect"})

        async def send(message: Message) -> None:
            answered.append(message)

        await asyncio.wait_for(self.app(scope, receive, send), 20)
        start, *rest = answered
        named: dict[str, str] = {}
        for name, value in start["headers"]:
            named[name.decode()] = ", ".join(filter(None, (named.get(name.decode()), value.decode())))
        return Reply(start["status"], named, b"".join(message.get("body", b"") for message in rest))


def http_scope(method: str, path: str, query: str, headers: Sequence[tuple[str, str]], peer: str) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
        "client": (peer, 40000),
        "server": ("127.0.0.1", 8321),
        "state": {},
    }


@dataclass
class Guarded:
    """The small app, with what a test needs to get in."""

    settings: ServerSettings
    clock: Ticks
    sessions: BrowserSessions
    guard: Guard

    @property
    def client(self) -> Client:
        return Client(self.guard)

    @property
    def token(self) -> str:
        return self.settings.folder.token.read_text().strip()

    @property
    def read_token(self) -> str:
        return self.settings.folder.read_token.read_text().strip()

    @property
    def exchange_token(self) -> str:
        return self.settings.folder.exchange_token.read_text().strip()

    def session(self, access: Access = Access.FULL) -> BrowserSession:
        """A browser that was let in."""
        session = self.sessions.enter(self.sessions.new_code(self.clock.now, access=access), self.clock.now)
        assert session is not None
        return session

    def cookie(self, access: Access = Access.FULL) -> str:
        return f"{self.settings.cookie_name}={self.session(access).secret}"


def guarded(folder: Path, limits: Limits | None = None, **settings: Any) -> Guarded:
    """The small app behind its guard, on a clock that stands."""
    made = ServerSettings(runs=folder, limits=limits or Limits(), **settings)
    made.folder.create()
    clock = Ticks()
    sessions = BrowserSessions(made.folder.database)
    tokens = open_tokens(made.folder)
    app = small_app(made, sessions)
    return Guarded(made, clock, sessions, Guard(app, made, tokens, sessions, clock=clock, now=clock))


def small_app(settings: ServerSettings, sessions: BrowserSessions) -> FastAPI:
    """One route of each kind."""
    app = FastAPI(openapi_url="/api/v1/openapi.json", redirect_slashes=False)
    app.state.settings = settings
    app.state.sessions = sessions
    install_problems(app)
    app.include_router(entering.router)
    app.add_api_route("/api/v1/runs", lambda: {"runs": []}, methods=["GET"])
    app.add_api_route("/api/v1/runs", _length, methods=["POST"])
    app.add_api_route("/api/v1/json", _json, methods=["POST"])
    for method in ("GET", "DELETE"):
        app.add_api_route("/api/v1/runs/{run}", _missing, methods=[method], operation_id=f"{method} run")
    for method in ("GET", "POST"):
        app.add_api_route("/api/v1/exchange/work", _work, methods=[method], operation_id=f"{method} work")
    app.add_api_route("/api/v1/bug", _bug, methods=["GET"])
    app.add_api_route("/runs/{run}/events", _events, methods=["GET"])
    app.add_api_route("/", _page, methods=["GET"])
    app.add_api_route("/report.html", _report, methods=["GET"])
    app.add_api_route("/form", _form, methods=["POST"])
    app.mount("/static", StaticFiles(directory=Path(__file__).parent))
    return app


async def _length(request: Request) -> JSONResponse:
    return JSONResponse({"length": len(await request.body()), "visitor": visitor_of(request).name}, 201)


async def _json(value: Any = Depends(json_body)) -> JSONResponse:  # noqa: B008
    return JSONResponse({"value": value})


async def _form(fields: list[tuple[str, str]] = Depends(form_fields)) -> JSONResponse:  # noqa: B008
    return JSONResponse(dict(fields))


def _missing(run: str, request: Request) -> None:
    raise UnknownRun(f"no run at {request.app.state.settings.runs}/{run}")


def _work() -> dict[str, list[str]]:
    return {"work": []}


def _bug() -> None:
    raise RuntimeError("the password is swordfish")


def _page(request: Request) -> HTMLResponse:
    return HTMLResponse(f"<p>{csrf_of(request)}</p>")


def _report() -> HTMLResponse:
    return HTMLResponse(
        "report",
        headers={"Content-Security-Policy": "default-src 'none'; script-src 'sha256-x'", "X-Frame-Options": "ALLOWALL"},
    )


async def _events() -> StreamingResponse:
    async def events() -> AsyncIterator[str]:
        yield "event: end\n\n"

    return StreamingResponse(events(), media_type="text/event-stream")


def paths_of(app: FastAPI) -> list[str]:
    """A path for every route of the live route table; for a mount one below it."""
    found = [(filled(route.path or ""), route.methods) for route in iter_route_contexts(app.routes)]
    return sorted({path if methods else f"{path}/anything.js" for path, methods in found})


def filled(path: str) -> str:
    """The path with something in place of its parameters."""
    return re.sub(r"\{[^}]*\}", "1", path)
