"""Opening the service's SQLite file, which several threads and processes share."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from pathlib import Path

_SECONDS = 10.0
"""How long to wait for a writer elsewhere."""


def open_database(path: Path, schema: str) -> sqlite3.Connection:
    """A connection in autocommit mode whose tables are there; what was committed survives a crash of the machine.

    Opening takes turns: SQLite does not wait where one connection changes the kind of journal and others are busy.
    """
    connection = sqlite3.connect(path, timeout=_SECONDS, isolation_level=None, check_same_thread=False)
    turn = os.open(path.with_name(f"{path.name}-opening"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(turn, fcntl.LOCK_EX)
        path.chmod(0o600)
        if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.executescript(schema)
    finally:
        os.close(turn)
    return connection
