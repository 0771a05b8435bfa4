"""Opening the service's SQLite file, which several threads and processes share."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_SECONDS = 10.0
"""How long to wait for a writer elsewhere."""


def open_database(
    path: Path, schema: str, upgrade: Callable[[sqlite3.Connection], None] = lambda _: None
) -> sqlite3.Connection:
    """A connection in autocommit mode whose tables are there; what was committed survives a crash of the machine.

    `upgrade` is called before the schema is made, to bring tables of earlier versions into its shape.
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
        upgrade(connection)
        connection.executescript(schema)
    except BaseException:
        connection.close()
        raise
    finally:
        os.close(turn)
    return connection


@contextmanager
def in_transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """One transaction that keeps all other writers waiting; undone where the block raises."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
