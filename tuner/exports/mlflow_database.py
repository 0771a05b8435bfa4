"""A run as an experiment in a database of MLflow."""

from __future__ import annotations

import logging
import os
import shlex
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..extras import require
from .export import CannotExport, Export, placed
from .stored_study import StoredStudy

DATABASES = (".db", ".sqlite", ".sqlite3")
_SILENCED = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
_PACKAGES = {"mlflow-skinny": "mlflow", "sqlalchemy": "sqlalchemy", "alembic": "alembic"}


def write_database(studies: list[StoredStudy], out: Path) -> Export:
    """Write one experiment, called after the run, to an SQLite database of MLflow.

    Each study is a run of MLflow, and each of its trials a run below that one. Nothing is sent anywhere.
    """
    if out.suffix not in DATABASES:
        raise CannotExport(f"a database of MLflow ends in {', '.join(DATABASES)}, which {out} does not")
    for package, module in _PACKAGES.items():
        require("an export to MLflow", package, "mlflow", module=module)
    with placed(out) as path, _untracked():
        from .mlflow_runs import write_experiment  # MLflow asks whether it may send anything as it is imported

        with _quiet(), _hasty(path):
            write_experiment(studies, f"sqlite:///{path}", out.absolute().with_name(f"{out.stem}-artifacts"))
    opened_with = f"mlflow ui --backend-store-uri {shlex.quote(f'sqlite:///{out}')}"
    return Export(out, len(studies), sum(len(study.trials) for study in studies), opened_with)


@contextmanager
def _untracked() -> Iterator[None]:
    """Keep MLflow from reporting its use."""
    before = {name: os.environ.get(name) for name in _SILENCED}
    os.environ.update(_SILENCED)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep MLflow from announcing the tables that it makes."""
    logger = logging.getLogger("mlflow")
    level = logger.level
    logger.setLevel(max(level, logging.WARNING))
    try:
        yield
    finally:
        logger.setLevel(level)


@contextmanager
def _hasty(path: Path) -> Iterator[None]:
    """Let connections to this database flush nothing: the file is flushed once, when it is whole. Then close them."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    opened: list[sqlite3.Connection] = []

    def hurry(connection: object, _record: object) -> None:
        if isinstance(connection, sqlite3.Connection) and _file_of(connection) == path.resolve():
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("PRAGMA journal_mode = MEMORY")
            opened.append(connection)

    event.listen(Engine, "connect", hurry)
    try:
        yield
    finally:
        event.remove(Engine, "connect", hurry)
        for connection in opened:
            connection.close()


def _file_of(connection: sqlite3.Connection) -> Path:
    return Path(connection.execute("PRAGMA database_list").fetchone()[2]).resolve()
