"""Takes a request's body in, as far as it may go, before anybody else sees any of it."""

from __future__ import annotations

import asyncio

from starlette.types import Message, Receive

from .guard_checks import Refusal, too_large
from .settings import Limits


class GoneAway(Exception):
    """The client closed the connection before its request was complete."""


async def read_body(receive: Receive, limits: Limits) -> bytes | Refusal:
    """All of the body, however it is cut into pieces. Raises `GoneAway`."""
    body = bytearray()
    try:
        async with asyncio.timeout(limits.body_seconds):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise GoneAway
                body += message.get("body", b"")
                if len(body) > limits.body_bytes:
                    return too_large(limits)
                if not message.get("more_body", False):
                    return bytes(body)
    except TimeoutError:
        return Refusal(408, f"the body did not arrive within {limits.body_seconds:g} seconds")


def replay(body: bytes, receive: Receive) -> Receive:
    """The body once more, in one piece; then whatever the client does next."""
    is_given = False

    async def again() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
