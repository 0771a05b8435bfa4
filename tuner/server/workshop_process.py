"""A process that answers lines of JSON with lines of JSON, watched from outside."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import IO, Any, Final

_COMMAND: Final = (sys.executable, "-m", "tuner.server.workshop")
_AT_ONCE: Final = 1 << 16
_LONGEST: Final = 1 << 28
"""Bytes of an answer."""


class Died(Exception):
    """The process ended before it had answered."""


class TookTooLong(Exception):
    """The process had not answered in time, and was ended."""


class WorkshopProcess:
    """Started at once. One question at a time; `end` may come from another thread meanwhile."""

    def __init__(self, command: Sequence[str] = _COMMAND) -> None:
        self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, start_new_session=True
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin, self._process.stdout
        os.set_blocking(self._in.fileno(), False)
        self._asking = threading.Lock()

    @property
    def is_alive(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    def ask(self, question: dict[str, Any], seconds: float) -> dict[str, Any]:
        """The answer; raises `Died` or `TookTooLong`, and then the process is gone."""
        deadline = time.monotonic() + seconds
        try:
            with self._asking:
                self._write(json.dumps(question).encode() + b"\n", deadline)
                return self._read(deadline)
        except (OSError, ValueError) as error:
            self.end()
            raise Died(f"it ended with code {self._process.returncode}") from error
        except BaseException:
            self.end()
            raise
        finally:
            if self._process.returncode is not None:
                self._close_pipes()

    def end(self) -> None:
        """End it, and what it has started."""
        with suppress(OSError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._close_pipes()

    def _close_pipes(self) -> None:
        """Unless it is being asked: whoever asks closes them, since the number of a pipe may be another file's next."""
        if self._asking.acquire(blocking=False):
            try:
                self._in.close()
                self._out.close()
            finally:
                self._asking.release()

    def _write(self, line: bytes, deadline: float) -> None:
        left = memoryview(line)
        while left:
            _wait_for(self._in, selectors.EVENT_WRITE, deadline)
            left = left[os.write(self._in.fileno(), left) :]

    def _read(self, deadline: float) -> dict[str, Any]:
        parts, size = [], 0
        while True:
            _wait_for(self._out, selectors.EVENT_READ, deadline)
            part = os.read(self._out.fileno(), _AT_ONCE)
            size += len(part)
            if not part or size > _LONGEST:
                raise ValueError("no answer")
            parts.append(part)
            if part.endswith(b"\n"):
                answer: dict[str, Any] = json.loads(b"".join(parts))
                return answer


def _wait_for(pipe: IO[bytes], event: int, deadline: float) -> None:
    """Until the pipe is ready; raises `TookTooLong`, and ValueError once it is closed.

    By poll, since select knows no handles from 1024 on.
    """
    with selectors.PollSelector() as selector:
        selector.register(pipe, event)
        if not selector.select(max(0.0, deadline - time.monotonic())):
            raise TookTooLong
