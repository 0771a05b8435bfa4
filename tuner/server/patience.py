"""How long the server waits for a request that a client has begun, or has not even begun, to send."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol


def protocol_with(header_seconds: float) -> type[H11Protocol]:
    """HTTP as uvicorn speaks it, but for connections that keep the server waiting for a request's headers."""

    class LimitedPatience(_LimitedPatience):
        _seconds = header_seconds

    return LimitedPatience


class _LimitedPatience(H11Protocol):
    _seconds: float
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget()
        super().connection_lost(exc)

    def _watch(self) -> None:
        """Begin to wait, unless a request is whole and being answered, or we are waiting already."""
        if self.cycle is not None and not self.cycle.response_complete:
            self._forget()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(self._seconds, self.transport.close)

    def _forget(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
