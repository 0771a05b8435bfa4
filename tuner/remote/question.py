"""A question to whoever answers for something remote: where it stands, and what it says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a study, or of a trial."""

    session: str
    conversation: str
    number: int
    """From 0, within the conversation."""
    text: str
    """Messages of the program protocol, one a line."""

    @property
    def path(self) -> str:
        """Where a worker asks it, below the service's URL."""
        return f"/api/v1/exchange/{self.session}/{self.conversation}/{self.number}"
