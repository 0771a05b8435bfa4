"""Starts the runner, and starts it again whenever it has died."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Final, Protocol

from .jobs import JobQueue
from .service_folder import ServiceFolder

FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 30.0
LONG_LIFE_SECONDS: Final = 60.0
"""A runner that has lived for so long is started again as if it were the first."""
_POLL_SECONDS: Final = 0.1
_TAIL_BYTES: Final = 2000

_log = logging.getLogger(__name__)


class RunnerSettings(Protocol):
    """What a runner is told about where to evaluate."""

    @property
    def workers(self) -> int | None:
        """Worker processes of a run; None for one a core."""

    @property
    def ray_address(self) -> str | None:
        """Ray cluster to join; None for a private one."""


class Supervisor:
    """A thread that sees to it that there is a runner. The runner outlives a server that is killed, until its job ends.

    `soft_seconds` is how long the runner may take to store what is in flight once the service is stopped.
    """

    def __init__(
        self,
        folder: ServiceFolder,
        settings: RunnerSettings,
        *,
        soft_seconds: float = 20.0,
        options: tuple[str, ...] = (),
    ) -> None:
        self._folder = folder
        self._settings = settings
        self._soft_seconds = soft_seconds
        self._options = options
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._supervise, daemon=True)

    @property
    def process(self) -> int | None:
        """The number of the runner's process; None while there is none."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start the runner; returns at once."""
        self._folder.runner_log.unlink(missing_ok=True)
        self._thread.start()

    def stop(self) -> None:
        """End the runner, softly and then hard; its job waits for the next one. Does nothing where none was started."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _supervise(self) -> None:
        pause = 0.0
        with closing(JobQueue(self._folder.database)) as queue:
            while not self._stopping.wait(pause):
                began, owner = time.monotonic(), secrets.token_hex(8)
                code = self._see_through(owner)
                queue.release(owner)
                pause = next_pause(pause, time.monotonic() - began)
                if not self._stopping.is_set():
                    _log.warning(
                        "the runner ended with exit code %s, and is started again in %.1f s%s",
                        code,
                        pause,
                        _tail(self._folder.runner_log),
                    )

    def _see_through(self, owner: str) -> int:
        """Start a runner and wait until it has ended; returns its exit code."""
        with self._folder.runner_log.open("ab") as log:
            self._process = process = subprocess.Popen(  # noqa: S603  all of the command is ours
                self._command(owner), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        try:
            asked_at = None
            while not _has_ended(process.pid):
                if self._stopping.wait(_POLL_SECONDS) and asked_at is None:
                    asked_at = time.monotonic()
                    process.terminate()
                elif asked_at is not None:
                    time.sleep(_POLL_SECONDS)
                    if time.monotonic() > asked_at + self._soft_seconds:
                        process.kill()
            _clear_away(process.pid)
            return process.wait()
        finally:
            self._process = None

    def _command(self, owner: str) -> list[str]:
        command = [sys.executable, "-m", "tuner.server.runner", "--runs", str(self._folder.runs), "--owner", owner]
        command += ["--parent", str(os.getpid()), *self._options]
        if self._settings.workers is not None:
            command += ["--workers", str(self._settings.workers)]
        if self._settings.ray_address is not None:
            command += ["--ray-address", self._settings.ray_address]
        return command


def next_pause(last: float, lived: float) -> float:
    """Seconds to wait before a runner is started again, given the last pause and how long it lived after that."""
    if lived >= LONG_LIFE_SECONDS or not last:
        return FIRST_PAUSE_SECONDS
    return min(LONGEST_PAUSE_SECONDS, 2 * last)


def _has_ended(process: int) -> bool:
    """Whether a child has ended; it stays a zombie, so that its number cannot be another's yet."""
    return os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None


def _clear_away(runner: int) -> None:
    """End and remove what a runner has left behind: a private Ray whose driver was killed, and its folder."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(runner, signal.SIGKILL)
    for folder in Path(tempfile.gettempdir()).glob(f"tuner-{runner}-*"):
        shutil.rmtree(folder, ignore_errors=True)


def _tail(log: Path) -> str:
    """The last lines of a file, each with a line break before it; empty where there is nothing."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
            text = file.read().decode(errors="replace").strip()
    except OSError:
        return ""
    return f"\n{text}" if text else ""
