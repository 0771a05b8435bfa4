"""What remote strategies and tasks were asked, and what their clients have answered: all of it outlives a crash."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from ..errors import TunerError
from .database import open_database

Kind = Literal["strategy", "task"]
MOST_SESSIONS: Final = 1000
"""Open at once."""
_SEEN_SECONDS = 5.0
"""How exactly it is known when a client was there last."""


class MailboxError(TunerError):
    """Something that the mailbox refuses; `status` is what HTTP calls it."""

    status = 409


class UnknownSession(MailboxError):
    """A session that was never opened."""

    status = 404


class UnknownQuestion(MailboxError):
    """An answer to what nobody has asked."""

    status = 404


class SessionEnded(MailboxError):
    """Something new in a session that its client has ended."""

    status = 410


class TooManySessions(MailboxError):
    """One session more than there may be."""


class AskedOtherwise(MailboxError):
    """A question that was asked before, in other words."""


class AnsweredOtherwise(MailboxError):
    """A second answer that differs from the first."""


@dataclass(frozen=True, slots=True)
class RemoteSession:
    """Where one client answers for one strategy or task."""

    id: str
    kind: Kind
    name: str
    definition: dict[str, Any]
    """What the client has said of it."""
    created: float
    """Seconds of the epoch."""
    last_seen: float
    """When the client last asked for questions or answered one, to within some seconds."""
    ended: float | None
    answers: int
    """How many questions were answered."""


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """One question of a study, or of a trial."""

    conversation: str
    number: int
    """From 0, within the conversation."""
    text: str
    """Messages of the program protocol, one a line."""
    answer: str | None
    """Canonical JSON; None until there is one."""


_SCHEMA = """
CREATE TABLE IF NOT EXISTS remote_sessions (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    definition TEXT NOT NULL,
    created REAL NOT NULL,
    last_seen REAL NOT NULL,
    ended REAL,
    answers INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS questions (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    session TEXT NOT NULL REFERENCES remote_sessions (id),
    conversation TEXT NOT NULL,
    number INTEGER NOT NULL,
    text TEXT NOT NULL,
    answer TEXT,
    asked REAL NOT NULL,
    answered REAL,
    UNIQUE (session, conversation, number)
) STRICT;
CREATE INDEX IF NOT EXISTS waiting_questions ON questions (session, place) WHERE answer IS NULL;
"""
_SESSION = "id, kind, name, definition, created, last_seen, ended, answers"
_QUESTION = "conversation, number, text, answer"


class Mailbox:
    """Questions and answers in the service's SQLite file. What a method has returned from survives a crash."""

    def __init__(self, database: Path) -> None:
        self._lock = threading.Lock()
        self._connection = open_database(database, _SCHEMA)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def open(self, kind: Kind, name: str, definition: dict[str, Any], now: float) -> RemoteSession:
        """A new session, with a number that nobody can guess; raises `TooManySessions`."""
        number = secrets.token_hex(16)
        with self._transaction():
            (count,) = self._connection.execute("SELECT count(*) FROM remote_sessions WHERE ended IS NULL").fetchone()
            if count >= MOST_SESSIONS:
                raise TooManySessions(f"{count} remote strategies and tasks are open already: end some of them")
            self._connection.execute(
                f"INSERT INTO remote_sessions ({_SESSION}) VALUES (?, ?, ?, ?, ?, ?, NULL, 0)",  # noqa: S608  the names are ours
                (number, kind, name, json.dumps(definition), now, now),
            )
            return self._session(number)

    def session(self, session: str, kind: Kind) -> RemoteSession:
        """The session of this number and kind; raises `UnknownSession`."""
        with self._lock:
            return self._session(session, kind)

    def sessions(self, kind: Kind) -> list[RemoteSession]:
        """Those that are open, newest first."""
        with self._lock:
            rows = self._connection.execute(
                f"SELECT {_SESSION} FROM remote_sessions WHERE kind = ? AND ended IS NULL ORDER BY created DESC",  # noqa: S608  the names are ours
                (kind,),
            ).fetchall()
        return [_read_session(row) for row in rows]

    def seen(self, session: str, now: float) -> None:
        """Note that the client is there."""
        with self._lock:
            self._connection.execute(
                "UPDATE remote_sessions SET last_seen = ? WHERE id = ? AND last_seen < ?",
                (now, session, now - _SEEN_SECONDS),
            )

    def end(self, session: str, kind: Kind, now: float) -> None:
        """Take no more questions; what is answered stays. Ending it twice is no error."""
        with self._transaction():
            self._session(session, kind)
            self._connection.execute(
                "UPDATE remote_sessions SET ended = coalesce(ended, ?) WHERE id = ?", (now, session)
            )

    def ask(self, session: str, conversation: str, number: int, text: str, now: float) -> str | None:
        """The answer to a question, which waits from now on; None while there is none.

        Raises `UnknownSession`, `SessionEnded` for a question without an answer, and `AskedOtherwise` where this
        number was asked in other words: whoever asks does not repeat what it said before.
        """
        with self._lock:
            found = self._question(session, conversation, number)
            if found is not None and found.text == text and found.answer is not None:
                return found.answer
        with self._transaction():
            ended = self._session(session).ended
            found = self._question(session, conversation, number)
            if found is not None and found.text != text:
                raise AskedOtherwise(f"question {number} of this conversation was another one when it was asked before")
            if found is not None and found.answer is not None:
                return found.answer
            if ended is not None:
                raise SessionEnded("its client has ended the session")
            if found is None:
                self._connection.execute(
                    "INSERT INTO questions (session, conversation, number, text, asked) VALUES (?, ?, ?, ?, ?)",
                    (session, conversation, number, text, now),
                )
        return None

    def answer(self, session: str, conversation: str, number: int, answer: str, now: float) -> None:
        """Store an answer, as canonical JSON; the same one again is no error.

        Raises `UnknownQuestion`, or `AnsweredOtherwise` where there is another one.
        """
        with self._transaction():
            found = self._question(session, conversation, number)
            if found is None:
                raise UnknownQuestion(f"nobody has asked question {number} of this conversation")
            if found.answer == answer:
                return
            if found.answer is not None:
                raise AnsweredOtherwise(f"question {number} of this conversation has another answer already")
            self._connection.execute(
                "UPDATE questions SET answer = ?, answered = ? WHERE session = ? AND conversation = ? AND number = ?",
                (answer, now, session, conversation, number),
            )
            self._connection.execute(
                "UPDATE remote_sessions SET answers = answers + 1, last_seen = max(last_seen, ?) WHERE id = ?",
                (now, session),
            )

    def answers(self, session: str) -> int:
        """How many questions of a session were answered; 0 for one that is not there."""
        with self._lock:
            row = self._connection.execute("SELECT answers FROM remote_sessions WHERE id = ?", (session,)).fetchone()
        return 0 if row is None else int(row[0])

    def waiting(self, session: str, limit: int) -> list[AskedQuestion]:
        """Questions without an answer, oldest first."""
        return self._questions("session = ? AND answer IS NULL ORDER BY place LIMIT ?", session, limit)

    def conversation(self, session: str, conversation: str, first: int, limit: int) -> list[AskedQuestion]:
        """The questions of a conversation from number `first` on, answered or not."""
        clause = "session = ? AND conversation = ? AND number >= ? ORDER BY number LIMIT ?"
        return self._questions(clause, session, conversation, first, limit)

    def _questions(self, clause: str, *values: str | int) -> list[AskedQuestion]:
        with self._lock:
            rows = self._connection.execute(f"SELECT {_QUESTION} FROM questions WHERE {clause}", values).fetchall()  # noqa: S608  the clauses are ours
        return [AskedQuestion(*row) for row in rows]

    def _question(self, session: str, conversation: str, number: int) -> AskedQuestion | None:
        row = self._connection.execute(
            f"SELECT {_QUESTION} FROM questions WHERE session = ? AND conversation = ? AND number = ?",  # noqa: S608  the names are ours
            (session, conversation, number),
        ).fetchone()
        return None if row is None else AskedQuestion(*row)

    def _session(self, session: str, kind: Kind | None = None) -> RemoteSession:
        row = self._connection.execute(f"SELECT {_SESSION} FROM remote_sessions WHERE id = ?", (session,)).fetchone()  # noqa: S608  the names are ours
        if row is None or kind not in {None, row[1]}:
            raise UnknownSession(f"no remote {kind or 'session'} {session[:40]!r}")
        return _read_session(row)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")


def canonical(answer: object) -> str:
    """An answer as JSON in which two equal ones are the same text."""
    return json.dumps(answer, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _read_session(row: tuple[Any, ...]) -> RemoteSession:
    number, kind, name, definition, *rest = row
    return RemoteSession(number, kind, name, json.loads(definition), *rest)
