"""The connections of one server: who waits with one makes room for others when there are too many."""

from __future__ import annotations

from typing import Protocol


class Abortable(Protocol):
    """A connection as asyncio has it: a transport."""

    def abort(self) -> None:
        """Close it at once, whatever was to be sent still."""


class OpenConnections:
    """Knows which of them wait for a request: those that have sent none yet, and those whose last one is answered.

    One that is being answered is never closed. Of those that wait, the oldest goes of the address that has the most:
    whoever opens very many loses none but their own.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._networks: dict[Abortable, str] = {}
        self._waiting: dict[str, dict[Abortable, None]] = {}

    def __len__(self) -> int:
        return len(self._networks)

    def add(self, connection: Abortable, network: str) -> None:
        """One more, which waits; closes the one that has to make room, itself where all others are being answered."""
        self._networks[connection] = network
        self.wait(connection)
        if len(self._networks) > self._most:
            crowd = max(self._waiting.values(), key=len)
            oldest = next(iter(crowd))
            self.remove(oldest)
            oldest.abort()

    def wait(self, connection: Abortable) -> None:
        """It waits for a request, from now on or for a while already."""
        if connection in self._networks:
            self._waiting.setdefault(self._networks[connection], {}).setdefault(connection)

    def work(self, connection: Abortable) -> None:
        """A request of its has come and is being answered."""
        network = self._networks.get(connection, "")
        crowd = self._waiting.get(network, {})
        crowd.pop(connection, None)
        if not crowd:
            self._waiting.pop(network, None)

    def remove(self, connection: Abortable) -> None:
        """It is closed."""
        self.work(connection)
        self._networks.pop(connection, None)
