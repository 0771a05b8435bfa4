"""A service that really listens, with a runner in a thread: both can be taken away and brought back."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from runs_under_test import HERE
from service_under_test import WorkshopHere, small_catalogue

from tuner import resume_run, run_suite
from tuner.client import Service as Client
from tuner.events import Watcher
from tuner.remote.exchange import TOKEN_VARIABLE, URL_VARIABLE
from tuner.server.app import create_app
from tuner.server.catalogue import write_catalogue
from tuner.server.jobs import Job, JobQueue, JobState
from tuner.server.listening import make_server, open_socket
from tuner.server.service import Service
from tuner.server.settings import ServerSettings
from tuner.suite import parse_suite

RUNNER = "the runner"
SECONDS = 20.0
"""How long it may take to listen."""


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


@dataclass
class Served:
    """A service on a folder, and what its programs need to reach it."""

    runs: Path
    port: int = field(default_factory=free_port)
    pair: tuple[Path, Path] | None = None
    """A certificate for 127.0.0.1 and its key; without one it speaks http."""
    threads: list[threading.Thread] = field(default_factory=list)
    server: uvicorn.Server | None = None
    errors: list[BaseException] = field(default_factory=list)
    clients: list[Client] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)
    """Set once no job is waited for any more."""

    @property
    def settings(self) -> ServerSettings:
        certificate, key = self.pair or (None, None)
        return ServerSettings(runs=self.runs, port=self.port, tls_certificate=certificate, tls_key=key)

    @property
    def url(self) -> str:
        return self.settings.url

    def token(self, kind: str = "token") -> str:
        return (self.settings.folder.own / kind).read_text().strip()

    def client(self, **options: Any) -> Client:
        client = Client(self.url, self.settings.folder.token, **options)
        self.clients.append(client)
        return client

    def start(self) -> None:
        """Listen, as a process that has just been started does."""
        folder = self.settings.folder
        folder.create()
        known = small_catalogue()
        strategies = [replace(known.strategies[0], name=name) for name in ("random", "remote", "sobol", "tpe")]
        tasks = [replace(known.tasks[0], name=name) for name in ("branin", "remote-task")]
        write_catalogue(replace(known, strategies=strategies, tasks=tasks), folder.catalogue)
        self.queue = JobQueue(folder.database)
        self.service = Service(folder, self.queue, WorkshopHere())
        self.server = make_server(create_app(self.settings, self.service), self.settings)
        opened = open_socket(self.settings)
        thread = threading.Thread(target=self.server.run, kwargs={"sockets": [opened]}, daemon=True)
        thread.start()
        self.threads.append(thread)
        deadline = time.monotonic() + SECONDS
        while not self.server.started:
            assert thread.is_alive(), "the service has ended"
            assert time.monotonic() < deadline, "the service does not listen"
            time.sleep(0.005)

    def crash(self) -> None:
        """Stop listening at once, whoever waits for an answer."""
        assert self.server is not None
        self.server.should_exit = self.server.force_exit = True
        self.threads.pop().join(10)
        self.service.close()
        self.queue.close()
        self.server = None

    def run_next(self, watch: Watcher | None = None) -> threading.Thread:
        """Take the next job in a thread; what it raises is kept."""
        thread = threading.Thread(target=self._run_next, args=(watch,), daemon=True)
        thread.start()
        return thread

    def _run_next(self, watch: Watcher | None) -> None:
        queue = JobQueue(self.settings.folder.database)
        try:
            while (job := queue.claim(RUNNER, time.time())) is None:
                if self.is_over.wait(0.01):
                    return
            self._make(job, watch)
            queue.end(job.run, RUNNER, JobState.FINISHED)
        except BaseException as error:  # noqa: BLE001  the test looks at it
            self.errors.append(error)
        finally:
            queue.close()

    def _make(self, job: Job, watch: Watcher | None) -> None:
        place = self.runs / job.run
        if place.exists():
            resume_run(place, where=HERE, watch=watch)
        else:
            run_suite(parse_suite(job.suite), out=place, where=HERE, watch=watch)


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """Running, and this process's environment is that of its workers."""
    made = Served(tmp_path / "runs")
    made.start()
    monkeypatch.setenv(URL_VARIABLE, made.url)
    monkeypatch.setenv(TOKEN_VARIABLE, made.token("exchange-token"))
    yield made
    made.is_over.set()
    for client in made.clients:
        client.close()
    if made.server is not None:
        made.crash()
