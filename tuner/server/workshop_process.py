"""A process that answers lines of JSON with lines of JSON, watched from outside."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

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
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )

    @property
    def is_alive(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    def ask(self, question: dict[str, Any], seconds: float) -> dict[str, Any]:
        """The answer; raises `Died` or `TookTooLong`, and then the process is gone."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(question).encode() + b"\n")
            self._process.stdin.flush()
            return self._read(time.monotonic() + seconds)
        except (OSError, ValueError) as error:
            self.end()
            raise Died(f"it ended with code {self._process.returncode}") from error
        except BaseException:
            self.end()
            raise

    def end(self) -> None:
        """End it, and what it has started."""
        with suppress(OSError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _read(self, deadline: float) -> dict[str, Any]:
        assert self._process.stdout is not None
        handle, parts, size = self._process.stdout.fileno(), [], 0
        while True:
            ready, _, _ = select.select([handle], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise TookTooLong
            part = os.read(handle, _AT_ONCE)
            size += len(part)
            if not part or size > _LONGEST:
                raise ValueError("no answer")
            parts.append(part)
            if part.endswith(b"\n"):
                answer: dict[str, Any] = json.loads(b"".join(parts))
                return answer
