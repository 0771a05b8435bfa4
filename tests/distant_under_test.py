"""Runners on other machines, which are in this process: only the way between them and the service is real."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from runs_under_test import HERE, suite
from served_under_test import Served

from tuner.client.connection import Connection
from tuner.runners.service_carrier import ServiceCarrier
from tuner.runners.service_queue import ServiceQueue
from tuner.server.jobs import Job, JobState
from tuner.server.runner import Runner
from tuner.server.service_folder import ServiceFolder
from tuner.suite import Suite

NAME = "mine"


@dataclass
class Distant:
    """A runner and what it holds."""

    runner: Runner
    queue: ServiceQueue
    carrier: ServiceCarrier
    connection: Connection
    scratch: Path
    noted: list[str]
    """The names of its leases."""


@contextmanager
def distant(
    served: Served, scratch: Path, owner: str = "far", transport: httpx2.BaseTransport | None = None
) -> Iterator[Distant]:
    """A runner that works in this thread."""
    noted: list[str] = []
    scratch.mkdir(parents=True, exist_ok=True)
    token = served.settings.folder.runner_token
    with (
        closing(Connection(served.url, token, patience_seconds=0.0, read_seconds=10.0, transport=transport)) as quick,
        closing(Connection(served.url, token, patience_seconds=5.0, read_seconds=10.0)) as patient,
    ):
        carrier = ServiceCarrier(quick, scratch)
        queue = ServiceQueue(quick, patient, scratch, carrier.acknowledged, noted.append)
        runner = Runner(ServiceFolder(scratch), queue, owner, HERE, carrier)
        yield Distant(runner, queue, carrier, quick, scratch, noted)


def submit(served: Served, run: str = NAME, described: Suite | None = None) -> None:
    served.queue.submit(run, (described or suite()).to_toml(), 0.0)


def job_of(served: Served, run: str = NAME) -> Job:
    job = served.queue.find(run)
    assert job is not None
    return job


def holder(served: Served, run: str = NAME) -> str:
    """By which name a job is held."""
    owner = job_of(served, run).owner
    assert owner is not None
    return owner


def ended(served: Served, run: str = NAME) -> tuple[JobState, str]:
    job = job_of(served, run)
    return job.state, job.message


class Worker:
    """One who speaks HTTP with a token, about one run."""

    def __init__(self, served: Served, kind: str = "runner-token", owner: str = "far") -> None:
        self.owner = owner
        self.url = f"{served.url}/api/v1/work"
        self.client = httpx2.Client(headers={"Authorization": f"Bearer {served.token(kind)}"}, trust_env=False)

    def say(self, what: str, **fields: Any) -> httpx2.Response:
        return self.client.post(f"{self.url}/{what}", json={"owner": self.owner, **fields})

    def put(self, name: str, content: bytes = b"", **parameters: Any) -> httpx2.Response:
        headers = {"Content-Type": "application/octet-stream"}
        given = {"owner": self.owner, "place": 0, **parameters}
        return self.client.put(f"{self.url}/{NAME}/files/{name}", content=content, params=given, headers=headers)

    def get(self, name: str = "", **parameters: Any) -> httpx2.Response:
        place = f"{self.url}/{NAME}/files{name and f'/{name}'}"
        return self.client.get(place, params={"owner": self.owner, **parameters})
