"""The tables of the mailbox, what their rows mean, and how those of earlier versions become them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from ..remote.question import Question
from .database import in_transaction

Kind = Literal["strategy", "task"]
ROW_BYTES: Final = 200
"""What a question takes beside its text and its answer, about."""
MAILBOX_TABLES: Final = """
CREATE TABLE IF NOT EXISTS remote_sessions (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    definition TEXT NOT NULL,
    created REAL NOT NULL,
    last_seen REAL NOT NULL,
    ended REAL,
    answers INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0
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
LISTED_COLUMNS: Final = "id, kind, name, created, last_seen, ended, answers, bytes"
SESSION_COLUMNS: Final = f"{LISTED_COLUMNS}, definition"
QUESTION_COLUMNS: Final = "session, conversation, number, text, answer"
_COUNT_BYTES: Final = f"""
UPDATE remote_sessions SET bytes = coalesce((
    SELECT sum({ROW_BYTES} + length(CAST(text AS BLOB)) + coalesce(length(CAST(answer AS BLOB)), 0))
    FROM questions WHERE session = id
), 0)
"""  # noqa: S608  the number is ours


@dataclass(frozen=True, slots=True)
class ListedSession:
    """Where one client answers for one strategy or task, but for what the client has said of it."""

    id: str
    kind: Kind
    name: str
    created: float
    """Seconds of the epoch."""
    last_seen: float
    """When the client last asked for questions or answered one, to within half a minute."""
    ended: float | None
    answers: int
    """How many questions were answered."""
    size: int
    """Bytes of its questions and answers, about."""


@dataclass(frozen=True, slots=True)
class RemoteSession(ListedSession):
    """Where one client answers for one strategy or task."""

    definition: dict[str, Any]
    """What the client has said of it; empty where what is stored cannot be read."""


@dataclass(frozen=True, slots=True)
class AskedQuestion(Question):
    """A question that is stored."""

    answer: str | None
    """Canonical JSON; None until there is one."""


def upgrade_mailbox(connection: sqlite3.Connection) -> None:
    """Count what sessions store, where tables of an earlier version do not say; all or nothing."""
    columns = {column[1] for column in connection.execute("PRAGMA table_info(remote_sessions)")}
    if columns and "bytes" not in columns:
        with in_transaction(connection):
            connection.execute("ALTER TABLE remote_sessions ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0")
            connection.execute(_COUNT_BYTES)


def read_session(row: Sequence[Any]) -> RemoteSession:
    """The session of a row of `SESSION_COLUMNS`."""
    return RemoteSession(*[*row[:-1], _read_definition(row[-1])])


def _read_definition(text: str) -> dict[str, Any]:
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}
