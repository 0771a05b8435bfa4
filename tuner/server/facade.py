"""How handlers come to the facade of the service."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from fastapi import Depends
from starlette.requests import Request

from .service import Service


def service_of(request: Request) -> Service:
    """The facade that a request is for."""
    service: Service = request.app.state.service
    return service


async def _facade_of(request: Request) -> Service:
    """The same as a coroutine: what is none is called in a thread, for every request."""
    return service_of(request)


Facade: TypeAlias = Annotated[Service, Depends(_facade_of)]
"""What every handler reads from."""
