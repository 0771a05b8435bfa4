"""How a browser gets in: a one-time code is exchanged for a cookie, and forms carry a proof of their own page."""

from __future__ import annotations

import hmac
import re
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .database import open_database
from .tokens import Access, digest_of

CODE_SECONDS: Final = 600.0
"""How long a one-time code is good for."""
IDLE_SECONDS: Final = 30 * 86400.0
"""How long a browser may stay away before it needs a code again."""
_TOUCH_SECONDS = 3600.0
_CODE_FORM = re.compile(r"[0-9a-f]{32}")
_SECRET_FORM = re.compile(r"[0-9a-f]{64}")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS entry_codes (
    digest BLOB PRIMARY KEY,
    access TEXT NOT NULL,
    expires REAL NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS browser_sessions (
    digest BLOB PRIMARY KEY,
    access TEXT NOT NULL,
    seen REAL NOT NULL
) STRICT;
"""


@dataclass(frozen=True, slots=True)
class BrowserSession:
    """A browser that was let in."""

    secret: str
    """The cookie's value; kept by the browser alone."""
    access: Access

    @property
    def csrf(self) -> str:
        """What a form of our own pages carries, and a page of somebody else cannot know."""
        return hmac.new(self.secret.encode(), b"csrf", "sha256").hexdigest()


class BrowserSessions:
    """Codes and sessions in a SQLite file that several processes share; it holds only digests of secrets."""

    def __init__(self, database: Path) -> None:
        self._lock = threading.Lock()
        self._connection = open_database(database, _SCHEMA)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def new_code(self, now: float, *, access: Access = Access.FULL) -> str:
        """A code of 128 bits that lets one browser in, within ten minutes. Times are seconds of the epoch."""
        code = secrets.token_hex(16)
        with self._transaction() as connection:
            connection.execute("DELETE FROM entry_codes WHERE expires < ?", (now,))
            connection.execute("DELETE FROM browser_sessions WHERE seen < ?", (now - IDLE_SECONDS,))
            connection.execute(
                "INSERT INTO entry_codes VALUES (?, ?, ?)", (digest_of(code), access, now + CODE_SECONDS)
            )
        return code

    def enter(self, code: str, now: float) -> BrowserSession | None:
        """Use up a code; None where it is unknown, used or too old."""
        if not _CODE_FORM.fullmatch(code):
            return None
        with self._transaction() as connection:
            found = connection.execute(
                "DELETE FROM entry_codes WHERE digest = ? AND expires >= ? RETURNING access", (digest_of(code), now)
            ).fetchone()
            if found is None:
                return None
            session = BrowserSession(secrets.token_hex(32), Access(found[0]))
            connection.execute(
                "INSERT INTO browser_sessions VALUES (?, ?, ?)", (digest_of(session.secret), session.access, now)
            )
            return session

    def find(self, secret: str, now: float) -> BrowserSession | None:
        """The session of a cookie's value; None where there is none, or it was idle for too long."""
        if not _SECRET_FORM.fullmatch(secret):
            return None
        digest = digest_of(secret)
        with self._lock:
            found = self._connection.execute(
                "SELECT access, seen FROM browser_sessions WHERE digest = ? AND seen >= ?", (digest, now - IDLE_SECONDS)
            ).fetchone()
            if found is None:
                return None
            if now - found[1] > _TOUCH_SECONDS:
                self._connection.execute("UPDATE browser_sessions SET seen = ? WHERE digest = ?", (now, digest))
        return BrowserSession(secret, Access(found[0]))

    def leave(self, secret: str) -> None:
        """End a session."""
        with self._transaction() as connection:
            connection.execute("DELETE FROM browser_sessions WHERE digest = ?", (digest_of(secret),))

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
