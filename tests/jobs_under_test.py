"""A service's folder and its queue, without a service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tuner.server.jobs import JobQueue
from tuner.server.service_folder import ServiceFolder


@pytest.fixture
def folder(tmp_path: Path) -> ServiceFolder:
    made = ServiceFolder(tmp_path / "runs")
    made.create()
    return made


@pytest.fixture
def queue(folder: ServiceFolder) -> Iterator[JobQueue]:
    with closing(JobQueue(folder.database)) as opened:
        yield opened
