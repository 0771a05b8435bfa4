"""The folder of a runner on another machine: one at a time, and nothing of the last one but the name of its lease."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tuner.runners import scratch
from tuner.runners.scratch import Scratch, ScratchTaken, ScratchUnusable


def test_a_second_runner_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    told = f"^another runner works in {tmp_path}: give this one another --runs$"

    with Scratch(tmp_path).taken(), pytest.raises(ScratchTaken, match=told), Scratch(tmp_path).taken():
        pass


def test_a_runner_finds_nothing_of_the_runs_of_the_last_one(tmp_path: Path) -> None:
    with Scratch(tmp_path).taken():
        (Scratch(tmp_path).runs / "left").mkdir()
    with Scratch(tmp_path).taken():
        assert list(Scratch(tmp_path).runs.iterdir()) == []


def test_no_two_runners_have_the_same_name_although_their_machines_are_of_one_image(tmp_path: Path) -> None:
    with Scratch(tmp_path / "a").taken() as first:
        pass
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    with Scratch(tmp_path / "a").taken() as second, Scratch(tmp_path / "b").taken() as third:
        assert len({first, second, third}) == 3


def test_the_last_lease_that_was_noted_is_left_to_the_next_runner(tmp_path: Path) -> None:
    with Scratch(tmp_path).taken():
        assert Scratch(tmp_path).left() is None
        for name in ("host-1.a", "host-1.b"):
            Scratch(tmp_path).note(name)
    with Scratch(tmp_path).taken():
        assert Scratch(tmp_path).left() == "host-1.b"


def test_a_lease_that_another_machine_noted_is_not_this_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Scratch(tmp_path).taken():
        Scratch(tmp_path).note("host-1.a")
    (tmp_path / "boot_id").write_text("another\n")
    monkeypatch.setattr(scratch, "_BOOT", tmp_path / "boot_id")

    assert Scratch(tmp_path).left() is None


@pytest.mark.parametrize("content", [b"", b"one", b"a b c", b"\xff \xff", b"../x y"])
def test_a_note_that_is_damaged_names_no_lease(tmp_path: Path, content: bytes) -> None:
    with Scratch(tmp_path).taken():
        (Scratch(tmp_path).own / "lease").write_bytes(content)

        assert Scratch(tmp_path).left() is None


def test_a_note_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    Scratch(tmp_path / "nowhere").note("host-1.a")

    assert Scratch(tmp_path / "nowhere").left() is None


@pytest.mark.parametrize("what", ["a file", "a link"])
def test_a_folder_in_which_no_runner_can_work_is_told_in_one_line(tmp_path: Path, what: str) -> None:
    if what == "a file":
        (tmp_path / ".runner").write_text("dear")
    else:
        (tmp_path / ".runner").mkdir()
        (tmp_path / ".runner" / "runs").symlink_to(tmp_path)

    told = f"^no runner can work in {tmp_path}: .*: {tmp_path}/.runner.*$"
    with pytest.raises(ScratchUnusable, match=told), Scratch(tmp_path).taken():
        pass
