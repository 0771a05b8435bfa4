"""The example of a remote strategy does what it says, as a program of its own."""

from __future__ import annotations

import subprocess
import sys

from docs.pages import ROOT
from served_under_test import Served, served

from results.store import open_store

__all__ = ["served"]
EXAMPLE = ROOT / "examples" / "remote_strategy.py"


def test_the_example_runs_beside_random_and_prints_where_the_report_is(served: Served) -> None:
    thread = served.run_next()
    command = [sys.executable, "-S", str(EXAMPLE), served.url, str(served.settings.folder.token)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    thread.join(20)

    assert (done.returncode, done.stdout) == (0, f"{served.url}/runs/mine/report\n"), done.stderr
    trials = open_store(served.runs / "mine").trials
    assert trials.groupby("strategy", observed=True).size().to_dict() == {"random": 30, "shrinking-box": 30}
    assert (trials["status"] == "ok").all()


def test_the_example_needs_about_thirty_lines() -> None:
    lines = EXAMPLE.read_text().splitlines()

    assert len([line for line in lines if line.strip()]) <= 35
