"""A run that adds seeds until it is sure, killed without a word, goes on as if nothing had happened."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from rivals_under_test import write_rivals
from runs_under_test import HERE, state, suite

from results.records import DECISIONS
from results.sealing import read_table
from tuner import Suite, resume_run, run_suite

CHILD = """
import os, signal, sys
from tuner import run_suite, session
from tuner.events import RoundBegun, WaveStored
from tuner.run_folder import RunFolder

suite, out, moment, number = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
seen = []

def count(which):
    seen.append(which)
    if seen.count(moment) == number and which == moment:
        os.kill(os.getpid(), signal.SIGKILL)

look_at, write_info = session.look_at, RunFolder.write_info

def look(*given):
    count("look begun")
    found = look_at(*given)
    count("look made")
    return found

def write(folder, info):
    write_info(folder, info)
    while seen.count("look stored") < len(info.get("looks", ())):
        count("look stored")

def watch(event):
    if isinstance(event, WaveStored):
        count("wave stored")
    if isinstance(event, RoundBegun):
        count("round begun")

session.look_at, RunFolder.write_info = look, write
run_suite(suite, out=out, where=session.Where(in_process=True), watch=watch)
"""
"""Runs the suite and kills itself at the moment that its arguments name, the number-th time that it comes."""


def plan(folder: Path) -> Suite:
    """Three rounds: up to 4 seeds, 6 and 9."""
    strategies = ["random", {"name": f"{write_rivals(folder)}:Again", "label": "again"}]
    deciding = {"max_seeds": 9}
    return suite(strategies=strategies, tasks=["branin", "hartmann3"], seeds=4, stop="decided", deciding=deciding)


def decision_bytes(folder: Path) -> bytes:
    """The columns that the suite decides, as a file."""
    table = read_table(folder / "trials.parquet").select(list(DECISIONS))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as file:
        file.write_table(table)
    return bytes(sink.getvalue())


def looks(folder: Path) -> list[object]:
    found: list[object] = json.loads((folder / "run.json").read_text()).get("looks", [])
    return found


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed")
    run_suite(plan(folder), out=folder / "run", where=HERE)
    assert len(looks(folder / "run")) == 3
    return folder / "run"


def kill(folder: Path, moment: str, number: int) -> Path:
    """The folder of a run that a kill has ended."""
    file, run = folder / "suite.toml", folder / "run"
    file.write_text(plan(folder).to_toml())
    command = [sys.executable, "-c", CHILD, str(file), str(run), moment, str(number)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert state(run) == "running"
    return run


@pytest.mark.parametrize(
    ("moment", "number", "stored"),
    [
        ("look begun", 1, 0),
        ("look made", 2, 1),
        ("look stored", 1, 1),
        ("round begun", 2, 2),
        ("look stored", 3, 3),
    ],
    ids=["before the first look", "before the second is stored", "after the first", "between rounds", "after the last"],
)
def test_killed_and_resumed_it_decides_the_same_to_the_byte(
    moment: str, number: int, stored: int, undisturbed: Path, tmp_path: Path
) -> None:
    run = kill(tmp_path, moment, number)
    assert len(looks(run)) == stored
    resume_run(run, where=HERE)
    assert state(run) == "finished"
    assert decision_bytes(run) == decision_bytes(undisturbed)
    assert looks(run) == looks(undisturbed)


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["wave stored", "look begun", "look made", "look stored", "round begun"])
def test_killed_at_any_moment_and_resumed_it_decides_the_same_to_the_byte(
    moment: str, undisturbed: Path, tmp_path: Path
) -> None:
    for number in range(1, 4 if moment != "round begun" else 3):
        folder = tmp_path / str(number)
        folder.mkdir()
        run = kill(folder, moment, number)
        resume_run(run, where=HERE)
        assert decision_bytes(run) == decision_bytes(undisturbed), number
        assert looks(run) == looks(undisturbed), number
