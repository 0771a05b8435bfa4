"""In which order the files of a run come to the service: whatever has arrived is a run that can go on."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tuner.runners.service_files import ServiceFiles
from tuner.runners.shipment import Sent, Shipment

JOURNAL = "journal/000001.journal"


class Recorder(ServiceFiles):
    """Notes what would be sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes]] = []

    def append(self, name: str, place: int, content: bytes) -> None:
        self.sent.append((f"{name} at {place}", content))

    def replace(self, name: str, handle: int) -> None:
        self.sent.append((name, os.pread(handle, 1 << 20, 0)))

    def clear_journal(self) -> None:
        self.sent.append(("no journal", b""))

    def names(self) -> list[str]:
        found = [name for name, _ in self.sent]
        self.sent.clear()
        return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run that has just begun."""
    write(tmp_path, "suite.toml", "name")
    write(tmp_path, "plugins.json", "[]")
    write(tmp_path, "journal/planned.parquet", "planned")
    write(tmp_path, "run.json", json.dumps({"state": "running"}))
    return tmp_path


@pytest.fixture
def files() -> Recorder:
    return Recorder()


def write(folder: Path, name: str, text: str) -> None:
    """As tables and texts are written: beside their place, and then moved there."""
    place = folder / name
    place.parent.mkdir(exist_ok=True)
    beside = folder / "beside.writing"
    beside.write_text(text)
    beside.replace(place)


def seal(folder: Path) -> None:
    """As a run is sealed."""
    write(folder, "trials.parquet", "trials")
    write(folder, "studies.parquet", "studies")
    write(folder, "run.json", json.dumps({"state": "finished"}))


def test_a_new_run_is_described_before_anything_of_it_is_sent(folder: Path, files: Recorder) -> None:
    write(folder, JOURNAL, "waves")
    assert Shipment(folder, files).send() is Sent.ALL

    assert files.names() == ["suite.toml", "plugins.json", "run.json", f"{JOURNAL} at 0", "journal/planned.parquet"]


def test_what_was_sent_is_not_sent_again(folder: Path, files: Recorder) -> None:
    shipment = Shipment(folder, files)
    shipment.send()
    files.sent.clear()

    assert shipment.send() is Sent.NOTHING
    assert files.sent == []


def test_of_a_journal_only_what_is_new_is_sent(folder: Path, files: Recorder) -> None:
    write(folder, JOURNAL, "first")
    shipment = Shipment(folder, files)
    shipment.send()
    files.sent.clear()
    with (folder / JOURNAL).open("a") as journal:
        journal.write(" second")
    shipment.send()

    assert files.sent == [(f"{JOURNAL} at 5", b" second")]


def test_that_a_run_is_finished_is_told_after_its_tables_and_then_its_journal_goes(
    folder: Path, files: Recorder
) -> None:
    write(folder, JOURNAL, "waves")
    shipment = Shipment(folder, files)
    shipment.send()
    files.sent.clear()
    seal(folder)
    (folder / JOURNAL).unlink()
    shipment.send()

    assert files.names() == ["studies.parquet", "trials.parquet", "run.json", "no journal"]
    assert shipment.send() is Sent.NOTHING
    assert files.sent == []


def test_what_run_json_said_before_the_other_files_were_read_is_what_is_told(folder: Path, files: Recorder) -> None:
    shipment = Shipment(folder, files)
    shipment.send()
    files.sent.clear()
    write(folder, JOURNAL, "waves")
    real = files.append

    def append_while_it_is_sealed(name: str, place: int, content: bytes) -> None:
        real(name, place, content)
        seal(folder)

    files.append = append_while_it_is_sealed  # type: ignore[method-assign]  # the run goes on meanwhile
    shipment.send()

    assert files.names() == [f"{JOURNAL} at 0"]
    shipment.send()
    assert files.names() == ["studies.parquet", "trials.parquet", "run.json", "no journal"]


def test_where_a_journal_goes_while_it_is_looked_for_not_all_of_it_has_been_sent(
    folder: Path, files: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipment = Shipment(folder, files)
    monkeypatch.setattr(shipment, "_names", lambda: [JOURNAL])

    assert shipment.send() is Sent.PARTLY


def test_what_has_been_fetched_is_not_sent_back(folder: Path, files: Recorder) -> None:
    write(folder, JOURNAL, "waves")
    shipment = Shipment(folder, files)
    shipment.take_stock()
    write(folder, "journal/000002.journal", "more")
    shipment.send()

    assert files.sent == [("journal/000002.journal at 0", b"more")]


def test_of_a_run_that_is_not_described_yet_nothing_is_sent(tmp_path: Path, files: Recorder) -> None:
    write(tmp_path, "suite.toml", "name")

    assert Shipment(tmp_path, files).send() is Sent.NOTHING
    assert files.sent == []
