"""Reports are made once for all who ask, by few threads, and what is kept of them is bounded."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from service_under_test import WorkshopHere

from tuner.server import reports as reports_module
from tuner.server.problems import status_of
from tuner.server.reports import Reports, clear_cache
from tuner.server.service_folder import ServiceFolder
from tuner.server.workshop import WorkshopBusy, WorkshopFailed

SECONDS = 10.0
"""How long anything here may take."""
NOW = 1_800_000_000.0
DAY = 86_400.0


class SlowWorkshop(WorkshopHere):
    """Begins a report, and ends it when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Semaphore(0)
        self.goes_on = threading.Event()
        self.failure: Exception | None = None

    def report(
        self, folders: Sequence[Path], file_format: str, out: Path, tasks: Sequence[str], strategies: Sequence[str]
    ) -> None:
        self.asked.append(folders[0].name)
        self.begun.release()
        assert self.goes_on.wait(SECONDS)
        if self.failure is not None:
            raise self.failure
        out.write_bytes(f"report of {folders[0].name}".encode())


@pytest.fixture
def workshop() -> SlowWorkshop:
    return SlowWorkshop()


@pytest.fixture
def folder(tmp_path: Path) -> ServiceFolder:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for file in ("run.json", "trials.parquet"):
            (tmp_path / name / file).touch()
    made = ServiceFolder(tmp_path)
    made.create()
    return made


@pytest.fixture
def reports(folder: ServiceFolder, workshop: SlowWorkshop) -> Reports:
    return Reports(folder, workshop)


@pytest.fixture
def pool(workshop: SlowWorkshop) -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as started:
        yield started
        workshop.goes_on.set()


def report(reports: Reports, name: str = "a") -> bytes:
    return reports.made("html", [name], (), ())


def until(is_so: Callable[[], bool]) -> None:
    """Come back once something is so that other threads bring about."""
    tick = threading.Event()
    for _ in range(int(SECONDS / 0.005)):
        if is_so():
            return
        tick.wait(0.005)
    raise AssertionError("it has not come about in time")


def waiting_at(reports: Reports) -> int:
    return sum(under_way.waiting for under_way in reports._making._under_way.values())


def asked_by_many(reports: Reports, pool: ThreadPoolExecutor, workshop: SlowWorkshop) -> list[Future[bytes]]:
    """One report that is being made, and as many who wait for it as may."""
    asked = [pool.submit(report, reports) for _ in range(1 + reports_module._MOST_WAITING)]
    assert workshop.begun.acquire(timeout=SECONDS)
    until(lambda: waiting_at(reports) == reports_module._MOST_WAITING)
    return asked


def test_a_report_is_made_once_for_all_who_ask_meanwhile(
    reports: Reports, pool: ThreadPoolExecutor, workshop: SlowWorkshop
) -> None:
    asked = asked_by_many(reports, pool, workshop)
    workshop.goes_on.set()

    assert {one.result(timeout=SECONDS) for one in asked} == {b"report of a"}
    assert workshop.asked == ["a"]


def test_those_for_whom_there_is_no_place_to_wait_are_sent_away_at_once(
    reports: Reports, pool: ThreadPoolExecutor, workshop: SlowWorkshop
) -> None:
    asked_by_many(reports, pool, workshop)

    with pytest.raises(WorkshopBusy, match=r"^it is being made, and 4 wait for it already: ask again later$") as told:
        report(reports)
    assert status_of(told.value) == 503


def test_another_report_does_not_wait_for_those_places(
    reports: Reports, pool: ThreadPoolExecutor, workshop: SlowWorkshop
) -> None:
    asked_by_many(reports, pool, workshop)
    other = pool.submit(report, reports, "b")
    assert workshop.begun.acquire(timeout=SECONDS)
    workshop.goes_on.set()

    assert other.result(timeout=SECONDS) == b"report of b"


def test_a_report_that_is_kept_is_had_while_others_are_made(
    reports: Reports, pool: ThreadPoolExecutor, workshop: SlowWorkshop
) -> None:
    workshop.goes_on.set()
    report(reports, "b")
    workshop.goes_on.clear()
    assert workshop.begun.acquire(timeout=SECONDS)
    asked_by_many(reports, pool, workshop)

    assert report(reports, "b") == b"report of b"


def test_those_who_wait_for_a_report_that_fails_are_told_why_and_do_not_try_again(
    reports: Reports, pool: ThreadPoolExecutor, workshop: SlowWorkshop
) -> None:
    workshop.failure = WorkshopFailed("it took too long")
    asked = asked_by_many(reports, pool, workshop)
    workshop.goes_on.set()

    assert {str(one.exception(timeout=SECONDS)) for one in asked} == {"it took too long"}
    assert workshop.asked == ["a"]


def test_nothing_is_left_of_a_report_that_failed(reports: Reports, workshop: SlowWorkshop) -> None:
    workshop.failure = WorkshopFailed("it took too long")
    workshop.goes_on.set()
    with pytest.raises(WorkshopFailed):
        report(reports)

    assert reports._making._under_way == {}
    workshop.failure = None
    assert report(reports) == b"report of a"


def test_a_kept_report_that_is_removed_while_it_is_read_is_not_kept_empty(
    reports: Reports, folder: ServiceFolder, workshop: SlowWorkshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop.goes_on.set()
    report(reports)
    read = Path.read_bytes

    def read_and_remove(path: Path) -> bytes:
        content = read(path)
        path.unlink()
        return content

    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_bytes", read_and_remove)
        assert report(reports) == b"report of a"
    assert list(folder.cache.iterdir()) == []
    assert report(reports) == b"report of a"


def kept(cache: Path, name: str, days: float, size: int = 10) -> Path:
    """A file of the cache that was asked for so many days ago."""
    file = cache / name
    with file.open("wb") as opened:
        opened.truncate(size)
    os.utime(file, (NOW - days * DAY, NOW - days * DAY))
    return file


def left(cache: Path) -> set[str]:
    clear_cache(cache, NOW)
    return {file.name for file in cache.iterdir()}


def test_a_report_that_nobody_has_asked_for_in_thirty_days_goes(tmp_path: Path) -> None:
    kept(tmp_path, "old.html", 30.1)
    kept(tmp_path, "young.html", 29.9)

    assert left(tmp_path) == {"young.html"}


def test_at_most_a_hundred_reports_are_kept_those_that_were_asked_for_last(tmp_path: Path) -> None:
    for number in range(103):
        kept(tmp_path, f"{number}.json", number / 10)

    assert left(tmp_path) == {f"{number}.json" for number in range(100)}


def test_reports_take_half_a_gigabyte_at_most_unless_the_last_is_larger(tmp_path: Path) -> None:
    for number, size in enumerate((1 << 28, 1 << 27, 1 << 27, 1)):
        kept(tmp_path, f"{number}.html", number + 1, size)
    assert left(tmp_path) == {"0.html", "1.html", "2.html"}

    kept(tmp_path, "huge.html", 0, 1 << 30)
    assert left(tmp_path) == {"huge.html"}


def test_a_report_that_is_being_written_stays(tmp_path: Path) -> None:
    kept(tmp_path, "huge.html", 0, 1 << 30)
    kept(tmp_path, "b.html.writing", 0.01)
    kept(tmp_path, "c.html.writing", 31)

    assert left(tmp_path) == {"huge.html", "b.html.writing"}


def test_asking_for_a_report_keeps_it_for_longer(
    reports: Reports, folder: ServiceFolder, workshop: SlowWorkshop
) -> None:
    workshop.goes_on.set()
    report(reports)
    (file,) = folder.cache.iterdir()
    os.utime(file, (NOW, NOW))
    report(reports)

    assert file.stat().st_mtime != NOW
