"""A run's folder: made once, written by one, and complete enough to go on from."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from results.errors import CorruptStore, UnreadableVersion
from results.journal import Journal, Wave
from results.records import OUTCOMES
from tuner import Suite
from tuner.errors import InvalidSuite, RunExists, RunLocked
from tuner.plan import Plan, make_plan
from tuner.run_folder import RunFolder, next_folder

NO_ROWS = pa.RecordBatch.from_pylist([], schema=OUTCOMES)
MINE = "from tuner import SearchStrategy\n\nclass Mine(SearchStrategy):\n    def ask(self, count):\n        return []\n"


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    (tmp_path / "mine.py").write_text(MINE)
    data = {"name": "a", "seeds": 1, "budget": {"trials": 2}, "tasks": ["branin"], "strategies": ["./mine.py:Mine"]}
    return make_plan(Suite.model_validate(data), tmp_path)


@pytest.fixture
def folder(tmp_path: Path, plan: Plan) -> RunFolder:
    made = RunFolder(tmp_path / "runs" / "a")
    made.create(plan, 1)
    return made


def test_a_new_folder_says_what_was_run_and_with_what(folder: RunFolder, plan: Plan) -> None:
    info = folder.read_info()
    assert (info["run"], info["suite"], info["state"], info["workers"]) == ("a", "a", "running", 1)
    assert info["versions"]["numpy"]
    assert info["plugins"][0] == {
        "kind": "strategy",
        "name": "Mine",
        "reference": "./mine.py:Mine",
        "sha256": plan.references[0].sha256,
    }
    assert folder.read_suite() == plan.suite


def test_a_new_folder_says_what_its_tasks_are(folder: RunFolder, plan: Plan) -> None:
    assert folder.read_info()["contents"] == {"branin": plan.studies[0].task.content}


def test_the_text_of_a_users_file_is_kept(folder: RunFolder, plan: Plan) -> None:
    references = folder.read_references()
    assert references["strategy ./mine.py:Mine"].source == MINE
    assert set(references.values()) == set(plan.references)


def test_a_folder_that_is_there_is_refused_and_left_alone(tmp_path: Path, plan: Plan) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter").write_text("dear")
    with pytest.raises(RunExists, match=r"is there already: choose another --out"):
        RunFolder(tmp_path / "mine").create(plan, 1)
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter"]


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, plan: Plan) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunExists, match=r"cannot make .*: Not a directory"):
        RunFolder(tmp_path / "file" / "run").create(plan, 1)


def test_a_folder_that_cannot_be_filled_is_not_left_behind(
    tmp_path: Path, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(_folder: RunFolder, _info: dict[str, Any]) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(RunFolder, "write_info", fill)
    with pytest.raises(OSError, match="No space left"):
        RunFolder(tmp_path / "run").create(plan, 1)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("text", ["", "{", "\xff", "[]", "null", '{"schema": "1.0"}', '{"schema": "x"}'])
def test_a_run_json_that_is_damaged_is_told(folder: RunFolder, text: str) -> None:
    (folder.path / "run.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(CorruptStore, match=r"run\.json is damaged"):
        folder.read_info()


def test_a_run_of_a_newer_schema_is_told(folder: RunFolder) -> None:
    folder.write_info({**folder.read_info(), "schema": "9.0"})
    with pytest.raises(UnreadableVersion, match=r"has schema 9\.0"):
        folder.read_info()


@pytest.mark.parametrize("text", ["", "[", '{"a": 1}', '[{"a": 1}]', "\xff"])
def test_a_list_of_plugins_that_is_damaged_is_told(folder: RunFolder, text: str) -> None:
    (folder.path / "plugins.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(CorruptStore, match=r"plugins\.json is damaged"):
        folder.read_references()


def test_a_suite_that_is_no_text_is_told(folder: RunFolder) -> None:
    (folder.path / "suite.toml").write_bytes(b"\xff")
    with pytest.raises(CorruptStore, match=r"suite\.toml is damaged"):
        folder.read_suite()


def test_a_folder_without_a_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidSuite, match=r"is no run: it has no run\.json"):
        RunFolder(tmp_path / "nowhere").read_info()


def test_a_second_writer_is_refused_until_the_first_is_done(folder: RunFolder) -> None:
    with folder.locked(), pytest.raises(RunLocked, match="is being written by another process"), folder.locked():
        pass
    with folder.locked():
        pass


def test_another_process_is_refused_too(folder: RunFolder) -> None:
    code = (
        "import sys; from pathlib import Path; from tuner.run_folder import RunFolder\n"
        "with RunFolder(Path(sys.argv[1])).locked(): pass"
    )
    with folder.locked():
        command = [sys.executable, "-c", code, str(folder.path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "RunLocked" in done.stderr


def test_waves_come_back_in_the_order_of_their_writing(folder: RunFolder) -> None:
    write(folder, (0, 0), (1, 0), (0, 1))
    write(folder, (1, 1))
    assert [(wave.shard, wave.number) for wave in folder.read_waves()] == [(0, 0), (1, 0), (0, 1), (1, 1)]


def test_a_run_without_a_journal_has_no_waves(folder: RunFolder) -> None:
    assert folder.read_waves() == []


def test_a_wave_that_is_missing_is_found(folder: RunFolder) -> None:
    path = write(folder, (0, 0), (0, 1))
    write(folder, (0, 2))
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(CorruptStore, match="journal lacks wave 1 of shard 0"):
        folder.read_waves()


def write(folder: RunFolder, *numbers: tuple[int, int]) -> Path:
    journal = Journal(folder.journals)
    journal.append(Wave(*pair, NO_ROWS).encode() for pair in numbers)
    journal.close()
    return journal.path


@pytest.mark.parametrize(
    ("taken", "free"),
    [
        ([], "quick"),
        (["quick"], "quick-2"),
        (["quick", "quick-2"], "quick-3"),
        (["quick", "quick-9"], "quick-10"),
        (["quick-3"], "quick-4"),
        (["quick-x", "quicker", "quick-2-old"], "quick"),
    ],
)
def test_a_new_run_gets_the_next_free_name(tmp_path: Path, taken: list[str], free: str) -> None:
    for name in taken:
        (tmp_path / name).mkdir()
    assert next_folder(tmp_path, "quick") == tmp_path / free


def test_the_first_run_needs_no_folder_of_runs(tmp_path: Path) -> None:
    assert next_folder(tmp_path / "runs", "quick") == tmp_path / "runs" / "quick"
