"""A program that is spoken to in lines: each answer has a time limit, and nothing of it outlives its owner."""

from __future__ import annotations

import os
import selectors
import shlex
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import IO

from ..errors import StrategyMisbehaved, one_line
from .last_words import last_words

_GUARD = ("/bin/sh", "-c", "read -r _; kill -KILL 0")
"""Ends its process group when its input ends."""
_BLOCK = 65536
_LONGEST_LINE = 1 << 24
_KEPT_BYTES = 2000
"""Of standard error."""
_GRACE_SECONDS = 0.5
"""How long a program has to end by itself when it was told to, or after its output has ended."""


class LineProcess:
    """A running program, in a process group of its own. Its standard error is read, and its end is kept.

    A guard in the same group ends all of it where the owner is killed while the program thinks and reads nothing.
    """

    def __init__(self, words: Sequence[str], folder: str) -> None:
        """Start the program in a folder; raises `StrategyMisbehaved` where it cannot be started."""
        try:
            self._child = _started(words, folder)
            self._guard = _guard_of(self._child)
        except OSError as error:
            told = f"the program {shlex.join(words)!r} cannot be started in {folder}"
            raise StrategyMisbehaved(f"{told}: {error.strerror}") from None
        self._name = shlex.join(words)
        self._owner = os.getpid()
        self._unsent = b""
        self._answer = b""
        self._errors = b""
        self._selector = selectors.DefaultSelector()
        self._streams = {pipe.fileno(): pipe for pipe in (self._child.stdout, self._child.stderr) if pipe is not None}
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._input: IO[bytes] = self._child.stdin
        self._output = self._child.stdout.fileno()
        for number in (*self._streams, self._input.fileno()):
            os.set_blocking(number, False)
        for number in self._streams:
            self._selector.register(number, selectors.EVENT_READ)

    def ask(self, lines: Sequence[str], seconds: float) -> str:
        """Send lines and wait for one; raises `StrategyMisbehaved` where none comes in time, or more than one."""
        self._pump(0)
        if self._answer.strip():
            raise StrategyMisbehaved(f"the program {self._name!r} wrote without being asked: {self._shown()}")
        self._answer = b""
        self._send(lines)
        deadline = time.monotonic() + seconds
        while (line := self._next_line()) is None:
            if self._output not in self._streams:
                raise StrategyMisbehaved(self._obituary())
            if len(self._answer) > _LONGEST_LINE:
                raise StrategyMisbehaved(f"the program {self._name!r} wrote a line of more than {_LONGEST_LINE} bytes")
            left = deadline - time.monotonic()
            if left <= 0:
                self.kill()
                raise StrategyMisbehaved(f"the program {self._name!r} did not answer within {seconds:g} seconds")
            self._pump(left)
        return line

    def end(self, lines: Sequence[str] = ()) -> None:
        """Send last lines, let the program end by itself for half a second, and end what is left of it."""
        if not self._is_mine():
            return
        self._send(lines)
        self._wait()
        self.kill()

    def kill(self) -> None:
        """End the program and all that it has started, and leave no trace of it."""
        if not self._is_mine():
            return
        # Until it is waited for, its number is nobody else's.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait()
        self._selector.close()
        for pipe in (self._input, *self._streams.values()):
            with suppress(OSError):
                pipe.close()
        self._guard.communicate()
        self._streams = {}

    def _is_mine(self) -> bool:
        """Whether it has not been ended yet, and this process is no copy of the one that started it."""
        return not self._input.closed and os.getpid() == self._owner

    def _send(self, lines: Sequence[str]) -> None:
        self._unsent += b"".join(line.encode() + b"\n" for line in lines)
        number = self._input.fileno()
        if self._unsent and number not in self._selector.get_map():
            self._selector.register(number, selectors.EVENT_WRITE)

    def _pump(self, seconds: float) -> None:
        """Write and read what can be, waiting for at most so long until something can."""
        for key, _ in self._selector.select(seconds):
            if key.fd == self._input.fileno():
                self._write()
            else:
                self._read(key.fd)

    def _write(self) -> None:
        try:
            self._unsent = self._unsent[os.write(self._input.fileno(), self._unsent[:_BLOCK]) :]
        except BrokenPipeError:  # that it has ended, its output says
            self._unsent = b""
        if not self._unsent:
            self._selector.unregister(self._input.fileno())

    def _read(self, number: int) -> None:
        block = os.read(number, _BLOCK)
        if not block:
            self._selector.unregister(number)
            self._streams.pop(number).close()
        elif number == self._output:
            self._answer += block
        else:
            self._errors = (self._errors + block)[-_KEPT_BYTES:]

    def _next_line(self) -> str | None:
        while b"\n" in self._answer:
            line, _, self._answer = self._answer.partition(b"\n")
            if line.strip():
                if self._answer.strip():
                    self._answer = line + b"\n" + self._answer
                    raise StrategyMisbehaved(f"the program {self._name!r} answered more than one line: {self._shown()}")
                return line.decode(errors="backslashreplace")
        return None

    def _shown(self) -> str:
        return repr(one_line(self._answer[:200].decode(errors="backslashreplace")))

    def _wait(self) -> None:
        """Let it end by itself: no longer than the grace, and without taking its number from it."""
        deadline = time.monotonic() + _GRACE_SECONDS
        while (left := deadline - time.monotonic()) > 0:
            if self._has_ended():
                self._pump(0)
                return
            self._pump(min(0.01, left))

    def _has_ended(self) -> bool:
        try:
            return os.waitid(os.P_PID, self._child.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None
        except ChildProcessError:  # where nobody waits for children, they leave no trace
            return True

    def _obituary(self) -> str:
        """Why there is no answer, once the output has ended."""
        self._wait()
        self.kill()
        code = self._child.returncode
        how = f"with exit code {code}" if code >= 0 else f"by signal {-code}"
        words = last_words(self._errors.decode(errors="replace"))
        last = f"; its last words: {words}" if words else "; it wrote nothing to standard error"
        return f"the program {self._name!r} ended {how} before it answered{last}"


def _started(words: Sequence[str], folder: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603  the user's own program, and no shell
        words,
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        process_group=0,
    )


def _guard_of(child: subprocess.Popen[bytes]) -> subprocess.Popen[bytes]:
    """A shell in the child's group, whose input is open for as long as this process, or a fork of it, is there.

    The kernel's signal at a parent's death would come when the thread ends that started the child, and to the child
    alone.
    """
    silent = subprocess.DEVNULL
    try:
        return subprocess.Popen(_GUARD, stdin=subprocess.PIPE, stdout=silent, stderr=silent, process_group=child.pid)  # noqa: S603  fixed words
    except OSError:
        child.kill()
        child.wait()
        raise
