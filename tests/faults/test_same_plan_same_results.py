"""The same plan gives the same decisions: with 1 worker, with 2, and after the whole process group was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from results.journal import read_blocks
from results.records import DECISIONS

pytestmark = pytest.mark.ray

QUICK = ("run", "quick", "--seeds", "2", "--trials", "12", "--no-report")
SPREAD = """
name = "spread"
seeds = 1
budget = { trials = 24 }
parallelism = 6
strategies = ["tpe"]
tasks = ["hartmann6"]
"""
TUNER = (sys.executable, "-m", "tuner")


def tuner(folder: Path, *arguments: str) -> None:
    subprocess.run([*TUNER, *arguments], cwd=folder, check=True, capture_output=True, timeout=3600)


def decisions(run: Path) -> list[bytes]:
    """The bytes of each decision column of the sealed table."""
    table = pq.read_table(run / "trials.parquet", columns=list(DECISIONS)).combine_chunks()
    return [repr(table[name].to_pylist()).encode() for name in DECISIONS]


def exhibits(run: Path) -> dict[str, bytes]:
    """What the winners teach, file by file."""
    return {file.name: file.read_bytes() for file in (run / "exhibits").iterdir()}


def run_and_kill(folder: Path, name: str, after_waves: int) -> int:
    """Start a run, kill its process group when so many waves are stored; returns how many were."""
    process = subprocess.Popen(
        [*TUNER, *QUICK, "--out", name, "--workers", "2"],
        cwd=folder,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 120
    stored = 0
    while stored < after_waves and time.monotonic() < deadline:
        time.sleep(0.02)
        stored = sum(1 for _ in read_blocks(folder / name / "journal"))
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return stored


def test_workers_and_a_kill_change_no_decision(tmp_path: Path) -> None:
    tuner(tmp_path, *QUICK, "--out", "one", "--workers", "1")
    tuner(tmp_path, *QUICK, "--out", "two", "--workers", "2")
    stored = run_and_kill(tmp_path, "killed", after_waves=20)
    assert stored >= 20
    assert not (tmp_path / "killed" / "trials.parquet").exists()
    tuner(tmp_path, "resume", "killed", "--workers", "2")

    one = decisions(tmp_path / "one")
    assert pq.read_metadata(tmp_path / "one" / "trials.parquet").num_rows >= 5 * 2 * (12 + 12 + 4)
    assert one == decisions(tmp_path / "two")
    assert one == decisions(tmp_path / "killed")
    shown = exhibits(tmp_path / "one")
    assert len(shown) == 3
    assert shown == exhibits(tmp_path / "two") == exhibits(tmp_path / "killed")


def test_spreading_waves_over_workers_changes_no_decision(tmp_path: Path) -> None:
    (tmp_path / "suite.toml").write_text(SPREAD)
    tuner(tmp_path, "run", "suite.toml", "--out", "one", "--workers", "1")
    tuner(tmp_path, "run", "suite.toml", "--out", "three", "--workers", "3")
    workers = pq.read_table(tmp_path / "three" / "trials.parquet", columns=["worker"])["worker"].unique()

    assert len(workers) == 3
    assert decisions(tmp_path / "one") == decisions(tmp_path / "three")


@pytest.mark.slow
def test_workers_change_no_decision_and_no_exhibit_of_any_task(tmp_path: Path) -> None:
    for workers in ("1", "2"):
        suite = ("run", "full", "--seeds", "2", "--trials", "4", "--no-report")
        tuner(tmp_path, *suite, "--out", workers, "--workers", workers)

    assert decisions(tmp_path / "1") == decisions(tmp_path / "2")
    assert exhibits(tmp_path / "1") == exhibits(tmp_path / "2")
    assert len(exhibits(tmp_path / "1")) == 23
