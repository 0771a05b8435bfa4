"""`tuner run` and `tuner resume`: what is written, said and returned."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from tuner.cli.main import app

SUITE = """
name = "small"
seeds = 2
budget = { trials = 4 }
strategies = ["random", "sobol"]
tasks = ["branin"]
"""
RAISES_WHEN_ASKED = """
from tuner import SearchStrategy

class Raises(SearchStrategy):
    def ask(self, count):
        raise ValueError("out of ideas")
"""
SLOW_TASK = """
import time
from dataclasses import dataclass
from tuner import Float, Measurement, Objective, Problem, SearchSpace, Task

@dataclass(frozen=True)
class Slow(Task):
    @property
    def problem(self):
        return Problem(SearchSpace({"x": Float(0, 1)}), (Objective("y"),))

    def evaluate(self, trial):
        time.sleep(0.02)
        return Measurement({"y": trial.configuration.number("x")})
"""


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("small.toml").write_text(SUITE)


def tuner(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def run(*arguments: str) -> Result:
    return tuner("run", "small.toml", "--in-process", "--no-report", *arguments)


def test_a_run_says_where_its_tables_lie() -> None:
    done = run()

    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[:2] == ["runs/small/trials.parquet", "runs/small/studies.parquet"]
    assert len(pd.read_parquet("runs/small/trials.parquet")) == 2 * 2 * 4


def test_a_run_ends_with_the_leaderboard() -> None:
    shown = run().stdout

    assert "Verdict" in shown
    assert "Leaderboard" in shown
    assert "Failures" not in shown


def test_a_run_writes_its_report() -> None:
    done = tuner("run", "small.toml", "--in-process", "--quiet")

    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[-1] == "runs/small/report.html"
    assert "<html" in Path("runs/small/report.html").read_text()


def test_a_run_without_a_report_writes_none() -> None:
    run()

    assert not Path("runs/small/report.html").exists()


def test_a_quiet_run_says_nothing_but_where_the_tables_lie() -> None:
    done = run("--quiet")

    assert done.output.splitlines() == ["runs/small/trials.parquet", "runs/small/studies.parquet"]


def test_seeds_and_trials_on_the_command_line_replace_those_of_the_suite() -> None:
    run("--seeds", "1", "--trials", "3")
    studies = pd.read_parquet("runs/small/studies.parquet")

    assert set(studies["seed"]) == {0}
    assert set(studies["trials"]) == {3}


def test_a_strategy_on_the_command_line_is_added() -> None:
    run("--strategy", "grid", "--out", "elsewhere")

    assert set(pd.read_parquet("elsewhere/studies.parquet")["strategy"]) == {"random", "sobol", "grid"}


def test_a_study_whose_strategy_breaks_its_contract_is_told_and_gives_exit_code_1() -> None:
    Path("raises.py").write_text(RAISES_WHEN_ASKED)
    done = run("--strategy", "raises.py:Raises")

    assert done.exit_code == 1
    assert "a study of strategy Raises failed: ask raised ValueError: out of ideas" in done.stderr


def test_a_plugin_file_in_a_suite_is_found_beside_the_suite() -> None:
    Path("deep").mkdir()
    Path("deep/slow.py").write_text(SLOW_TASK)
    Path("deep/slow.toml").write_text(SUITE.replace('"branin"', '"./slow.py:Slow"'))
    done = tuner("run", "deep/slow.toml", "--in-process", "--no-report", "--seeds", "1", "--trials", "1")

    assert done.exit_code == 0, done.output
    assert set(pd.read_parquet("runs/small/studies.parquet")["task"]) == {"Slow"}


def test_a_finished_run_is_resumed_by_its_name_and_stays_as_it_is() -> None:
    run()
    before = Path("runs/small/trials.parquet").read_bytes()
    done = tuner("resume", "small", "--in-process", "--no-report")

    assert done.exit_code == 0, done.output
    assert Path("runs/small/trials.parquet").read_bytes() == before


def test_a_run_made_with_other_versions_is_resumed_only_when_told_to() -> None:
    run()
    info = json.loads(Path("runs/small/run.json").read_text())
    Path("runs/small/run.json").write_text(json.dumps(_made_elsewhere(info)))

    refused = tuner("resume", "small", "--in-process", "--no-report")
    accepted = tuner("resume", "small", "--in-process", "--no-report", "--accept-changes")

    assert refused.exit_code == 2
    assert "numpy 0.1 ->" in refused.stderr
    assert accepted.exit_code == 0


def test_an_interrupted_run_says_how_to_go_on_and_goes_on() -> None:
    Path("slow.py").write_text(SLOW_TASK)
    Path("slow.toml").write_text(SUITE.replace('"branin"', '"./slow.py:Slow"').replace("trials = 4", "trials = 25"))
    command = [sys.executable, "-c", "from tuner.cli.main import main; main()"]
    process = subprocess.Popen(
        [*command, "run", "slow.toml", "--in-process", "--no-report"], stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    assert process.stderr.readline().startswith("runs/small: 4 studies")
    _wait_for_a_trial(Path("runs/small/journal"))
    os.kill(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=30)

    assert process.returncode == 130
    assert "tuner resume runs/small" in said
    stored = len(pd.read_parquet("runs/small/trials.parquet"))
    assert 0 < stored < 100

    resumed = tuner("resume", "runs/small", "--in-process", "--no-report")
    assert resumed.exit_code == 0, resumed.output
    assert f"going on after {stored} trials" in resumed.stderr
    assert len(pd.read_parquet("runs/small/trials.parquet")) == 100


def _made_elsewhere(info: dict[str, Any]) -> dict[str, Any]:
    return {**info, "state": "interrupted", "versions": {**info["versions"], "numpy": "0.1"}}


def _wait_for_a_trial(journal: Path) -> None:
    deadline = time.monotonic() + 30
    while not any(file.stat().st_size for file in journal.glob("*.journal")):
        assert time.monotonic() < deadline, "no trial was stored"
        os.sched_yield()
