"""A session of a service in which this process answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, Protocol

from .connection import Connection, ServiceError
from .remote_run import API, RemoteRun

_FIRST_LOOK_SECONDS = 0.2
_LOOK_SECONDS = 2.0
"""How often it is looked whether the run is over, once nothing was asked for a while."""
_PATIENCE_SECONDS: Final = 600.0
"""How long a service may be away while it is answered to."""
_HAS_ANSWER = 409


class Answerer(Protocol):
    """Whoever knows the answers."""

    def answers(self, questions: Sequence[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
        """The answer to each question, in their order; each is sent off before the next one is fetched."""
        ...


class RemoteSession:
    """What the service has given out for a strategy or a task."""

    def __init__(self, connection: Connection, collection: str, told: Mapping[str, Any]) -> None:
        self._connection = connection
        self.id: str = told["id"]
        self.entry: dict[str, Any] = dict(told["entry"])
        """What goes into a suite, under `strategies` or `tasks`."""
        self._path = f"{API}/{collection}/{self.id}"

    def questions(self, wait_seconds: float = 0.0) -> list[dict[str, Any]]:
        """The oldest questions that wait: `conversation`, `number` and `messages`."""
        found: list[dict[str, Any]] = self._connection.get(f"{self._path}/questions", wait=wait_seconds)["questions"]
        return found

    def conversation(self, conversation: str, first: int = 0) -> list[dict[str, Any]]:
        """What was asked in a conversation from number `first` on, with the answers; at most 100 at once."""
        path = f"{self._path}/questions/{conversation}"
        found: list[dict[str, Any]] = self._connection.get(path, first=first)["questions"]
        return found

    def answer(self, question: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        """Answer a question; the service has stored it when this returns."""
        path = f"{self._path}/questions/{question['conversation']}/{question['number']}"
        self._connection.request("POST", path, json={"answer": dict(answer)})

    def end(self) -> None:
        """Take no more questions."""
        self._connection.request("DELETE", self._path)

    def serve(
        self,
        answerer: Answerer,
        run: RemoteRun,
        progress: Callable[[RemoteRun], object] | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Answer until the run is over; a service that is away for some minutes is waited for.

        The session ends with a run that has finished, and stays open otherwise, since the run may be resumed.
        """
        patience, self._connection.patience_seconds = self._connection.patience_seconds, _PATIENCE_SECONDS
        try:
            looked, wait = clock(), _FIRST_LOOK_SECONDS
            while not run.is_over:
                questions = self.questions(wait)
                self._answer(answerer, questions)
                if clock() - looked >= wait:
                    run.refresh()
                    looked, wait = clock(), _FIRST_LOOK_SECONDS if questions else min(2 * wait, _LOOK_SECONDS)
                    if progress is not None:
                        progress(run)
            if run.state == "finished":
                self.end()
        finally:
            self._connection.patience_seconds = patience

    def _answer(self, answerer: Answerer, questions: Sequence[Mapping[str, Any]]) -> None:
        if not questions:
            return
        for question, answer in zip(questions, answerer.answers(questions), strict=True):
            try:
                self.answer(question, answer)
            except ServiceError as error:
                if error.status != _HAS_ANSWER:  # another client of the session was quicker
                    raise
