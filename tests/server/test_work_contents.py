"""What a runner on another machine has sent: looked at before it is put in place, and on the disk before it counts."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from desk_under_test import (
    JOURNAL,
    ME,
    RUN,
    VERSION,
    append,
    begun,
    clock,
    desk,
    files,
    folder,
    info,
    made,
    put,
    queue,
    whole,
)

from tuner.server.jobs import JobState
from tuner.server.run_files import RefusedFile
from tuner.server.run_writing import Piece
from tuner.server.service_folder import ServiceFolder
from tuner.server.work_desk import WorkDesk

__all__ = ["begun", "clock", "desk", "folder", "made", "queue"]

DAMAGED: dict[str, list[bytes | dict[str, object]]] = {
    "run.json": [
        b"[" * 100_000,
        b"{}",
        b"[1]",
        b"\xff",
        {"suite": ["mine"]},
        {"suite": "\ud800"},
        {"state": "odd"},
        {"created": "2026-01-01T00:00:00"},
        {"created": 5},
        {"wall_seconds": float("nan")},
        {"workers": "many"},
        {"machine": {"system": 1, "cpu": "", "cores": 1, "memory_gb": 1}},
        {"machine": {"system": "", "cpu": "", "cores": "1", "memory_gb": 1}},
        {"plugins": [{"kind": 1, "name": "", "reference": "", "sha256": ""}]},
        {"versions": {"numpy": 2}},
        {"contents": {"branin": None}},
        {"looks": [{"seeds": "2", "most_seeds": 4, "level": 0.1, "margin": 0.1, "pairs": []}]},
        {"schema": "999"},
    ],
    "trials.parquet": [b"", b"PAR1", b"x" * 1000],
    "studies.parquet": [b"x"],
    "journal/planned.parquet": [b"x"],
}


@pytest.mark.parametrize(("name", "content"), [(name, one) for name, given in DAMAGED.items() for one in given])
def test_what_others_would_stumble_over_who_read_the_run_never_comes_to_its_place(
    begun: WorkDesk, folder: ServiceFolder, made: Path, name: str, content: bytes | dict[str, object]
) -> None:
    before = files(folder)
    if isinstance(content, dict):
        content = json.dumps({**json.loads((made / name).read_text()), **content}).encode()

    with pytest.raises(RefusedFile, match=rf"^mine: {name} ") as told:
        put(begun, name, content)
    assert "\n" not in str(told.value)
    assert files(folder) == before


@pytest.mark.parametrize("name", ["run.json", "trials.parquet", "studies.parquet"])
def test_what_a_run_holds_comes_to_its_place(begun: WorkDesk, folder: ServiceFolder, made: Path, name: str) -> None:
    put(begun, name, (made / name).read_bytes())

    assert files(folder)[name] == (made / name).read_bytes()


def test_what_a_sending_that_was_broken_off_has_left_goes_when_the_run_is_finished(
    begun: WorkDesk, folder: ServiceFolder, made: Path
) -> None:
    for name in ("report.html", "exhibits/00-branin.json"):
        begun.write(RUN, ME, name, Piece(0, b"half", whole(b"half of it")))
    put(begun, "run.json", info(made, "finished"))
    begun.end(RUN, ME, JobState.FINISHED, "")

    assert set(files(folder)) == {"suite.toml", "plugins.json", "run.json"}


@pytest.mark.parametrize("pieces", [[b"abc"], [b"abc", b"def"]])
def test_a_journal_is_flushed_before_a_piece_of_it_is_acknowledged(
    begun: WorkDesk, folder: ServiceFolder, monkeypatch: pytest.MonkeyPatch, pieces: list[bytes]
) -> None:
    flushed: list[tuple[int, int]] = []
    place = folder.runs / RUN / JOURNAL

    def note(handle: int) -> None:
        flushed.append((os.fstat(handle).st_ino, os.fstat(handle).st_size))

    monkeypatch.setattr(os, "fdatasync", note)
    expected, end = [], 0
    for piece in pieces:
        append(begun, piece, end)
        end += len(piece)
        expected.append((place.stat().st_ino, end))
        assert flushed == expected


@pytest.mark.parametrize("name", [JOURNAL, "exhibits/00-branin.json", "report.html"])
def test_a_file_that_comes_again_since_its_folder_could_not_be_flushed_has_it_flushed_then(
    begun: WorkDesk, folder: ServiceFolder, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def send() -> None:
        append(begun, b"abcdef") if name == JOURNAL else put_in_two(begun, name)

    real, flushed = os.fsync, []

    def fail(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(5, "Input/output error")
        real(handle)

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="Input/output error"):
        send()
    monkeypatch.setattr(os, "fsync", lambda handle: flushed.append(os.fstat(handle).st_ino))
    send()
    assert {(folder.runs / RUN).stat().st_ino, (folder.runs / RUN / name).parent.stat().st_ino} <= set(flushed)


def put_in_two(desk: WorkDesk, name: str) -> None:
    for place, piece in ((0, b"abc"), (3, b"def")):
        desk.write(RUN, ME, name, Piece(place, piece, whole(b"abcdef")))


def test_the_folder_of_a_run_is_flushed_into_that_of_all_runs(
    desk: WorkDesk, folder: ServiceFolder, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda handle: flushed.append(os.fstat(handle).st_ino))
    desk.claim(ME, VERSION)
    put(desk, "suite.toml", (made / "suite.toml").read_bytes())

    assert folder.runs.stat().st_ino in flushed
