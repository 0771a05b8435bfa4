"""A remote session is needed for as long as a run that names it may be resumed, wherever that run is."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from example_store import write_example_run
from service_under_test import NOON

from tuner.server.jobs import JobQueue, JobState
from tuner.server.remote_uses import sessions_in_use
from tuner.server.service_folder import ServiceFolder

SESSION = "0123456789abcdef" * 2
SUITE = f'name = "mine"\n[[strategies]]\nname = "remote"\noptions = {{ session = "{SESSION}" }}\n'


class Runs:
    """Runs of a service, as far as they say what they need."""

    def __init__(self, path: Path) -> None:
        self.folder = ServiceFolder(path)
        self.folder.create()
        self.queue = JobQueue(self.folder.database)

    @property
    def in_use(self) -> set[str]:
        return sessions_in_use(self.folder, self.queue)

    def write(self, place: Path, state: str = "interrupted") -> Path:
        write_example_run(place, state=state)
        (place / "suite.toml").write_text(SUITE)
        return place


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    made = Runs(tmp_path / "runs")
    yield made
    made.queue.close()


def test_a_run_that_was_interrupted_needs_its_sessions(runs: Runs) -> None:
    runs.write(runs.folder.runs / "mine")

    assert runs.in_use == {SESSION}


def test_a_run_that_is_finished_needs_none(runs: Runs) -> None:
    runs.write(runs.folder.runs / "mine", "finished")

    assert runs.in_use == set()


def test_a_run_needs_its_sessions_in_the_bin_and_no_longer_once_it_is_removed(runs: Runs) -> None:
    place = runs.write(runs.folder.bin / "mine")
    assert runs.in_use == {SESSION}

    shutil.rmtree(place)
    assert runs.in_use == set()


@pytest.mark.parametrize("state", [JobState.PAUSED, JobState.FAILED, JobState.CANCELLED, JobState.RUNNING])
def test_so_does_one_that_has_not_begun_or_has_lost_its_folder(runs: Runs, state: JobState) -> None:
    runs.queue.submit("mine", SUITE, NOON)
    assert runs.in_use == {SESSION}

    runs.queue.claim("runner", NOON)
    if state is not JobState.RUNNING:
        runs.queue.end("mine", "runner", state)
    assert runs.in_use == {SESSION}


def test_a_run_whose_state_cannot_be_read_needs_its_sessions(runs: Runs) -> None:
    (runs.write(runs.folder.runs / "mine") / "run.json").write_text("no JSON")

    assert runs.in_use == {SESSION}


def test_a_run_behind_a_link_needs_its_sessions(runs: Runs, tmp_path: Path) -> None:
    (runs.folder.runs / "mine").symlink_to(runs.write(tmp_path / "elsewhere"))

    assert runs.in_use == {SESSION}


def test_what_is_no_suite_is_passed_over_and_nobody_waits_for_a_pipe(runs: Runs) -> None:
    (runs.folder.runs / "empty").mkdir()
    (runs.folder.runs / "file").write_text(SUITE)
    for name in ("folder", "pipe"):
        (runs.folder.runs / name).mkdir()
    (runs.folder.runs / "folder" / "suite.toml").mkdir()
    os.mkfifo(runs.folder.runs / "pipe" / "suite.toml")
    runs.write(runs.folder.runs / "mine")

    assert runs.in_use == {SESSION}


def test_a_suite_that_cannot_be_read_just_now_is_an_error(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    runs.write(runs.folder.runs / "mine")

    def refuse(path: object, flags: int) -> int:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(OSError, match="Too many open files"):
        assert runs.in_use


def test_a_run_that_leaves_the_bin_while_it_is_looked_at_is_seen(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    place, iterdir = runs.write(runs.folder.bin / "mine"), Path.iterdir

    def leave_before(folder: Path) -> Iterator[Path]:
        if folder == runs.folder.bin and place.exists():
            place.rename(runs.folder.runs / "mine")
        return iter(list(iterdir(folder)))

    monkeypatch.setattr(Path, "iterdir", leave_before)
    assert runs.in_use == {SESSION}
