"""The service as an ASGI app: its routers, its errors, and the guard around all of it."""

from __future__ import annotations

import importlib.metadata
from typing import TYPE_CHECKING, Final

from fastapi import FastAPI

from . import api, entering, pages
from .browser_sessions import BrowserSessions
from .guard import Guard
from .kept_answers import KeptAnswers
from .methods import Heads
from .problems import install_problems
from .settings import ServerSettings
from .tokens import open_tokens

if TYPE_CHECKING:
    from .service import Service

API: Final = "/api/v1"


def create_app(settings: ServerSettings, service: Service) -> Guard:
    """The whole service; nothing of it can be reached but through the guard. Makes the tokens that are missing."""
    app = FastAPI(
        title="tuner",
        description="Which hyperparameter search strategy should I use, and is the difference real?",
        version=importlib.metadata.version("tuner-bench"),
        openapi_tags=api.TAGS,
        openapi_url=f"{API}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.service = service
    app.state.settings = settings
    app.state.sessions = BrowserSessions(settings.folder.database)
    app.add_middleware(Heads)
    install_problems(app)
    for router in (*pages.often, *api.routers, entering.router, *pages.routers):  # looked through one after the other
        app.include_router(router)
    return Guard(KeptAnswers(app), settings, open_tokens(settings.folder), app.state.sessions)
