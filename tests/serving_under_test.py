"""`tuner serve` as a process of its own, used over HTTP, whose processes can be killed one by one."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from tuner.server.service_folder import ServiceFolder

_WAIT_SECONDS = 120.0
_POLL_SECONDS = 0.02


def wait_for(condition: Callable[[], object], what: str) -> None:
    """Poll until it holds; fails where that takes too long."""
    deadline = time.monotonic() + _WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(_POLL_SECONDS)


@dataclass(frozen=True)
class Process:
    """A process as /proc has it."""

    number: int
    parent: int
    session: int
    command: str
    """Program and arguments, with spaces between them."""


def processes() -> Iterator[Process]:
    """All that live."""
    for place in Path("/proc").glob("[0-9]*"):
        try:
            fields = (place / "stat").read_text().rpartition(")")[2].split()
            command = (place / "cmdline").read_text()
        except OSError:  # it has ended meanwhile
            continue
        if fields[0] != "Z":
            yield Process(int(place.name), int(fields[1]), int(fields[3]), command.replace("\0", " ").strip())


@dataclass
class ServeProcess:
    """A service on a folder; started again, it listens at the same port."""

    runs: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    runners: set[int] = field(default_factory=set)
    """Every runner that was seen; what a runner starts is of its session."""

    @property
    def number(self) -> int:
        assert self.process is not None
        return self.process.pid

    def start(self, workers: int) -> None:
        """Returns once it answers requests for what is installed."""
        command = [sys.executable, "-m", "tuner", "serve", "--runs", str(self.runs), "--port", str(self.port)]
        with (self.runs.parent / "serve.log").open("ab") as log:
            self.process = subprocess.Popen([*command, "--workers", str(workers)], stdout=log, stderr=log)
        wait_for(lambda: self.is_ready, "the service answers")

    @property
    def is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.runs.parent / "serve.log").read_text()
        try:
            return self.get("/strategies").is_success
        except (httpx2.TransportError, FileNotFoundError):
            return False

    def get(self, path: str, **query: Any) -> httpx2.Response:
        return httpx2.get(self._url(path), params=query, headers=self._headers(), timeout=30)

    def post(self, path: str, body: object, **headers: str) -> httpx2.Response:
        return httpx2.post(self._url(path), json=body, headers=self._headers() | headers, timeout=60)

    def runner(self) -> int:
        """The runner of this server; waits until there is one."""
        found: list[int] = []

        def is_there() -> bool:
            mine = (one for one in processes() if one.parent == self.number and "tuner.server.runner" in one.command)
            found.extend(one.number for one in mine)
            return bool(found)

        wait_for(is_there, "there is a runner")
        self.runners.update(found)
        return found[0]

    def kill(self) -> None:
        """As a crash does: at once, with nothing told to anybody."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End it, softly and then hard, and whatever is left of it."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                self.kill()
        for one in left_of(self.runners):
            os.kill(one.number, signal.SIGKILL)
        for runner in self.runners:  # killed with the server, its Ray leaves its folder
            for folder in Path(tempfile.gettempdir()).glob(f"tuner-{runner}-*"):
                shutil.rmtree(folder, ignore_errors=True)

    def _url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/api/v1{path}"

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {ServiceFolder(self.runs).token.read_text().strip()}"}


def left_of(sessions: set[int]) -> list[Process]:
    """The processes of these sessions that live."""
    return [one for one in processes() if one.session in sessions]


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])
