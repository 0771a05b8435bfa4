"""Stamps: equal while nothing has changed, and another one for every change that some answer tells of."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from example_store import write_example_run
from service_under_test import SUITE, service, small_catalogue, write_interrupted_run

from tuner.server import stamps
from tuner.server.catalogue import write_catalogue
from tuner.server.service import Service

__all__ = ["service"]


@pytest.fixture
def stopped(service: Service) -> Iterator[Service]:
    """With a run called `stopped` beside the finished one."""
    write_interrupted_run(service.folder.runs / "stopped")
    with ExitStack() as open_files:
        service.open_files = open_files  # type: ignore[attr-defined]
        yield service


def lock(service: Service) -> None:
    file = service.open_files.enter_context((service.folder.runs / "stopped" / ".lock").open("rb"))  # type: ignore[attr-defined]
    fcntl.flock(file, fcntl.LOCK_EX)


def replace(name: str) -> Callable[[Service], None]:
    def replaced(service: Service) -> None:
        file = service.folder.runs / "stopped" / name
        copy = file.with_suffix(".copy")
        shutil.copyfile(file, copy)
        copy.replace(file)

    return replaced


def append(service: Service) -> None:
    (file,) = (service.folder.runs / "stopped" / "journal").glob("*.journal")
    with file.open("ab") as opened:
        opened.write(b"\0")


def begin_another_file(service: Service) -> None:
    (service.folder.runs / "stopped" / "journal" / "new.journal").touch()


CHANGES: dict[str, Callable[[Service], object]] = {
    "a job is queued": lambda service: service.submit(SUITE),
    "run.json is replaced": replace("run.json"),
    "the tables are replaced": replace("trials.parquet"),
    "the table of studies is replaced": replace("studies.parquet"),
    "its suite is replaced": replace("suite.toml"),
    "trials are journaled": append,
    "a file of the journal is begun": begin_another_file,
    "the journal goes": lambda service: shutil.rmtree(service.folder.runs / "stopped" / "journal"),
    "somebody writes to it": lock,
    "it is deleted": lambda service: service.delete("stopped"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_every_change_gives_another_stamp_of_the_run_and_of_all_runs(stopped: Service, what: str) -> None:
    def now() -> tuple[object, object]:
        return stopped.stamps.of_run("stopped"), stopped.stamps.of_runs()

    before, again = now(), now()
    CHANGES[what](stopped)
    after = now()

    assert before == again
    assert (before[0] == after[0], before[1] == after[1]) == (False, False)


def test_a_lock_that_is_let_go_gives_the_stamp_of_before(stopped: Service) -> None:
    before = stopped.stamps.of_run("stopped")
    lock(stopped)
    during = stopped.stamps.of_run("stopped")
    stopped.open_files.close()  # type: ignore[attr-defined]

    assert (during == before, stopped.stamps.of_run("stopped") == before) == (False, True)


def test_what_happens_to_one_run_does_not_change_the_stamp_of_another(stopped: Service) -> None:
    before = stopped.stamps.of_run("example")
    append(stopped)

    assert stopped.stamps.of_run("example") == before


@pytest.mark.parametrize("run", ["..", ".tuner", "a/b", "", "a" * 97])
def test_what_is_no_name_of_a_run_has_no_stamp(service: Service, run: str) -> None:
    assert service.stamps.of_run(run) is None


def test_of_many_runs_together_there_is_no_stamp(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stamps, "MOST_RUNS", 2)
    write_example_run(service.folder.runs / "second")
    of_two = service.stamps.of_runs()
    write_example_run(service.folder.runs / "third")

    assert (of_two is None, service.stamps.of_runs()) == (False, None)


def test_hidden_files_beside_the_runs_take_no_runs_place(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stamps, "MOST_RUNS", 1)
    for name in (".gitignore", ".DS_Store", ".more"):
        (service.folder.runs / name).touch()
    of_one = service.stamps.of_runs()
    write_example_run(service.folder.runs / "second")

    assert (of_one is None, service.stamps.of_runs()) == (False, None)


def test_a_journal_of_very_many_files_has_no_stamp(stopped: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stamps, "MOST_JOURNAL_FILES", 2)
    of_two = stopped.stamps.of_run("stopped")
    begin_another_file(stopped)

    assert of_two is not None
    assert (stopped.stamps.of_run("stopped"), stopped.stamps.of_runs()) == (None, None)


def test_a_stamp_takes_little_memory_whatever_the_journal(stopped: Service) -> None:
    for number in range(50):
        (stopped.folder.runs / "stopped" / "journal" / f"{number}.journal").touch()

    assert len(repr(stopped.stamps.of_run("stopped"))) < 100


def test_nobody_waits_for_what_somebody_has_put_in_a_locks_place(service: Service) -> None:
    (service.folder.runs / "odd").mkdir()
    os.mkfifo(service.folder.runs / "odd" / ".lock")

    assert service.stamps.of_runs() == service.stamps.of_runs()


def test_nobody_waits_for_those_who_read_the_queue(service: Service) -> None:
    with service.queue._readers_lock:
        assert service.stamps.of_run("example") is not None


def test_a_catalogue_that_is_made_anew_has_another_stamp(service: Service) -> None:
    before, again = service.stamps.of_catalogue(), service.stamps.of_catalogue()
    service.catalogue.update()
    after = service.stamps.of_catalogue()

    assert before == again
    assert after is not None
    assert after != before


def test_a_catalogue_that_is_missing_has_no_stamp_and_runs_have_another_one(tmp_path: Path, service: Service) -> None:
    os.remove(service.folder.catalogue)  # noqa: PTH107
    missing, runs = service.stamps.of_catalogue(), service.stamps.of_runs()
    write_catalogue(small_catalogue(), service.folder.catalogue)

    assert missing is None
    assert service.stamps.of_runs() != runs
