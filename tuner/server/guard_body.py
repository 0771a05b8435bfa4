"""Takes a request's body in, as far as it may go, before anybody else sees any of it."""

from __future__ import annotations

import asyncio

from starlette.types import Message, Receive

from .guard_checks import Refusal, too_large
from .settings import Limits


class GoneAway(Exception):
    """The client closed the connection before its request was complete."""


async def read_body(receive: Receive, limits: Limits, *, is_announced: bool = True) -> bytes | Refusal:
    """All of the body, however it is cut into pieces. Raises `GoneAway`.

    Of a request that announces none, the first piece is there at once: to watch the clock would cost more than to read.
    """
    body = bytearray()
    try:
        if is_announced or await _take(receive, body):
            async with asyncio.timeout(limits.body_seconds):
                while len(body) <= limits.body_bytes and await _take(receive, body):
                    pass
    except TimeoutError:
        return Refusal(408, f"the body did not arrive within {limits.body_seconds:g} seconds")
    return too_large(limits) if len(body) > limits.body_bytes else bytes(body)


async def _take(receive: Receive, body: bytearray) -> bool:
    """One piece more; whether others follow."""
    message = await receive()
    if message["type"] == "http.disconnect":
        raise GoneAway
    body += message.get("body", b"")
    return bool(message.get("more_body", False))


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
