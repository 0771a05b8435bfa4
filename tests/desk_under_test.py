"""A desk for runners on other machines, and a run that one of them sends it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import pytest
from guarded_app import Ticks
from jobs_under_test import folder
from runs_under_test import HERE, suite
from service_under_test import small_catalogue

from tuner import run_suite
from tuner.server.jobs import Job, JobQueue
from tuner.server.run_writing import Piece, Whole
from tuner.server.service_folder import ServiceFolder
from tuner.server.work_desk import WorkDesk

__all__ = ["folder"]
RUN = "mine"
ME, OTHER = "me", "other"
VERSION = version("tuner-bench")
JOURNAL = "journal/000001.journal"
SUITE = suite(strategies=["random"], seeds=1, budget={"trials": 3})


@pytest.fixture
def queue(folder: ServiceFolder) -> Iterator[JobQueue]:
    with closing(JobQueue(folder.database)) as opened:
        opened.submit(RUN, SUITE.to_toml(), 0.0)
        yield opened


@pytest.fixture
def clock() -> Ticks:
    return Ticks()


@pytest.fixture
def desk(folder: ServiceFolder, queue: JobQueue, clock: Ticks) -> Iterator[WorkDesk]:
    with closing(WorkDesk(folder, queue, small_catalogue, clock)) as made:
        yield made


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run, as it was made elsewhere."""
    path = tmp_path_factory.mktemp("elsewhere") / RUN
    run_suite(SUITE, out=path, where=HERE)
    return path


@pytest.fixture
def begun(desk: WorkDesk, made: Path) -> WorkDesk:
    """The desk of a run that `ME` has claimed and described."""
    desk.claim(ME, VERSION)
    for name in ("suite.toml", "plugins.json"):
        put(desk, name, (made / name).read_bytes())
    put(desk, "run.json", info(made, "running"))
    return desk


def info(made: Path, state: str) -> bytes:
    return json.dumps({**json.loads((made / "run.json").read_text()), "state": state}).encode()


def put(desk: WorkDesk, name: str, content: bytes, owner: str = ME) -> None:
    desk.write(RUN, owner, name, Piece(0, content, whole(content)))


def append(desk: WorkDesk, content: bytes, place: int = 0, name: str = JOURNAL, owner: str = ME) -> None:
    desk.write(RUN, owner, name, Piece(place, content))


def whole(content: bytes) -> Whole:
    return Whole(len(content), hashlib.sha256(content).hexdigest())


def files(folder: ServiceFolder) -> dict[str, bytes]:
    place = folder.runs / RUN
    return {str(path.relative_to(place)): path.read_bytes() for path in place.rglob("[!.]*") if path.is_file()}


def job_of(queue: JobQueue) -> Job:
    job = queue.find(RUN)
    assert job is not None
    return job
