"""A run's lock: looked at in an instant, and taken by a writer whoever looks at it meanwhile."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tuner.run_lock import is_locked, take_lock


@pytest.fixture
def lock(tmp_path: Path) -> Iterator[int]:
    """An open lock in `tmp_path`, which nobody holds."""
    handle = os.open(tmp_path / ".lock", os.O_RDWR | os.O_CREAT)
    yield handle
    os.close(handle)


def opened(run: Path) -> int:
    return os.open(run / ".lock", os.O_RDWR)


def test_a_run_is_locked_while_somebody_writes_to_it(tmp_path: Path, lock: int) -> None:
    before = is_locked(tmp_path)
    assert take_lock(lock)
    during = is_locked(tmp_path)
    fcntl.flock(lock, fcntl.LOCK_UN)

    assert (before, during, is_locked(tmp_path)) == (False, True, False)


def test_a_run_without_a_lock_is_not_locked(tmp_path: Path) -> None:
    assert not is_locked(tmp_path)


def test_whatever_else_stands_there_is_looked_at_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".lock")

    assert not is_locked(tmp_path)


def test_a_writer_waits_for_those_who_only_look(tmp_path: Path, lock: int) -> None:
    looking = opened(tmp_path)
    fcntl.flock(looking, fcntl.LOCK_SH)
    threading.Timer(0.05, os.close, (looking,)).start()

    assert take_lock(lock, 10.0)


def test_a_second_writer_is_refused(tmp_path: Path, lock: int) -> None:
    assert take_lock(lock)
    second = opened(tmp_path)

    assert not take_lock(second, 0.0)
    os.close(second)
