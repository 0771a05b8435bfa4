"""A run whose Ray dies says so soon and can be resumed; one that is to end stores what is in flight."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from results.following import FollowedRun
from results.store import open_store

pytestmark = pytest.mark.ray

SUITE = """
name = "slow"
seeds = 2
budget = { trials = 200 }
shard_size = 1
strategies = ["random"]

[[tasks]]
name = "branin"
modifiers = [{ name = "delayed", options = { seconds = 0.1, spread = 0.0, really = true } }]
"""


def started(folder: Path) -> subprocess.Popen[str]:
    """A run on two workers that has stored some trials."""
    (folder / "slow.toml").write_text(SUITE)
    command = [sys.executable, "-m", "tuner", "run", "slow.toml", "--out", "run", "--workers", "2", "--no-report", "-q"]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while not (folder / "run/run.json").is_file() or FollowedRun(folder / "run").trials < 4:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return process


def child(parent: int, name: str) -> int:
    (found,) = [
        int(process.parent.name)
        for process in Path("/proc").glob("[0-9]*/exe")
        if process.parent.joinpath("stat").read_text().rpartition(")")[2].split()[1] == str(parent)
        and process.readlink().name == name
    ]
    return found


@pytest.mark.parametrize("daemon", ["raylet", "gcs_server"])
def test_a_run_whose_ray_dies_stops_soon_and_says_how_to_go_on(tmp_path: Path, daemon: str) -> None:
    with started(tmp_path) as process:
        began = time.monotonic()
        os.kill(child(process.pid, daemon), signal.SIGKILL)
        _, said = process.communicate(timeout=60)
        took = time.monotonic() - began
    assert said.splitlines() == [
        "stopped; what was finished is stored. Go on with: tuner resume run",
        f"error: Ray itself has died: its {daemon} ended with exit code -9",
    ]
    assert process.returncode == 2
    assert took < 20
    assert FollowedRun(tmp_path / "run").info.state == "running"


def test_a_run_that_is_terminated_stores_what_is_in_flight(tmp_path: Path) -> None:
    with started(tmp_path) as process:
        process.terminate()
        _, said = process.communicate(timeout=60)
    assert said.splitlines() == ["stopped; what was finished is stored. Go on with: tuner resume run"]
    assert process.returncode == 130
    store = open_store(tmp_path / "run")
    assert store.runs[0].state == "interrupted"
    assert len(store.trials) >= 4
