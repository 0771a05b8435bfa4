"""`tuner serve` as a process of its own, and what a program asks it for: the benchmark run that load slows down."""
# ruff: noqa: INP001  part of a folder of scripts

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2

from tuner.server.service_folder import ServiceFolder

from .load_connections import Connections
from .meter import cpu_of

_PATIENCE_SECONDS: Final = 180.0
_STOP_SECONDS: Final = 30.0
_POLL_SECONDS: Final = 0.2
_SLOW_SECONDS: Final = 60.0
"""How long one request may take here: slow answers are measured, not broken off."""
WORK: Final[dict[str, Any]] = {
    "name": "load",
    "description": "One strategy on one trained model, so that all trials cost the same.",
    "seeds": 1_000,
    "budget": {"trials": 100},
    "trial_seconds": 30,
    "shard_size": 5,
    "strategies": ["random"],
    "tasks": ["logistic-regression"],
}


class NotReady(RuntimeError):
    """A process that does not answer, or a run that does not begin."""


@dataclass(frozen=True, slots=True)
class Listening:
    """A process that answers HTTP."""

    url: str
    process: int
    headers: dict[str, str]

    @property
    def cpu_seconds(self) -> float:
        """Processor time that the process has used so far, its children not counted."""
        return cpu_of(self.process) or 0.0

    def client(self) -> httpx2.Client:
        """For one request after the other."""
        return httpx2.Client(base_url=self.url, headers=self.headers, timeout=_SLOW_SECONDS)

    def connections(self, most: int) -> Connections:
        """For many requests at once, over up to so many connections."""
        place = urlsplit(self.url)
        return Connections(place.hostname or "", place.port or 80, self.headers, most, _SLOW_SECONDS)


@contextmanager
def serving(runs: Path, log: Path, workers: int) -> Iterator[Listening]:
    """A service on a folder of runs, its catalogue made; ended when the block is left."""
    port = free_port()
    command = [program("tuner"), "serve", "--runs", str(runs), "--port", str(port), "--workers", str(workers)]
    with started(command, log) as process:
        url = f"http://127.0.0.1:{port}"
        wait_until_open(url, process, log)
        token = ServiceFolder(runs).token
        _wait(lambda: token.is_file() and token.stat().st_size > 0, "its token")
        found = Listening(url, process.pid, {"Authorization": f"Bearer {token.read_text(encoding='ascii').strip()}"})
        with found.client() as client:
            _wait(lambda: client.get("/api/v1/strategies").status_code == httpx2.codes.OK, "its catalogue")
        yield found


@contextmanager
def started(command: Sequence[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that writes to a log; ended by SIGTERM when the block is left, or killed where that is not enough."""
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT)  # noqa: S603  our own command
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def program(name: str) -> str:
    """A command of this environment."""
    return shutil.which(name, path=str(Path(sys.executable).parent)) or name


def free_port() -> int:
    """A port at which nothing listens at this moment."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def wait_until_open(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the process listens; raises `NotReady` with the end of its log where it ends before that."""

    def is_open() -> bool:
        if process.poll() is not None:
            raise NotReady(f"the server ended: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}")
        try:
            with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=1):
                return True
        except OSError:
            return False

    _wait(is_open, "its port")


def submit_work(client: httpx2.Client, workers: int, warm_trials: int = 200) -> str:
    """Submit `WORK` and wait until it has stored some trials, so that all processes are warm; returns its name."""
    answer = client.post("/api/v1/runs", json={"suite": WORK, "workers": workers})
    if answer.status_code != httpx2.codes.CREATED:
        raise NotReady(f"the benchmark run was refused: {answer.text[:500]}")
    name = str(answer.json()["name"])
    _wait(lambda: stored_trials(client, name) >= warm_trials, f"the first {warm_trials} trials of {name}")
    return name


def stored_trials(client: httpx2.Client, run: str) -> int:
    """How many trials a run has stored; raises `NotReady` once it is over."""
    answer = client.get("/api/v1/runs", params={"text": run})
    (summary,) = answer.raise_for_status().json()["items"]
    if summary["state"] not in {"queued", "running", "cancelling"}:
        raise NotReady(f"{run} is {summary['state']}: {summary['message'] or 'it was too short'}")
    return int(summary["trials"])


def cancel_work(client: httpx2.Client, run: str) -> None:
    """End the run, and wait until its workers are idle."""
    client.post(f"/api/v1/runs/{run}/cancel").raise_for_status()
    _wait(lambda: client.get(f"/api/v1/runs/{run}").json()["summary"]["state"] == "cancelled", f"{run} to end")


def _wait(is_there: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not is_there():
        if time.monotonic() > deadline:
            raise NotReady(f"waited {_PATIENCE_SECONDS:.0f} s in vain for {what}")
        time.sleep(_POLL_SECONDS)
