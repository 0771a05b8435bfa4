"""What remote strategies and tasks were asked, and what their clients have answered: all of it outlives a crash."""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from ..remote.question import Question
from .database import in_transaction, open_database
from .listing_page import Page
from .mailbox_errors import (
    AnsweredOtherwise,
    AskedOtherwise,
    MailboxUnreachable,
    SessionEnded,
    SessionFull,
    TooManyQuestions,
    TooManySessions,
    UnknownQuestion,
    UnknownSession,
)
from .mailbox_tables import (
    LISTED_COLUMNS,
    MAILBOX_TABLES,
    QUESTION_COLUMNS,
    ROW_BYTES,
    SESSION_COLUMNS,
    AskedQuestion,
    Kind,
    ListedSession,
    RemoteSession,
    read_session,
    upgrade_mailbox,
)

MOST_SESSIONS: Final = 1000
"""Open at once."""
MOST_WAITING: Final = 10_000
"""Questions of one session without an answer."""
MOST_BYTES: Final = 1 << 30
"""Of the questions and answers of one session."""
MOST_TOLD_BYTES: Final = 4 << 20
"""Of questions that are told at once, but for the last of them."""
IDLE_SECONDS: Final = 30 * 86_400.0
"""After so long without its client, an open session that no run needs is forgotten."""
ENDED_SECONDS: Final = 86_400.0
"""The same of one that was ended, from then on."""

_STALE: Final = f"coalesce(ended + {ENDED_SECONDS}, last_seen + {IDLE_SECONDS}) < ?"
_PLACE: Final = "session = ? AND conversation = ? AND number = ?"


class Mailbox:
    """Questions and answers in the service's SQLite file. What a method has returned from survives a crash.

    Every method may raise `MailboxUnreachable`.
    """

    def __init__(self, database: Path) -> None:
        self._lock = threading.Lock()
        self._connection = open_database(database, MAILBOX_TABLES, upgrade_mailbox)

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
                raise TooManySessions(
                    f"{count:,} remote strategies and tasks are open, and no more may: end some of them"
                )
            self._connection.execute(
                f"INSERT INTO remote_sessions ({SESSION_COLUMNS}) VALUES (?, ?, ?, ?, ?, NULL, 0, 0, ?)",  # noqa: S608  the names are ours
                (number, kind, name, now, now, json.dumps(definition)),
            )
            return self._session(number)

    def session(self, session: str, kind: Kind) -> RemoteSession:
        """The session of this number and kind; raises `UnknownSession`."""
        with self._reading():
            return self._session(session, kind)

    def sessions(self, kind: Kind, offset: int, limit: int) -> Page[ListedSession]:
        """Those that are open, newest first."""
        opened = "FROM remote_sessions WHERE kind = ? AND ended IS NULL"
        with self._reading():
            (total,) = self._connection.execute(f"SELECT count(*) {opened}", (kind,)).fetchone()
            rows = self._connection.execute(
                f"SELECT {LISTED_COLUMNS} {opened} ORDER BY created DESC, id LIMIT ? OFFSET ?", (kind, limit, offset)
            ).fetchall()
        return Page([ListedSession(*row) for row in rows], total, offset, limit)

    def seen(self, session: str, now: float) -> None:
        """Note that the client is there."""
        with self._transaction():
            self._connection.execute(
                "UPDATE remote_sessions SET last_seen = max(last_seen, ?) WHERE id = ?", (now, session)
            )

    def end(self, session: str, kind: Kind, now: float) -> None:
        """Take no more questions; what is answered stays. Ending it twice is no error."""
        with self._transaction():
            self._session(session, kind)
            self._connection.execute(
                "UPDATE remote_sessions SET ended = coalesce(ended, ?) WHERE id = ?", (now, session)
            )

    def stale(self, now: float) -> list[str]:
        """The sessions that may be forgotten unless a run needs them."""
        with self._reading():
            rows = self._connection.execute(f"SELECT id FROM remote_sessions WHERE {_STALE}", (now,)).fetchall()  # noqa: S608  the condition is ours
        return [number for (number,) in rows]

    def forget(self, session: str, now: float) -> None:
        """Remove a session with its questions and answers, if it is stale still."""
        with self._transaction():
            gone = self._connection.execute(f"DELETE FROM remote_sessions WHERE id = ? AND {_STALE}", (session, now))  # noqa: S608  the condition is ours
            if gone.rowcount:
                self._connection.execute("DELETE FROM questions WHERE session = ?", (session,))

    def ask(self, question: Question, now: float) -> str | None:
        """The answer to a question, which waits from now on; None while there is none.

        Raises `UnknownSession`; `SessionEnded` for a question without an answer; `AskedOtherwise` where this number
        was asked in other words: whoever asks does not repeat what it said before; `TooManyQuestions`; `SessionFull`.
        """
        with self._reading():
            found = self._known(question)
            if found is not None:
                return found.answer
        with self._transaction():
            found = self._known(question)
            if found is not None:
                return found.answer
            self._check_room(question.session, ROW_BYTES + len(question.text.encode()))
            waiting = "SELECT count(*) FROM questions WHERE session = ? AND answer IS NULL"
            (count,) = self._connection.execute(waiting, (question.session,)).fetchone()
            if count >= MOST_WAITING:
                raise TooManyQuestions(f"{count:,} questions of this session wait already: answer some of them first")
            self._connection.execute(
                "INSERT INTO questions (session, conversation, number, text, asked) VALUES (?, ?, ?, ?, ?)",
                (question.session, question.conversation, question.number, question.text, now),
            )
        return None

    def answer(self, session: str, conversation: str, number: int, answer: str, now: float) -> None:
        """Store an answer, as canonical JSON; the same one again is no error.

        Raises `UnknownQuestion`, `AnsweredOtherwise` where there is another one, or `SessionFull`.
        """
        place = (session, conversation, number)
        with self._transaction():
            found = self._question(*place)
            if found is None:
                raise UnknownQuestion(f"nobody has asked question {number} of this conversation")
            if found.answer == answer:
                return
            if found.answer is not None:
                raise AnsweredOtherwise(f"question {number} of this conversation has another answer already")
            self._check_room(session, len(answer.encode()))
            self._connection.execute(
                f"UPDATE questions SET answer = ?, answered = ? WHERE {_PLACE}",  # noqa: S608  the condition is ours
                (answer, now, *place),
            )
            self._connection.execute(
                "UPDATE remote_sessions SET answers = answers + 1, last_seen = max(last_seen, ?) WHERE id = ?",
                (now, session),
            )

    def answers(self, session: str) -> int:
        """How many questions of a session were answered; 0 for one that is not there."""
        with self._reading():
            row = self._connection.execute("SELECT answers FROM remote_sessions WHERE id = ?", (session,)).fetchone()
        return 0 if row is None else int(row[0])

    def waiting(self, session: str, limit: int) -> list[AskedQuestion]:
        """Questions without an answer, oldest first; fewer where they are long."""
        return self._questions("session = ? AND answer IS NULL ORDER BY place LIMIT ?", session, limit)

    def conversation(self, session: str, conversation: str, first: int, limit: int) -> list[AskedQuestion]:
        """The questions of a conversation from number `first` on, answered or not; fewer where they are long."""
        clause = "session = ? AND conversation = ? AND number >= ? ORDER BY number LIMIT ?"
        return self._questions(clause, session, conversation, first, limit)

    def _questions(self, clause: str, *values: str | int) -> list[AskedQuestion]:
        found, size = [], 0
        with self._reading():
            for row in self._connection.execute(f"SELECT {QUESTION_COLUMNS} FROM questions WHERE {clause}", values):  # noqa: S608  the clauses are ours
                found.append(AskedQuestion(*row))
                size += len(found[-1].text) + len(found[-1].answer or "")
                if size >= MOST_TOLD_BYTES:
                    break
        return found

    def _question(self, session: str, conversation: str, number: int) -> AskedQuestion | None:
        row = self._connection.execute(
            f"SELECT {QUESTION_COLUMNS} FROM questions WHERE {_PLACE}",  # noqa: S608  the names are ours
            (session, conversation, number),
        ).fetchone()
        return None if row is None else AskedQuestion(*row)

    def _known(self, question: Question) -> AskedQuestion | None:
        """The question as it was asked before, None where it was not; raises as `ask` does."""
        ended = self._session(question.session).ended
        found = self._question(question.session, question.conversation, question.number)
        if found is not None and found.text != question.text:
            raise AskedOtherwise(
                f"question {question.number} of this conversation was another one when it was asked before"
            )
        if ended is not None and (found is None or found.answer is None):
            raise SessionEnded("its client has ended the session")
        return found

    def _check_room(self, session: str, size: int) -> None:
        """Count what is about to be stored; raises `SessionFull`."""
        stored = self._session(session).size + size
        if stored > MOST_BYTES:
            raise SessionFull(
                f"the questions and answers of this session would take {stored:,} bytes, and at most "
                f"{MOST_BYTES:,} are kept: open another session for further runs"
            )
        self._connection.execute("UPDATE remote_sessions SET bytes = ? WHERE id = ?", (stored, session))

    def _session(self, session: str, kind: Kind | None = None) -> RemoteSession:
        row = self._connection.execute(
            f"SELECT {SESSION_COLUMNS} FROM remote_sessions WHERE id = ?",  # noqa: S608  the names are ours
            (session,),
        ).fetchone()
        if row is None or kind not in {None, row[1]}:
            raise UnknownSession(f"no remote {kind or 'session'} {session[:40]!r}")
        return read_session(row)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            with self._lock:
                yield
        except sqlite3.OperationalError as error:
            raise MailboxUnreachable(f"the mailbox cannot be read: {error}") from error

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            with self._lock, in_transaction(self._connection):
                yield
        except sqlite3.OperationalError as error:
            raise MailboxUnreachable(f"the mailbox cannot be written: {error}") from error


def canonical(answer: object) -> str:
    """An answer as JSON in which two equal ones are the same text."""
    return json.dumps(answer, sort_keys=True, separators=(",", ":"), allow_nan=False)
